//! The body of a request at an endpoint for programs, and the client that it names.
//!
//! A parameter that stands twice is an error, an empty one is as good as none, an unknown one is
//! nobody's business (OAuth 2.1 section 3.2). `resource` alone may be repeated (RFC 8707).

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant_service::core::{Refusal, Secret};
use evergrant_service::issued::authenticate::Credentials;
use url::form_urlencoded;

use crate::oauth::error::TokenError;

/// The parameters of a request.
pub(crate) struct Form<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Form<'a> {
    /// Reads a form-encoded body.
    pub(crate) fn read(headers: &HeaderMap, body: &'a [u8]) -> Result<Self, Refusal> {
        let kind = headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let kind = kind
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refusal::Invalid(
                "The body must be application/x-www-form-urlencoded, and say so.",
            ));
        }
        Self::parse(body)
    }

    /// Reads form-encoded text: a body, or a query.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Refusal> {
        let pairs: Vec<_> = form_urlencoded::parse(text)
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let repeated = pairs.iter().enumerate().any(|(index, (name, _))| {
            name != "resource" && pairs.iter().skip(index + 1).any(|(other, _)| other == name)
        });
        if repeated {
            return Err(Refusal::Invalid("A parameter stands twice in the request."));
        }
        Ok(Self { pairs })
    }

    /// A parameter that may be there.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.pairs.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_ref())
    }

    /// A parameter that must be there.
    pub(crate) fn need(&self, name: &str, missing: &'static str) -> Result<&str, Refusal> {
        self.get(name).ok_or(Refusal::Invalid(missing))
    }

    /// A parameter that may be there, as one's own text.
    pub(crate) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// `resource`, as often as it stands there.
    pub(crate) fn resources(&self) -> Vec<String> {
        let named = self.pairs.iter().filter(|(key, _)| key == "resource");
        named.map(|(_, value)| value.clone().into_owned()).collect()
    }

    /// Who asks; whoever tried the header is told so, in a refusal too.
    pub(crate) fn client(&self, headers: &HeaderMap) -> Result<(Credentials, bool), TokenError> {
        self.credentials(headers).map_err(|refusal| TokenError {
            by_header: headers.contains_key(AUTHORIZATION),
            ..refusal.into()
        })
    }

    /// Who asks: by `client_secret_basic` or `client_secret_post`, and not by both (RFC 6749
    /// section 2.3). The flag says whether it was the header.
    fn credentials(&self, headers: &HeaderMap) -> Result<(Credentials, bool), Refusal> {
        let in_body = self.get("client_id");
        let secret = self.get("client_secret");
        let Some(header) = headers.get(AUTHORIZATION) else {
            let client_id = in_body.ok_or(Refusal::ClientNotAuthenticated)?.to_owned();
            let secret = secret.map(|secret| Secret::new(secret.to_owned()));
            return Ok((Credentials { client_id, secret }, false));
        };
        let credentials = header.to_str().ok().and_then(basic);
        let credentials = credentials.ok_or(Refusal::ClientNotAuthenticated)?;
        if secret.is_some() || in_body.is_some_and(|id| id != credentials.client_id) {
            return Err(Refusal::Invalid(
                "Authenticate in one way: by header or by body.",
            ));
        }
        Ok((credentials, true))
    }
}

/// RFC 7617, with both halves form-encoded as RFC 6749 section 2.3.1 asks.
fn basic(header: &str) -> Option<Credentials> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    let secret = Some(decode(secret))
        .filter(|it| !it.is_empty())
        .map(Secret::new);
    Some(Credentials {
        client_id: decode(id),
        secret,
    })
}

fn decode(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    let pair = format!("x={text}");
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_repeated_parameter_is_an_error_but_for_resource() {
        assert!(Form::parse(b"a=1&a=2").is_err());
        assert!(Form::parse(b"a=1&a=").is_ok());
        let form = Form::parse(b"resource=x&resource=y&a=1").unwrap();
        assert_eq!(form.resources(), ["x", "y"]);
    }

    #[test]
    fn an_empty_parameter_is_none() {
        assert_eq!(Form::parse(b"scope=").unwrap().get("scope"), None);
    }

    #[test]
    fn credentials_come_one_way_only() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
        let (found, by_header) = Form::parse(b"").unwrap().credentials(&headers).unwrap();
        assert_eq!((found.client_id.as_str(), by_header), ("a", true));
        assert!(
            Form::parse(b"client_secret=b")
                .unwrap()
                .credentials(&headers)
                .is_err()
        );
        assert!(
            Form::parse(b"client_id=other")
                .unwrap()
                .credentials(&headers)
                .is_err()
        );
        assert!(
            Form::parse(b"client_id=a")
                .unwrap()
                .credentials(&headers)
                .is_ok()
        );
    }

    #[test]
    fn basic_is_form_decoded() {
        let encoded = STANDARD.encode("a%3Ab:c+d%25");
        let found = basic(&format!("bAsIc {encoded}")).unwrap();
        assert_eq!(found.client_id, "a:b");
        assert_eq!(found.secret.unwrap().expose(), "c d%");
        for wrong in ["Bearer x", "Basic", "Basic !!", "Basic YWI="] {
            assert!(basic(wrong).is_none(), "{wrong}");
        }
    }
}
