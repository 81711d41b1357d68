//! Token introspection (RFC 7662): what a token says, and whether it lives now.
//!
//! Unknown, foreign and dead tokens are told apart from live ones, and not from each other. Only
//! an outage is neither: it says nothing about the token.

use std::sync::Arc;

use evergrant_core::id::{ClientId, TeamId};
use evergrant_core::issued::access_token::{Named, named};
use evergrant_core::issued::liveness::{AccessToken, end_of};
use evergrant_core::issued::{Client, Reach};
use evergrant_core::secret::SecretKind;
use evergrant_core::{Refusal, Secret, Time};

use crate::issued::authenticate::Credentials;
use crate::issued::refresh::alarm;
use crate::issued::tokens::{AccessPayload, Audience, client_of};
use crate::{Failure, Service};

/// What is known of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Introspection {
    /// It opens nothing, at least not for the one who asks.
    Inactive,
    /// A live access token, and what it says.
    Access(Arc<AccessPayload>),
    /// A live refresh token, or a personal access token.
    Other {
        /// `token_type`
        kind: &'static str,
        /// The same claims that an access token has.
        claims: AccessPayload,
        /// Whether it ends at all.
        expires: bool,
    },
}

impl Service {
    /// Says whether a token lives.
    ///
    /// # Errors
    /// When the caller is not an authentic confidential client, or in an outage.
    pub async fn introspect(
        &self,
        credentials: &Credentials,
        token: &Secret,
    ) -> Result<Introspection, Failure> {
        self.ready().await?;
        let caller = self.authenticate(credentials).await?;
        if !caller.is_confidential() {
            return Err(Refusal::ClientNotAuthenticated.into());
        }
        let now = self.world.now();
        if SecretKind::recognise(token.expose()) == Some(SecretKind::PersonalToken) {
            return self.introspect_personal(&caller, token, now).await;
        }
        let digest = token.digest();
        let known = self.verified.get(&digest);
        let payload = match known {
            Some(payload) => Some(payload),
            None => {
                let read = self.read_access_token(token.expose()).await?;
                read.map(|payload| self.verified.remember(digest, payload))
            }
        };
        match payload {
            Some(payload) => self.introspect_access(&caller, payload, now).await,
            None => self.introspect_refresh(&caller, token, now).await,
        }
    }

    async fn introspect_access(
        &self,
        caller: &Client,
        payload: Arc<AccessPayload>,
        now: Time,
    ) -> Result<Introspection, Failure> {
        if now.seconds() >= payload.exp {
            return Ok(Introspection::Inactive);
        }
        let live = match named(&payload.jti) {
            Some(Named::Grant(grant, generation)) => {
                let found = self.store.pulse(grant).await;
                let Some(pulse) = found.inspect_err(|_| self.store_failed())? else {
                    return Ok(Introspection::Inactive);
                };
                let token = pulse.access_token(generation, now);
                if token == AccessToken::Ahead {
                    alarm(&Refusal::StoreWentBack, grant);
                    return Err(Refusal::StoreWentBack.into());
                }
                may_see(caller, (pulse.client, pulse.team)) && token == AccessToken::Live
            }
            Some(Named::Client(id, epoch)) => {
                let found = self
                    .store
                    .client(id)
                    .await
                    .inspect_err(|_| self.store_failed())?;
                found.is_some_and(|client| {
                    may_see(caller, (client.id, client.team))
                        && client.epoch == epoch
                        && client.removed_at.is_none()
                })
            }
            None => false,
        };
        Ok(if live && client_of(&payload).is_some() {
            Introspection::Access(payload)
        } else {
            Introspection::Inactive
        })
    }

    async fn introspect_refresh(
        &self,
        caller: &Client,
        token: &Secret,
        now: Time,
    ) -> Result<Introspection, Failure> {
        let Some(read) = self.read_refresh_token(token.expose()).await? else {
            return Ok(Introspection::Inactive);
        };
        let found = self
            .store
            .grant(read.grant)
            .await
            .inspect_err(|_| self.store_failed())?;
        let Some(found) = found else {
            return Ok(Introspection::Inactive);
        };
        let grant = &found.grant;
        let rotation = &grant.rotation;
        let restored = rotation.incarnation < found.store.incarnation;
        if read.presented.generation > rotation.generation && !restored {
            alarm(&Refusal::StoreWentBack, read.grant);
            return Err(Refusal::StoreWentBack.into());
        }
        let current = read.presented.generation == rotation.generation
            && read.presented.nonce == rotation.nonce;
        if !current
            || !may_see(caller, (grant.client, grant.team))
            || now >= read.presented.expires_at
            || end_of(grant, &found.standing, now).is_some()
        {
            return Ok(Introspection::Inactive);
        }
        let claims = AccessPayload {
            iss: self.settings.issuer.clone(),
            sub: grant.user.to_string(),
            aud: Audience::One(self.settings.issuer.clone()),
            client_id: grant.client.to_string(),
            scope: grant.scope.to_string(),
            iat: rotation.rotated_at.seconds(),
            exp: rotation.expires_at.seconds(),
            jti: format!("{}.{}", grant.id, rotation.generation),
        };
        Ok(Introspection::Other {
            kind: "refresh_token",
            claims,
            expires: true,
        })
    }

    async fn introspect_personal(
        &self,
        caller: &Client,
        token: &Secret,
        now: Time,
    ) -> Result<Introspection, Failure> {
        let found = self.store.personal_token_presented(token.digest()).await;
        let Some((personal, user)) = found.inspect_err(|_| self.store_failed())? else {
            return Ok(Introspection::Inactive);
        };
        let seen = caller.introspect == Reach::Team && caller.team == personal.team;
        if !seen || personal.end_of(&user, now).is_some() {
            return Ok(Introspection::Inactive);
        }
        self.note_use(&personal, now).await;
        let claims = AccessPayload {
            iss: self.settings.issuer.clone(),
            sub: user.id.to_string(),
            aud: Audience::One(self.settings.issuer.clone()),
            client_id: String::new(),
            scope: personal.scopes.to_string(),
            iat: personal.created_at.seconds(),
            exp: personal.expires_at.map(Time::seconds).unwrap_or_default(),
            jti: personal.id.to_string(),
        };
        let expires = personal.expires_at.is_some();
        Ok(Introspection::Other {
            kind: "personal_access_token",
            claims,
            expires,
        })
    }
}

fn may_see(caller: &Client, (client, team): (ClientId, TeamId)) -> bool {
    match caller.introspect {
        Reach::Own => caller.id == client,
        Reach::Team => caller.team == team,
    }
}
