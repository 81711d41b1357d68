//! Token revocation (RFC 7009).

use evergrant_core::id::GrantId;
use evergrant_core::issued::access_token::{Named, named};
use evergrant_core::issued::refresh::Snapshot;
use evergrant_core::issued::revoke;
use evergrant_core::{Actor, Refusal, Secret};

use crate::issued::authenticate::Credentials;
use crate::{Failure, Service};

impl Service {
    /// A client gives a token back. A token that is unknown or dead already is no error.
    ///
    /// # Errors
    /// When the client is not authentic, the token is another client's, or can't be revoked alone.
    pub async fn revoke(&self, credentials: &Credentials, token: &Secret) -> Result<(), Failure> {
        self.ready().await?;
        let client = self.authenticate(credentials).await?;
        let who = (Some(client.team), Actor::Client(client.id));
        if let Some(refresh) = self.read_refresh_token(token.expose()).await? {
            let load = async || self.load_grant(refresh.grant).await;
            let decide = |found: &Option<Snapshot>, now| match found {
                Some(found) => {
                    revoke::refresh_token(client.id, &refresh.presented, &found.grant, now)
                }
                None => evergrant_core::Decision::only(Ok(())),
            };
            return Ok(self.settle(who, load, decide).await??);
        }
        let Some(payload) = self.read_access_token(token.expose()).await? else {
            return Ok(());
        };
        match named(&payload.jti) {
            Some(Named::Grant(grant, generation)) => {
                let load = async || self.load_grant(grant).await;
                let decide = |found: &Option<Snapshot>, _| match found {
                    Some(found) => revoke::access_token(client.id, generation, &found.grant),
                    None => evergrant_core::Decision::only(Ok(())),
                };
                Ok(self.settle(who, load, decide).await??)
            }
            Some(Named::Client(..)) => Err(Refusal::TokenNotRevocable.into()),
            None => Ok(()),
        }
    }

    async fn load_grant(&self, grant: GrantId) -> Result<Option<Snapshot>, Failure> {
        let found = self.store.grant(grant).await;
        Ok(found.inspect_err(|_| self.store_failed())?)
    }
}
