//! The authorization response (RFC 6749 section 4.1.2), with `iss` in every one (RFC 9207).

use axum::response::Response;
use evergrant_service::core::{Refusal, Secret};
use url::{Url, form_urlencoded};

use crate::oauth::error::oauth_error;
use crate::pages::render::see_other;

/// Where an answer goes, and what stands in each.
pub(super) struct Answer<'a> {
    /// The checked address.
    pub(super) redirect_uri: &'a str,
    /// The client's `state`, given back as it came.
    pub(super) state: Option<&'a str>,
    /// Our own name.
    pub(super) issuer: &'a str,
}

impl Answer<'_> {
    /// The person agreed.
    pub(super) fn code(&self, code: &Secret) -> Response {
        self.send(&[("code", code.expose())])
    }

    /// The answer is no.
    pub(super) fn refused(&self, refusal: &Refusal) -> Response {
        self.send(&[
            ("error", oauth_error(refusal)),
            ("error_description", refusal.sentence()),
            ("error_code", refusal.code()),
        ])
    }

    /// There is no answer at present.
    pub(super) fn outage(&self) -> Response {
        self.send(&[
            ("error", "temporarily_unavailable"),
            (
                "error_description",
                "The server can't decide this now. Try again.",
            ),
            ("error_code", "store_unavailable"),
        ])
    }

    fn send(&self, pairs: &[(&str, &str)]) -> Response {
        see_other(&self.location(pairs))
    }

    /// The registered address, letter by letter, with our parameters behind its own.
    fn location(&self, pairs: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        query.extend_pairs(self.state.map(|state| ("state", state)));
        let query = query.append_pair("iss", self.issuer).finish();
        let address = in_ascii(self.redirect_uri);
        let joint = match address.split_once('?') {
            None => "?",
            Some((_, own)) if own.is_empty() || own.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{address}{joint}{query}")
    }
}

/// A header holds ASCII only.
fn in_ascii(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) if !uri.is_ascii() => url.into(),
        _ => uri.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn an_address_keeps_its_own_query() {
        let code = [("code", "c d")];
        for (redirect_uri, location) in [
            (
                "https://app.example/cb",
                "https://app.example/cb?code=c+d&state=s%26t&iss=i",
            ),
            (
                "https://app.example/cb?x=1",
                "https://app.example/cb?x=1&code=c+d&state=s%26t&iss=i",
            ),
            (
                "https://app.example/cb?",
                "https://app.example/cb?code=c+d&state=s%26t&iss=i",
            ),
            (
                "com.example.app:/oauth",
                "com.example.app:/oauth?code=c+d&state=s%26t&iss=i",
            ),
            (
                "https://app.example/\u{e9}",
                "https://app.example/%C3%A9?code=c+d&state=s%26t&iss=i",
            ),
        ] {
            let answer = Answer {
                redirect_uri,
                state: Some("s&t"),
                issuer: "i",
            };
            assert_eq!(answer.location(&code), location);
        }
    }
}
