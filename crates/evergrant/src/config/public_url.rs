//! The public URL: the issuer, exactly as it will stand in every token.

use std::net::SocketAddr;

use evergrant_web::service::core::issued::redirect::is_loopback;
use url::Url;

/// Checks a public URL.
///
/// # Errors
/// Says what is wrong with it.
pub(super) fn check(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("{text:?} is no URL: {error}"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(format!(
                "{text:?} is plain http, which is for loopback addresses only: tokens would \
                 travel in the clear; use https"
            ));
        }
        other => return Err(format!("{text:?} begins with {other}, not with https")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a public URL carries no user name or password".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "{text:?} has a query or a fragment; give scheme and host alone"
        ));
    }
    if url.path() != "/" {
        return Err(format!(
            "{text:?} has a path; give evergrant a host name of its own"
        ));
    }
    let exact = url.origin().ascii_serialization();
    if exact == text {
        Ok(())
    } else {
        // Clients compare issuers character by character (RFC 8414 section 3.3).
        Err(format!(
            "{text:?} is not in its one exact form; write {exact}"
        ))
    }
}

/// The public URL of a server that was told none: where it listens.
///
/// # Errors
/// When that is an address that others reach.
pub(super) fn of_listener(address: SocketAddr) -> Result<String, String> {
    if address.ip().to_canonical().is_loopback() {
        return Ok(format!("http://{address}"));
    }
    Err(format!(
        "listening on {address} others can reach the server, so it must be told its public URL: \
         --public-url https://..., or EVERGRANT_PUBLIC_URL"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_form_is_taken() {
        for text in [
            "https://auth.example",
            "http://127.0.0.1:8420",
            "http://[::1]:1",
            "https://a:8",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for text in [
            "auth.example",
            "https://auth.example/",
            "https://auth.example/grants",
            "https://auth.example:443",
            "https://AUTH.example",
            "https://auth.example?x",
            "https://auth.example#x",
            "https://u:p@auth.example",
            "http://auth.example",
            "http://10.0.0.1",
            "ftp://auth.example",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }

    #[test]
    fn only_a_loopback_listener_needs_no_public_url() {
        let of = |text: &str| of_listener(text.parse().unwrap());
        assert_eq!(of("127.0.0.1:8420").unwrap(), "http://127.0.0.1:8420");
        assert_eq!(of("[::1]:8420").unwrap(), "http://[::1]:8420");
        assert!(of("0.0.0.0:8420").is_err());
        assert!(of("10.0.0.1:8420").is_err());
    }
}
