//! Redirect URIs: what may be registered, and whether a request names one (RFC 9700 section 2.1).

use std::fmt;

use url::{Host, Url};

/// Longest redirect URI that is read.
const MAX_LENGTH: usize = 2048;

/// Why an address can't be registered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RedirectError {
    /// Not an absolute URI, or too long.
    Form,
    /// It has a fragment (RFC 6749 section 3.1.2).
    Fragment,
    /// Plain http reaches another machine.
    PlainHttp,
    /// A scheme that a browser runs or reads instead of handing it to an app.
    Scheme,
    /// It carries a user name or password.
    Credentials,
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "a redirect URI is an absolute URI of at most 2048 characters",
            Self::Fragment => "a redirect URI has no fragment (no #)",
            Self::PlainHttp => "plain http is for loopback addresses only; use https",
            Self::Scheme => "this scheme can't be a redirect URI; use https or an app's own scheme",
            Self::Credentials => "a redirect URI carries no user name or password",
        })
    }
}

impl std::error::Error for RedirectError {}

/// Checks an address that is to be registered.
///
/// # Errors
/// Says why answers must not be sent there.
pub fn check(uri: &str) -> Result<(), RedirectError> {
    if uri.len() > MAX_LENGTH || uri.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(RedirectError::Form);
    }
    let url = Url::parse(uri).map_err(|_| RedirectError::Form)?;
    if url.fragment().is_some() {
        return Err(RedirectError::Fragment);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(RedirectError::Credentials);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err(RedirectError::PlainHttp),
        "javascript" | "data" | "vbscript" | "file" | "blob" | "about" | "ws" | "wss" | "ftp" => {
            Err(RedirectError::Scheme)
        }
        _ => Ok(()),
    }
}

/// Whether a host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether the requested address is a registered one: the same characters, but for the port of a
/// loopback address over http, which a desktop app learns only when it starts (RFC 8252
/// section 7.3).
pub fn is_registered(requested: &str, registered: &[String]) -> bool {
    registered
        .iter()
        .any(|known| known == requested || differs_in_port_only(requested, known))
}

fn differs_in_port_only(requested: &str, known: &str) -> bool {
    match (without_port(requested), without_port(known)) {
        (Some(requested), Some(known)) => requested == known,
        _ => false,
    }
}

/// The host and the rest of a loopback address, as they are written. Nothing is normalised, for
/// what a browser makes of another spelling is not what was registered.
fn without_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(end)?;
    let bracket = authority.rfind(']').unwrap_or_default();
    let (host, port) = match authority.rfind(':') {
        Some(colon) if colon > bracket => authority.split_at_checked(colon)?,
        _ => (authority, ""),
    };
    let digits = port.strip_prefix(':').unwrap_or_default();
    let is_port = digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() <= 5;
    let loopback = matches!(host, "127.0.0.1" | "[::1]" | "localhost");
    (is_port && loopback && !rest.contains('#')).then_some((host, rest))
}

/// Whether a resource indicator has the form that RFC 8707 section 2 asks for.
pub fn is_resource(resource: &str) -> bool {
    resource.len() <= MAX_LENGTH
        && Url::parse(resource)
            .is_ok_and(|url| url.fragment().is_none() && matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_registered() {
        for uri in [
            "https://app.example/cb?x=1",
            "http://127.0.0.1/cb",
            "http://[::1]:8000/",
            "http://localhost:3000/cb",
            "com.example.app:/oauth",
        ] {
            assert_eq!(check(uri), Ok(()), "{uri}");
        }
        let wrong = [
            ("app.example/cb", RedirectError::Form),
            ("https://app.example/cb#x", RedirectError::Fragment),
            ("http://app.example/cb", RedirectError::PlainHttp),
            ("http://127.0.0.1.example/cb", RedirectError::PlainHttp),
            ("javascript:alert(1)", RedirectError::Scheme),
            ("https://user@app.example/", RedirectError::Credentials),
            ("https://app.example/ cb", RedirectError::Form),
        ];
        for (uri, error) in wrong {
            assert_eq!(check(uri), Err(error), "{uri}");
        }
    }

    #[test]
    fn comparison_is_exact_but_for_a_loopback_port() {
        let registered = [
            "https://app.example/cb".to_owned(),
            "http://127.0.0.1/cb".to_owned(),
        ];
        assert!(is_registered("https://app.example/cb", &registered));
        assert!(is_registered("http://127.0.0.1:52100/cb", &registered));
        for uri in [
            "https://app.example/cb/",
            "https://app.example:444/cb",
            "https://app.example/cb?x",
            "https://APP.example/cb",
            "http://127.0.0.1:52100/other",
            "http://127.0.0.2:1/cb",
            "http://localhost:1/cb",
            "http://127.0.0.1:1/cb#f",
            "HTTP://127.0.0.1:5/cb",
            "http://127.1:5/cb",
            "http://2130706433:5/cb",
            "http://127.0.0.1:5/x/../cb",
            "http://127.0.0.1:5@evil.example/cb",
            "http://127.0.0.1:x/cb",
        ] {
            assert!(!is_registered(uri, &registered), "{uri}");
        }
    }
}
