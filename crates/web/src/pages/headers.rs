//! The headers of every page: what a browser may load, frame, tell others, and keep.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use evergrant_service::core::issued::redirect::is_loopback;
use url::{Host, Url};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
/// A page may use nothing of the machine that it is shown on.
const NO_PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// Adds what a handler did not say differently.
pub(super) async fn protect(mut response: Response) -> Response {
    protect_now(&mut response);
    response
}

/// The same, for an answer that no router of pages looks after.
pub(super) fn protect_now(response: &mut Response) {
    let headers = response.headers_mut();
    let policy = content_security_policy(&[]);
    let defaults = [
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (PERMISSIONS_POLICY, HeaderValue::from_static(NO_PERMISSIONS)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (CONTENT_SECURITY_POLICY, policy),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(value);
    }
}

/// The policy of a page whose forms may lead to these places beside our own. Chromium holds the
/// redirects that follow a form to `form-action` too, so the place that an answer goes to at the
/// end must stand there.
pub(super) fn content_security_policy(form_targets: &[String]) -> HeaderValue {
    let targets: String = form_targets
        .iter()
        .map(|target| format!(" {target}"))
        .collect();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'{targets}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    // A target is made of letters that no header refuses.
    let closed = || HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    HeaderValue::try_from(policy).unwrap_or_else(|_| closed())
}

/// A registered redirect address as a source of `form-action`: its origin, or its scheme where it
/// is an app's own, or where the host can't be written in a policy (IPv6 has no form there).
pub(super) fn form_target(redirect_uri: &str) -> Option<String> {
    let url = Url::parse(redirect_uri).ok()?;
    let scheme = url.scheme();
    let plain = |host: &str| {
        host.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
    };
    match url.host() {
        Some(Host::Domain(host)) if is_web(&url) && plain(host) => {
            Some(url.origin().ascii_serialization())
        }
        Some(Host::Ipv4(_)) if is_web(&url) => Some(url.origin().ascii_serialization()),
        _ => Some(format!("{scheme}:")),
    }
}

/// Where an answer goes, in words for the person who gives it.
pub(super) fn destination(redirect_uri: &str) -> String {
    let Ok(url) = Url::parse(redirect_uri) else {
        return redirect_uri.to_owned();
    };
    let host = url.host_str().unwrap_or_default();
    if !is_web(&url) {
        return format!("an app on this device ({}:)", url.scheme());
    }
    let port = url
        .port()
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    if is_loopback(&url) {
        format!("a program on this device ({host}{port})")
    } else {
        format!("{host}{port}")
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_address_becomes_a_source() {
        for (uri, source) in [
            ("https://app.example/cb?x=1", "https://app.example"),
            ("https://app.example:8443/cb", "https://app.example:8443"),
            ("http://127.0.0.1:52100/cb", "http://127.0.0.1:52100"),
            ("http://localhost:3000/cb", "http://localhost:3000"),
            ("http://[::1]:8000/cb", "http:"),
            ("com.example.app:/oauth", "com.example.app:"),
            ("myapp://host;script-src/x", "myapp:"),
            ("https://a;b/cb", "https:"),
            ("https://*.example/cb", "https:"),
        ] {
            assert_eq!(form_target(uri).as_deref(), Some(source), "{uri}");
        }
    }

    #[test]
    fn a_destination_is_in_words() {
        for (uri, words) in [
            ("https://app.example/cb", "app.example"),
            (
                "http://127.0.0.1:52100/cb",
                "a program on this device (127.0.0.1:52100)",
            ),
            (
                "com.example.app:/oauth",
                "an app on this device (com.example.app:)",
            ),
        ] {
            assert_eq!(destination(uri), words);
        }
    }
}
