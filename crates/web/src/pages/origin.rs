//! Which site a form came from.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

use super::error::ErrorPage;
use crate::App;
use crate::origin::is_ours;

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

#[cfg(test)]
mod tests {
    use crate::origin::is_ours;

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
