//! Token revocation (RFC 7009).

use evergrant_core::id::{GrantId, TeamId};
use evergrant_core::issued::access_token::{Named, named};
use evergrant_core::issued::refresh::Snapshot;
use evergrant_core::issued::revoke;
use evergrant_core::{Actor, Decision, Refusal, Secret, Time};

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
            let presented = refresh.presented;
            let decide = |found: &Snapshot, now| {
                revoke::refresh_token(client.id, &presented, &found.grant, now)
            };
            return self.revoke_in(who, refresh.grant, decide).await;
        }
        let Some(payload) = self.read_access_token(token.expose()).await? else {
            return Ok(());
        };
        match named(&payload.jti) {
            Some(Named::Grant(grant, generation)) => {
                let decide =
                    |found: &Snapshot, _| revoke::access_token(client.id, generation, &found.grant);
                self.revoke_in(who, grant, decide).await
            }
            Some(Named::Client(..)) => Err(Refusal::TokenNotRevocable.into()),
            None => Ok(()),
        }
    }

    async fn revoke_in(
        &self,
        who: (Option<TeamId>, Actor),
        grant: GrantId,
        decide: impl Fn(&Snapshot, Time) -> Decision<Result<(), Refusal>> + Send + Sync,
    ) -> Result<(), Failure> {
        let mut settling = self.settling(who);
        loop {
            let found = self
                .store
                .grant(grant)
                .await
                .inspect_err(|_| self.store_failed())?;
            let Some(found) = found else {
                return Ok(());
            };
            if let Some(answer) = settling.commit(decide(&found, self.world.now())).await? {
                return Ok(answer?);
            }
        }
    }
}
