//! What a browser brings back from a provider (RFC 6749 section 4.1.2, RFC 9207).

use evergrant_core::Secret;
use evergrant_core::held::answer::Fault;
use evergrant_core::held::{Provider, mask};

/// What a browser brought back (RFC 6749 section 4.1.2).
#[derive(Clone, Debug)]
pub struct Returned {
    /// `state`
    pub state: Secret,
    /// `code`
    pub code: Option<Secret>,
    /// `iss`
    pub issuer: Option<String>,
    /// `error`
    pub error: Option<String>,
    /// `error_description`
    pub description: Option<String>,
    /// The cookie of the browser.
    pub browser: Option<Secret>,
}

/// What is wrong with what came back, if anything is.
pub(super) fn fault(returned: &Returned, provider: &Provider) -> Option<Fault> {
    let seen = |code: &str, text: Option<&str>| Fault {
        code: Some(mask::shown(code, 128)),
        text: text.map(|text| mask::shown(text, 300)),
        ..Fault::default()
    };
    if let Some(error) = &returned.error {
        return Some(seen(error, returned.description.as_deref()));
    }
    // RFC 9207 section 2.4: an answer of another server is no answer.
    let issuer = provider.endpoints.issuer.as_deref();
    let wrong = match (&returned.issuer, issuer) {
        (Some(said), Some(known)) if said != known => Some("Another server answered."),
        (None, Some(_)) if provider.sends_issuer => {
            Some("The answer does not say which server gave it, as this server's answers do.")
        }
        _ => None,
    };
    if wrong.is_some() {
        return Some(seen("issuer_mismatch", wrong));
    }
    let empty = returned
        .code
        .as_ref()
        .is_none_or(|it| it.expose().is_empty());
    empty.then(|| seen("no_code", None))
}
