//! Which site a form came from.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use evergrant_service::core::issued::redirect::is_loopback;
use url::Url;

use super::error::ErrorPage;
use crate::App;

/// Goes on unless the browser says that the form is another site's. Where it says nothing, the
/// anti-forgery field decides alone.
///
/// # Errors
/// The page that says what to do.
pub(super) fn check(app: &App, headers: &HeaderMap) -> Result<(), ErrorPage> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let host = headers.get(HOST).and_then(|value| value.to_str().ok());
    let issuer = &app.service.settings().issuer;
    if origin
        .to_str()
        .is_ok_and(|origin| is_ours(origin, issuer, host))
    {
        Ok(())
    } else {
        Err(ErrorPage::foreign_origin(issuer))
    }
}

/// Ours is the public URL's origin; on this machine itself, also the name that was called, for
/// `localhost` and `127.0.0.1` are the same place.
fn is_ours(origin: &str, issuer: &str, host: Option<&str>) -> bool {
    let same = |url: &Url| url.origin().ascii_serialization() == origin;
    let called = host.and_then(|host| Url::parse(&format!("http://{host}")).ok());
    Url::parse(issuer).is_ok_and(|url| same(&url))
        || called.is_some_and(|url| is_loopback(&url) && same(&url))
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn only_the_public_url_and_loopback_are_ours() {
        let issuer = "https://auth.example/grants";
        assert!(is_ours("https://auth.example", issuer, None));
        assert!(is_ours(
            "http://localhost:8420",
            issuer,
            Some("localhost:8420")
        ));
        assert!(is_ours("http://[::1]:8420", issuer, Some("[::1]:8420")));
        let wrong = [
            ("null", None),
            ("http://auth.example", None),
            ("https://auth.example:444", None),
            ("https://evil.example", Some("evil.example")),
            ("http://evil.example", Some("evil.example")),
            ("http://localhost:9999", Some("localhost:8420")),
        ];
        for (origin, host) in wrong {
            assert!(!is_ours(origin, issuer, host), "{origin}");
        }
    }
}
