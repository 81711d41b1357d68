//! The authorization request: what is checked before a person is asked (RFC 6749 section 4.1.1).

use crate::id::ClientId;
use crate::issued::client::Client;
use crate::issued::code::{Challenge, Code};
use crate::issued::redirect;
use crate::people::{SignIn, User};
use crate::refusal::Refusal;
use crate::scope::ScopeSet;
use crate::secret::Digest;
use crate::time::{Span, Time};

/// How long a code may be redeemed (FAPI 2.0 section 5.3.2.1: at most a minute).
pub const CODE_LIFETIME: Span = Span::from_seconds(60);

/// An authorization request as it came, each parameter at most once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Request {
    /// `redirect_uri`
    pub redirect_uri: Option<String>,
    /// `response_type`
    pub response_type: Option<String>,
    /// `scope`
    pub scope: Option<String>,
    /// `state`
    pub state: Option<String>,
    /// `code_challenge`
    pub code_challenge: Option<String>,
    /// `code_challenge_method`
    pub code_challenge_method: Option<String>,
    /// `resource`, which alone may be repeated (RFC 8707)
    pub resources: Vec<String>,
}

/// A request that may be shown to a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Who asks.
    pub client: ClientId,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Whether the request named it: then the code's redemption must name it too.
    pub redirect_uri_named: bool,
    /// What is asked for.
    pub scope: ScopeSet,
    /// For which resources.
    pub resources: Vec<String>,
    /// The PKCE challenge.
    pub challenge: Challenge,
}

/// Where the answer to a request may be sent. As long as this is not known, an error is shown to
/// the person and sent nowhere (RFC 9700 section 4.11).
///
/// # Errors
/// The address is missing, or is not registered.
pub fn redirect_of(request: &Request, client: &Client) -> Result<String, Refusal> {
    match (&request.redirect_uri, client.redirect_uris.as_slice()) {
        (Some(uri), registered) if redirect::is_registered(uri, registered) => Ok(uri.clone()),
        (Some(_), _) => Err(Refusal::RedirectNotRegistered),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Refusal::Invalid("redirect_uri is missing")),
    }
}

/// Checks the rest of the request; errors of these go to the redirect address.
///
/// # Errors
/// Names the parameter that is wrong.
pub fn check(request: &Request, client: &Client, redirect_uri: String) -> Result<Asked, Refusal> {
    match request.response_type.as_deref() {
        Some("code") => {}
        Some(_) => return Err(Refusal::ResponseTypeUnknown),
        None => return Err(Refusal::Invalid("response_type is missing")),
    }
    if !client.grant_types.authorization_code {
        return Err(Refusal::GrantTypeNotAllowed);
    }
    let scope = asked_scope(request.scope.as_deref(), client)?;
    if !request
        .resources
        .iter()
        .all(|resource| redirect::is_resource(resource))
    {
        return Err(Refusal::ResourceNotGranted);
    }
    let mut resources = request.resources.clone();
    resources.sort();
    resources.dedup();
    Ok(Asked {
        client: client.id,
        redirect_uri,
        redirect_uri_named: request.redirect_uri.is_some(),
        scope,
        resources,
        challenge: challenge(request)?,
    })
}

/// The scope of a request: what it names, or all that the client was registered with.
///
/// # Errors
/// When it names a scope that the client was not registered with.
pub fn asked_scope(scope: Option<&str>, client: &Client) -> Result<ScopeSet, Refusal> {
    let Some(text) = scope else {
        return Ok(client.scopes.clone());
    };
    let scope = ScopeSet::parse(text).map_err(|_| Refusal::ScopeNotAllowed)?;
    if scope.is_within(&client.scopes) {
        Ok(scope)
    } else {
        Err(Refusal::ScopeNotAllowed)
    }
}

fn challenge(request: &Request) -> Result<Challenge, Refusal> {
    let Some(challenge) = request.code_challenge.as_deref() else {
        return Err(Refusal::Invalid(
            "code_challenge is missing: PKCE with S256 is required",
        ));
    };
    match request.code_challenge_method.as_deref() {
        Some("S256") => Challenge::parse(challenge).ok_or(Refusal::Invalid(
            "code_challenge is not the base64url of a SHA-256",
        )),
        _ => Err(Refusal::Invalid("code_challenge_method must be S256")),
    }
}

/// The code that a person's consent makes. It remembers the epochs of the sign-in, so that a
/// password changed between consent and redemption ends it.
pub fn consent(
    asked: &Asked,
    client: &Client,
    user: &User,
    sign_in: SignIn,
    digest: Digest,
    now: Time,
) -> Code {
    Code {
        digest,
        client: asked.client,
        team: client.team,
        user: user.id,
        redirect_uri: asked.redirect_uri.clone(),
        redirect_uri_named: asked.redirect_uri_named,
        scope: asked.scope.clone(),
        resources: asked.resources.clone(),
        challenge: asked.challenge,
        sign_in,
        client_epoch: client.epoch,
        created_at: now,
        expires_at: now.plus(CODE_LIFETIME),
        redeemed: None,
    }
}
