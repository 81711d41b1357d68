//! The address that a person's browser is sent to (RFC 6749 section 4.1.1).

use url::Url;

use super::address::{self, Fill};
use super::{Endpoint, PlanError};
use crate::held::provider::Provider;

/// What a person is asked for.
#[derive(Clone, Copy)]
pub struct AuthorizationAsk<'a> {
    /// Our name at the provider.
    pub client_id: &'a str,
    /// Where the browser comes back to.
    pub redirect_uri: &'a str,
    /// The scopes; the provider's offline scope is added.
    pub scopes: &'a [String],
    /// What ties the way back to the way there.
    pub state: &'a str,
    /// The code challenge (RFC 7636, S256) in base64url; sent if the provider takes one.
    pub challenge: Option<&'a str>,
    /// What ties an ID token to this request (OpenID Connect Core section 3.1.2.1).
    pub nonce: Option<&'a str>,
    /// The account that is expected.
    pub login_hint: Option<&'a str>,
}

/// The authorization request as an address.
///
/// # Errors
/// When the provider has no usable authorization endpoint.
pub fn authorization_url(
    provider: &Provider,
    ask: &AuthorizationAsk<'_>,
) -> Result<Url, PlanError> {
    let fill = Fill {
        client_id: ask.client_id,
        token: None,
    };
    let template = provider.endpoints.authorization.as_deref();
    let url = address::read(template, Endpoint::Authorization, fill)?;
    let scopes = scopes(provider, ask.scopes);
    let challenge = ask.challenge.filter(|_| provider.pkce);
    let mut parameters = vec![
        ("response_type", "code"),
        ("client_id", ask.client_id),
        ("redirect_uri", ask.redirect_uri),
    ];
    if !scopes.is_empty() {
        parameters.push(("scope", &scopes));
    }
    parameters.push(("state", ask.state));
    if let Some(challenge) = challenge {
        parameters.push(("code_challenge", challenge));
        parameters.push(("code_challenge_method", "S256"));
    }
    let optional = [("nonce", ask.nonce), ("login_hint", ask.login_hint)];
    let given = optional.into_iter();
    parameters.extend(given.filter_map(|(name, value)| Some((name, value?))));
    let more = provider.authorize_params.iter();
    parameters.extend(more.map(|(name, value)| (name.as_str(), value.as_str())));
    Ok(address::with_query(url, &parameters))
}

fn scopes(provider: &Provider, asked: &[String]) -> String {
    let mut scopes: Vec<&str> = asked.iter().map(String::as_str).collect();
    if let Some(offline) = provider.offline_scope.as_deref()
        && !scopes.contains(&offline)
    {
        scopes.push(offline);
    }
    scopes.join(&provider.scope_separator.to_string())
}
