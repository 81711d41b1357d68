//! From a row to its tokens, and from a token back to what it names.
//!
//! RT(g) is a function of the row, byte for byte. AT(g) is made from the row and the request.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant_core::change::KeyKind;
use evergrant_core::id::{ClientId, GrantId};
use evergrant_core::issued::access_token::{AccessClaims, of_grant};
use evergrant_core::issued::refresh::Presented;
use evergrant_core::issued::{Client, Grant, Nonce};
use evergrant_core::{ScopeSet, Secret, Time};
use evergrant_store::Outage;
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::issued::Tokens;
use crate::keyring::{Key, Keys};

/// Longer than any token of ours; longer is none.
const MAX_TOKEN: usize = 16 * 1024;

#[derive(Serialize, Deserialize)]
struct RefreshPayload<'a> {
    jti: &'a str,
    nonce: &'a str,
    inc: u32,
    iat: i64,
    exp: i64,
}

/// What an access token says (RFC 9068 section 2.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPayload {
    /// The issuer.
    pub iss: String,
    /// The user, or the client for its own tokens.
    pub sub: String,
    /// For whom it is.
    pub aud: Audience,
    /// Who was given it.
    pub client_id: String,
    /// What it opens.
    pub scope: String,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// Its name.
    pub jti: String,
}

/// One audience is a text, several are a list (RFC 7519 section 4.1.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// A refresh token that one of our keys made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refresh {
    pub(crate) grant: GrantId,
    pub(crate) presented: Presented,
}

