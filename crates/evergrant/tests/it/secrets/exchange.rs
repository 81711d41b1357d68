//! One request and its answer: which secrets it carries, and what else stands in the answer.

use evergrant_sim::actor::Form;
use serde_json::Value;
use url::{Url, form_urlencoded};

/// A request and its answer as they went over the wire.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) request: Vec<u8>,
    pub(crate) answer: Vec<u8>,
}

/// Where in the JSON of which answers a secret is handed out.
const HANDED_OUT: [(&str, &str, &[&str]); 4] = [
    ("POST", "/oauth2/token", &["access_token", "refresh_token"]),
    ("POST", "/api/v1/personal-tokens", &["token"]),
    ("POST", "/api/v1/clients", &["client_secret"]),
    ("POST", "/api/v1/clients/{id}/secret", &["client_secret"]),
];
/// Form fields of requests that are secret whatever becomes of the request.
const BROUGHT: [&str; 4] = ["password", "client_secret", "code_verifier", "code"];

impl Exchange {
    /// Method and path, without what a caller chose to put behind them.
    pub(crate) fn name(&self) -> String {
        let (method, target) = self.line();
        let path = target.split('?').next().unwrap_or_default();
        let status = text(&self.answer)
            .get(9..12)
            .unwrap_or("no answer")
            .to_owned();
        format!("the answer {status} to {method} {path:.60}")
    }

    fn line(&self) -> (String, String) {
        let request = text(&self.request);
        let mut words = request.split(' ').map(str::to_owned);
        (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        )
    }

    fn path_fits(&self, method: &str, path: &str) -> bool {
        let (asked, target) = self.line();
        let (start, end) = path.split_once("{id}").unwrap_or((path, ""));
        let target = target.split('?').next().unwrap_or_default().to_owned();
        asked == method
            && target.starts_with(start)
            && target.ends_with(end)
            && (path.contains('{') || target == path)
    }

    /// The secrets that a client brought in the body of its request.
    pub(super) fn brought(&self) -> Vec<String> {
        let request = text(&self.request);
        let body = request.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let pairs = form_urlencoded::parse(body.as_bytes());
        let secret = pairs.filter(|(name, _)| BROUGHT.contains(&name.as_ref()));
        secret.map(|(_, value)| value.into_owned()).collect()
    }

    /// The secrets that the answer hands out in their place.
    pub(super) fn handed_out(&self) -> Vec<String> {
        let answer = text(&self.answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let mut found = Vec::new();
        for line in head.lines() {
            let (name, value) = line.split_once(": ").unwrap_or_default();
            if name.eq_ignore_ascii_case("set-cookie") {
                let cookie = value
                    .split(';')
                    .next()
                    .and_then(|pair| pair.split_once('='));
                found.extend(cookie.map(|(_, text)| text.to_owned()));
            } else if name.eq_ignore_ascii_case("location")
                && self.path_fits("POST", "/oauth2/authorize")
            {
                let url = Url::parse(value);
                let pairs = url.iter().flat_map(Url::query_pairs);
                let code = pairs.filter(|(name, _)| name == "code");
                found.extend(code.map(|(_, code)| code.into_owned()));
            }
        }
        for form in Form::all(body) {
            let own = form
                .fields
                .into_iter()
                .filter(|(name, _)| name == "anti_forgery");
            found.extend(own.map(|(_, value)| value));
        }
        let json: Value = serde_json::from_str(body).unwrap_or_default();
        for (method, path, members) in HANDED_OUT {
            let handed = head.starts_with("HTTP/1.1 20") && self.path_fits(method, path);
            for member in members.iter().filter(|_| handed) {
                found.extend(json[member].as_str().map(str::to_owned));
            }
        }
        found.retain(|secret| !secret.is_empty());
        found
    }

    /// The answer without those secrets in their place, each taken out once; and without what a
    /// sign-in or a consent has to lead back to, which is the address that the caller came with.
    pub(super) fn rest(&self) -> Vec<u8> {
        let mut rest = text(&self.answer);
        for secret in self.handed_out() {
            rest = rest.replacen(&secret, "", 1);
        }
        if self.path_fits("GET", "/login") || self.path_fits("GET", "/oauth2/authorize") {
            let (_, target) = self.line();
            let query = target.split_once('?').map_or("", |(_, query)| query);
            for (_, value) in form_urlencoded::parse(query.as_bytes()) {
                let word = value.rsplit('=').next().unwrap_or_default();
                rest = rest.replace(if word.is_empty() { &*value } else { word }, "");
            }
        }
        if let Some(place) = rest.find("/login?return_to=") {
            let end = rest
                .get(place..)
                .and_then(|it| it.find("\r\n"))
                .unwrap_or_default();
            rest.replace_range(place..place + end, "");
        }
        rest.into_bytes()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
