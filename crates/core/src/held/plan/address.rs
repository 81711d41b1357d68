//! The addresses of endpoints: placeholders filled, and checked.

use url::Url;
use zeroize::Zeroizing;

use super::{Endpoint, PlanError};
use crate::Secret;

/// What fills the placeholders `{client_id}` and `{token}`. `{host}` was filled before.
#[derive(Clone, Copy)]
pub(super) struct Fill<'a> {
    pub(super) client_id: &'a str,
    pub(super) token: Option<&'a Secret>,
}

/// Reads an endpoint's address.
pub(super) fn read(
    template: Option<&str>,
    which: Endpoint,
    fill: Fill<'_>,
) -> Result<Url, PlanError> {
    let template = template.ok_or(PlanError::NoEndpoint(which))?;
    let mut text = template.replace("{client_id}", &segment(fill.client_id));
    if let Some(token) = fill.token {
        text = text.replace("{token}", &segment(token.expose()));
    }
    let text = Zeroizing::new(text);
    if text.contains(['{', '}']) {
        return Err(PlanError::Placeholder(which));
    }
    let mut url = Url::parse(&text).map_err(|_| PlanError::Address(which))?;
    let web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !web || !url.username().is_empty() || url.password().is_some() {
        return Err(PlanError::Address(which));
    }
    // RFC 6749 sections 3.1 and 3.2: an endpoint has no fragment.
    url.set_fragment(None);
    Ok(url)
}

/// A value as one segment of a path (RFC 3986 section 3.3): all but unreserved characters are
/// escaped. A value of dots alone would be a step in the path, and is escaped too.
fn segment(value: &str) -> Zeroizing<String> {
    let mut segment = Zeroizing::new(String::with_capacity(value.len() * 3));
    let dots = value.bytes().all(|byte| byte == b'.');
    for byte in value.bytes() {
        let unreserved = byte.is_ascii_alphanumeric() || b"-_~".contains(&byte);
        if unreserved || (byte == b'.' && !dots) {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

/// Adds parameters to a URL. Each name stands once (RFC 6749 section 3.1): what comes first wins,
/// and all of it wins over the query that the address has.
pub(super) fn with_query(mut url: Url, parameters: &[(&str, &str)]) -> Url {
    let named = |name: &str| parameters.iter().any(|(it, _)| *it == name);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !named(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut query = url.query_pairs_mut();
    query.clear().extend_pairs(kept);
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in parameters {
        if !seen.contains(name) {
            seen.push(name);
            query.append_pair(name, value);
        }
    }
    drop(query);
    url
}
