//! What an access token says (RFC 9068), and the name by which it is found again.

use crate::id::{ClientId, GrantId};
use crate::issued::client::Client;
use crate::issued::grant::Grant;
use crate::scope::ScopeSet;
use crate::secret::Digest;
use crate::time::Time;

/// The claims of AT(g): made from the row and this request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AccessClaims {
    /// `jti`: grant, generation, and a hash of what this request asked for.
    pub jti: String,
    /// `sub`: the user, or the client for its own tokens.
    pub subject: String,
    /// `client_id`
    pub client: ClientId,
    /// `aud`; empty means the issuer.
    pub audience: Vec<String>,
    /// `scope`
    pub scope: ScopeSet,
    /// `iat`
    pub issued_at: Time,
    /// `exp`
    pub expires_at: Time,
}

/// The longest life of a token that a client gets for itself: it has no row and ends by the
/// client's epoch only.
pub const CLIENT_TOKEN_MAX: crate::time::Span = crate::time::Span::from_seconds(3_600);

/// The access token of the grant's present generation, for this scope and these resources.
pub fn of_grant(
    grant: &Grant,
    client: &Client,
    scope: ScopeSet,
    resources: Vec<String>,
) -> AccessClaims {
    let asked = format!("{scope}\n{}", resources.join(" "));
    let hash = Digest::of(asked.as_bytes()).base64url();
    let hash = hash.get(..11).unwrap_or_default();
    AccessClaims {
        jti: format!("{}.{}.{hash}", grant.id, grant.rotation.generation),
        subject: grant.user.to_string(),
        client: grant.client,
        audience: resources,
        scope,
        issued_at: grant.rotation.rotated_at.whole_second(),
        expires_at: grant.access_expires_at(client),
    }
}

/// A token that a client gets for itself (RFC 6749 section 4.4).
pub fn of_client(client: &Client, scope: ScopeSet, now: Time, chance: [u8; 16]) -> AccessClaims {
    let hash = Digest::of(&chance).base64url();
    let hash = hash.get(..22).unwrap_or_default();
    let life = client.access_ttl.min(CLIENT_TOKEN_MAX);
    AccessClaims {
        jti: format!("{}.{}.{hash}", client.id, client.epoch),
        subject: client.id.to_string(),
        client: client.id,
        audience: Vec::new(),
        scope,
        issued_at: now.whole_second(),
        expires_at: now.whole_second().plus(life).whole_second(),
    }
}

/// Whose token a `jti` names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    /// AT(generation) of a grant.
    Grant(GrantId, u64),
    /// A client's own token, made in this epoch of the client.
    Client(ClientId, u32),
}

/// Reads a `jti` that we wrote.
pub fn named(jti: &str) -> Option<Named> {
    let mut parts = jti.split('.');
    let (owner, counter, _hash) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    if let Ok(grant) = GrantId::parse(owner) {
        return Some(Named::Grant(grant, counter.parse().ok()?));
    }
    Some(Named::Client(
        ClientId::parse(owner).ok()?,
        counter.parse().ok()?,
    ))
}