fn sealed(key: &Key, payload: &[u8]) -> Result<Secret, Outage> {
    let mut token = String::with_capacity(key.header.len() + payload.len() * 4 / 3 + 360);
    token.push_str(&key.header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(Secret::new(token))
}

/// The payload of a token, if one of these keys made it.
fn opened(token: &str, keys: &Keys, wanted: impl Fn(KeyKind) -> bool) -> Option<Vec<u8>> {
    if token.len() > MAX_TOKEN {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let key = keys.by_header(header).filter(|key| wanted(key.kind))?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    if !key.verify(signed.as_bytes(), &signature) {
        return None;
    }
    URL_SAFE_NO_PAD.decode(payload).ok()
}

fn json(payload: &impl Serialize) -> Result<Vec<u8>, Outage> {
    serde_json::to_vec(payload).map_err(|error| Outage::new(&error))
}

impl Service {
    /// RT(g), re-made from the row.
    pub(crate) async fn refresh_token(&self, grant: &Grant) -> Result<Secret, Outage> {
        let rotation = &grant.rotation;
        let mut keys = self.keyring.keys();
        if keys.get(rotation.mac_key).is_none() {
            // Another node made it a moment ago.
            self.keyring.reload(&self.store).await?;
            keys = self.keyring.keys();
        }
        let key = keys
            .get(rotation.mac_key)
            .ok_or_else(|| Outage(format!("key {} is not loaded", rotation.mac_key)))?;
        let nonce = URL_SAFE_NO_PAD.encode(rotation.nonce.0);
        let jti = format!("{}.{}", grant.id, rotation.generation);
        let payload = json(&RefreshPayload {
            jti: &jti,
            nonce: &nonce,
            inc: rotation.incarnation,
            iat: rotation.rotated_at.seconds(),
            exp: rotation.expires_at.seconds(),
        })?;
        sealed(key, &payload)
    }

    /// What a refresh token names, if one of our keys made it. A key that another process made a
    /// moment ago is loaded.
    pub(crate) async fn read_refresh_token(&self, token: &str) -> Result<Option<Refresh>, Outage> {
        let keys = self.keys_for(token).await?;
        let payload = opened(token, &keys, |kind| kind == KeyKind::RefreshToken);
        Ok(payload.and_then(|payload| read_refresh(&payload)))
    }

    /// What an access token says, if one of our keys signed it.
    pub(crate) async fn read_access_token(
        &self,
        token: &str,
    ) -> Result<Option<AccessPayload>, Outage> {
        let keys = self.keys_for(token).await?;
        let payload = opened(token, &keys, |kind| matches!(kind, KeyKind::Signing(_)));
        Ok(payload.and_then(|payload| serde_json::from_slice(&payload).ok()))
    }

    async fn keys_for(&self, token: &str) -> Result<std::sync::Arc<Keys>, Outage> {
        let keys = self.keyring.keys();
        let header = token.split('.').next().unwrap_or_default();
        if keys.by_header(header).is_some() || !names_a_key(header) {
            return Ok(keys);
        }
        self.keyring.reload(&self.store).await?;
        Ok(self.keyring.keys())
    }

    /// An access token with these claims.
    pub(crate) async fn access_token(
        &self,
        claims: AccessClaims,
        client: &Client,
        now: Time,
    ) -> Result<Secret, Outage> {
        let kind = KeyKind::Signing(client.signing);
        let mut keys = self.keyring.keys();
        if keys.active(kind, now).is_none() {
            self.keyring
                .ensure(kind, &self.store, self.world.as_ref())
                .await?;
            keys = self.keyring.keys();
        }
        let key = keys
            .active(kind, now)
            .ok_or_else(|| Outage("no key signs".into()))?;
        let issuer = &self.settings.issuer;
        let mut audience = claims.audience;
        let aud = match audience.len() {
            0 => Audience::One(issuer.clone()),
            1 => Audience::One(audience.swap_remove(0)),
            _ => Audience::Several(audience),
        };
        let payload = json(&AccessPayload {
            iss: issuer.clone(),
            sub: claims.subject,
            aud,
            client_id: claims.client.to_string(),
            scope: claims.scope.to_string(),
            iat: claims.issued_at.seconds(),
            exp: claims.expires_at.seconds(),
            jti: claims.jti,
        })?;
        sealed(key, &payload)
    }

    /// The tokens of the grant's present generation, for this scope and these resources.
    pub(crate) async fn tokens(
        &self,
        grant: &Grant,
        client: &Client,
        (scope, resources): (ScopeSet, Vec<String>),
        now: Time,
    ) -> Result<Tokens, Outage> {
        let left = |end: Time| (end.seconds() - now.seconds()).max(0);
        let refresh_token = if client.grant_types.refresh_token {
            Some((
                self.refresh_token(grant).await?,
                left(grant.rotation.expires_at),
            ))
        } else {
            None
        };
        let claims = of_grant(grant, client, scope.clone(), resources);
        let expires_in = left(claims.expires_at);
        let access_token = self.access_token(claims, client, now).await?;
        self.token_made(now);
        Ok(Tokens {
            access_token,
            expires_in,
            refresh_token,
            scope,
            team: grant.team,
        })
    }
}

fn read_refresh(payload: &[u8]) -> Option<Refresh> {
    let payload: RefreshPayload<'_> = serde_json::from_slice(payload).ok()?;
    let (grant, generation) = payload.jti.split_once('.')?;
    let nonce = URL_SAFE_NO_PAD.decode(payload.nonce).ok()?;
    let presented = Presented {
        generation: generation.parse().ok().filter(|it| *it > 0)?,
        nonce: Nonce(nonce.try_into().ok()?),
        incarnation: payload.inc,
        expires_at: Time::from_seconds(payload.exp),
    };
    Some(Refresh {
        grant: GrantId::parse(grant).ok()?,
        presented,
    })
}

/// Whether a header has the form of ours, so that looking for its key is worth a read.
fn names_a_key(header: &str) -> bool {
    #[derive(Deserialize)]
    struct Header<'a> {
        kid: &'a str,
    }
    if header.len() > 256 {
        return false;
    }
    let Ok(json) = URL_SAFE_NO_PAD.decode(header) else {
        return false;
    };
    serde_json::from_slice::<Header<'_>>(&json)
        .is_ok_and(|header| evergrant_core::id::KeyId::parse(header.kid).is_ok())
}

/// Whose a token's `client_id` is.
pub(crate) fn client_of(payload: &AccessPayload) -> Option<ClientId> {
    ClientId::parse(&payload.client_id).ok()
}
