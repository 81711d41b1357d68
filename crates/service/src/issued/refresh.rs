//! The refresh of an issued grant: load, decide, commit, and only then make the tokens.

use evergrant_core::change::KeyKind;
use evergrant_core::id::{ClientId, GrantId};
use evergrant_core::issued::Grant;
use evergrant_core::issued::presenter::Presenter;
use evergrant_core::issued::refresh::{self, Fresh, Snapshot};
use evergrant_core::{Actor, Refusal, ScopeSet, Secret, Time};
use evergrant_store::Outage;

use crate::issued::authenticate::{Credentials, is_authentic};
use crate::issued::tokens::Refresh;
use crate::issued::{Origin, Tokens};
use crate::{Failure, Service};

/// A refresh request (RFC 6749 section 6).
#[derive(Clone, Debug)]
pub struct RefreshRequest {
    /// Who asks.
    pub credentials: Credentials,
    /// `refresh_token`
    pub token: Secret,
    /// `scope`, if asked for.
    pub scope: Option<String>,
    /// `resource`
    pub resources: Vec<String>,
    /// Where it came from.
    pub origin: Origin,
    /// When it was complete here.
    pub arrived: Time,
}

impl Service {
    /// Renews a grant's tokens.
    ///
    /// # Errors
    /// What `core::issued::refresh` refuses, or an outage; the latter says nothing of the token.
    pub async fn refresh(&self, request: &RefreshRequest) -> Result<Tokens, Failure> {
        self.ready().await?;
        let read = self.read_refresh_token(request.token.expose()).await?;
        let Some(token) = read else {
            self.authenticate(&request.credentials).await?;
            return Err(Refusal::TokenUnknown.into());
        };
        let mut snapshot = self.load_for_refresh(&token, &request.credentials).await?;
        let asked = self.judged(request, &token, snapshot.client.id)?;
        let fresh = self.fresh_rotation()?;
        let who = (Some(snapshot.grant.team), Actor::Client(snapshot.client.id));
        let mut settling = self.settling(who);
        let renewed = loop {
            let now = self.world.now();
            let decision = refresh::refresh(&asked, &snapshot, now, fresh);
            if let Some(answer) = settling.commit(decision).await? {
                break answer.inspect_err(|refusal| alarm(refusal, token.grant))?;
            }
            snapshot = self.load_for_refresh(&token, &request.credentials).await?;
        };
        let Snapshot { grant, client, .. } = snapshot;
        let grant = Grant {
            rotation: renewed.rotation,
            ..grant
        };
        let scope = asked.scope.unwrap_or_else(|| grant.scope.clone());
        let resources = if asked.resources.is_empty() {
            grant.resources.clone()
        } else {
            asked.resources
        };
        let now = self.world.now();
        Ok(self
            .tokens(&grant, &client, (scope, resources), now)
            .await?)
    }

    /// The grant that a token names, after its client authenticated. A client that names another
    /// one's token authenticates first too, or everybody could ask about every token.
    async fn load_for_refresh(
        &self,
        token: &Refresh,
        credentials: &Credentials,
    ) -> Result<Snapshot, Failure> {
        let found = self
            .store
            .grant(token.grant)
            .await
            .inspect_err(|_| self.store_failed())?;
        match found {
            Some(snapshot) if ClientId::parse(&credentials.client_id) == Ok(snapshot.client.id) => {
                if is_authentic(&snapshot.client, credentials) {
                    Ok(snapshot)
                } else {
                    Err(Refusal::ClientNotAuthenticated.into())
                }
            }
            Some(_) => {
                self.authenticate(credentials).await?;
                Err(Refusal::TokenOfAnotherClient.into())
            }
            None => {
                self.authenticate(credentials).await?;
                Err(Refusal::TokenUnknown.into())
            }
        }
    }

    fn judged(
        &self,
        request: &RefreshRequest,
        token: &Refresh,
        client: ClientId,
    ) -> Result<refresh::Request, Failure> {
        let scope = request.scope.as_deref().map(ScopeSet::parse).transpose();
        let Origin {
            address,
            user_agent,
        } = &request.origin;
        Ok(refresh::Request {
            client,
            presented: token.presented,
            scope: scope.map_err(|_| Refusal::ScopeNotGranted)?,
            resources: request.resources.clone(),
            presenter: Presenter::new(request.arrived, *address, user_agent),
        })
    }

    fn fresh_rotation(&self) -> Result<Fresh, Failure> {
        let (nonce, chance) = (self.world.nonce(), self.world.chance());
        Ok(Fresh {
            nonce,
            mac_key: self.mac_key()?,
            chance,
        })
    }

    /// The key with which refresh tokens are made now.
    pub(crate) fn mac_key(&self) -> Result<evergrant_core::id::KeyId, Outage> {
        let keys = self.keyring.keys();
        let key = keys.active(KeyKind::RefreshToken, self.world.now());
        key.map(|key| key.id)
            .ok_or_else(|| Outage("no key makes refresh tokens".into()))
    }
}

/// A token that is newer than the store is nobody's fault but the store's: somebody must look.
pub(crate) fn alarm(refusal: &Refusal, grant: GrantId) {
    if *refusal == Refusal::StoreWentBack {
        tracing::error!(%grant, alarm = "store_went_back", "a token is newer than the store");
    }
}
