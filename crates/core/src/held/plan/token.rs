//! Requests to the token endpoint: a code redeemed, a token renewed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::address::{self, Fill};
use super::{Body, Endpoint, Method, PlanError, Request};
use crate::Secret;
use crate::held::provider::{ClientAuth, Provider, Renewal};

/// Who we are at the provider.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// Our name there.
    pub client_id: &'a str,
    /// Our secret there; a public client has none.
    pub secret: Option<&'a Secret>,
}

/// Redeems an authorization code (RFC 6749 section 4.1.3). The verifier (RFC 7636) is sent if the
/// provider takes one.
///
/// # Errors
/// When the provider has no usable token endpoint.
pub fn redeem_code(
    provider: &Provider,
    credentials: Credentials<'_>,
    code: &Secret,
    redirect_uri: &str,
    verifier: Option<&Secret>,
) -> Result<Request, PlanError> {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code.expose()),
        ("redirect_uri", redirect_uri),
    ];
    if let Some(verifier) = verifier.filter(|_| provider.pkce) {
        form.push(("code_verifier", verifier.expose()));
    }
    let template = provider.endpoints.token.as_deref();
    to_token_endpoint((template, Endpoint::Token), provider, credentials, form)
}

/// Renews a token: with the refresh token (RFC 6749 section 6), or by handing in the living access
/// token, as the provider does it.
///
/// # Errors
/// When there is nothing to renew with, the provider renews nothing, or has no usable endpoint.
pub fn renew(
    provider: &Provider,
    credentials: Credentials<'_>,
    access: Option<&Secret>,
    refresh: Option<&Secret>,
) -> Result<Request, PlanError> {
    let form = match &provider.renewal {
        Renewal::RefreshToken => {
            let token = refresh.ok_or(PlanError::NothingToRenewWith)?;
            vec![
                ("grant_type", "refresh_token"),
                ("refresh_token", token.expose()),
            ]
        }
        Renewal::Exchange {
            grant_type,
            parameter,
        } => {
            let token = access.ok_or(PlanError::NothingToRenewWith)?;
            vec![
                ("grant_type", grant_type.as_str()),
                (parameter.as_str(), token.expose()),
            ]
        }
        Renewal::Never => return Err(PlanError::NeverRenewed),
    };
    let endpoints = &provider.endpoints;
    let endpoint = match endpoints.refresh.as_deref() {
        Some(refresh) => (Some(refresh), Endpoint::Refresh),
        None => (endpoints.token.as_deref(), Endpoint::Token),
    };
    to_token_endpoint(endpoint, provider, credentials, form)
}

fn to_token_endpoint<'a>(
    (template, which): (Option<&str>, Endpoint),
    provider: &'a Provider,
    credentials: Credentials<'a>,
    mut form: Vec<(&'a str, &'a str)>,
) -> Result<Request, PlanError> {
    let fill = Fill {
        client_id: credentials.client_id,
        token: None,
    };
    let url = address::read(template, which, fill)?;
    let headers = authenticate(provider, credentials, &mut form);
    let more = provider.token_params.iter();
    form.extend(more.map(|(name, value)| (name.as_str(), value.as_str())));
    Ok(Request {
        method: Method::Post,
        url,
        headers,
        body: Some(form_body(&form)),
    })
}

/// Says who we are: in the header, or in the form. A client without a secret is a public one and
/// says its name only (RFC 6749 section 3.2.1).
pub(super) fn authenticate<'a>(
    provider: &Provider,
    credentials: Credentials<'a>,
    form: &mut Vec<(&'a str, &'a str)>,
) -> Vec<(&'static str, Secret)> {
    match (provider.client_auth, credentials.secret) {
        (ClientAuth::Basic, Some(secret)) => vec![basic(credentials.client_id, secret)],
        (ClientAuth::Post, Some(secret)) => {
            form.push(("client_id", credentials.client_id));
            form.push(("client_secret", secret.expose()));
            Vec::new()
        }
        (ClientAuth::None, _) | (_, None) => {
            form.push(("client_id", credentials.client_id));
            Vec::new()
        }
    }
}

/// `Authorization: Basic`, both parts form-encoded first (RFC 6749 section 2.3.1).
pub(super) fn basic(client_id: &str, secret: &Secret) -> (&'static str, Secret) {
    let encoded = |text: &str| -> Zeroizing<String> {
        Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect())
    };
    let pair = format!("{}:{}", *encoded(client_id), *encoded(secret.expose()));
    let pair = Zeroizing::new(pair);
    let value = format!("Basic {}", STANDARD.encode(pair.as_bytes()));
    ("authorization", Secret::new(value))
}

/// A form; of two parameters of one name the first is kept.
pub(super) fn form_body(form: &[(&str, &str)]) -> Body {
    // As long as it can get, so that no copy is left behind when it grows.
    let longest = form
        .iter()
        .map(|(name, value)| 3 * (name.len() + value.len()) + 2);
    let mut text = form_urlencoded::Serializer::new(String::with_capacity(longest.sum()));
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in form {
        if !seen.contains(name) {
            seen.push(name);
            text.append_pair(name, value);
        }
    }
    Body {
        media_type: "application/x-www-form-urlencoded",
        text: Secret::new(text.finish()),
    }
}
