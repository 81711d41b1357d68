//! The redemption of an authorization code: load, decide, commit, and only then make the tokens.

use evergrant_core::issued::exchange::{self, Fresh, Snapshot};
use evergrant_core::issued::presenter::Presenter;
use evergrant_core::{Actor, Digest, Refusal, Secret, Time};

use crate::issued::authenticate::Credentials;
use crate::issued::{Origin, Tokens};
use crate::{Failure, Service};

/// A redemption (RFC 6749 section 4.1.3).
#[derive(Clone, Debug)]
pub struct ExchangeRequest {
    /// Who asks.
    pub credentials: Credentials,
    /// `code`
    pub code: Secret,
    /// `redirect_uri`
    pub redirect_uri: Option<String>,
    /// `code_verifier`
    pub verifier: String,
    /// `resource`
    pub resources: Vec<String>,
    /// Where it came from.
    pub origin: Origin,
    /// When it was complete here.
    pub arrived: Time,
}

impl Service {
    /// Begins a grant, and gives its first tokens.
    ///
    /// # Errors
    /// What `core::issued::exchange` refuses, or an outage.
    pub async fn exchange(&self, request: &ExchangeRequest) -> Result<Tokens, Failure> {
        self.ready().await?;
        let client = self.authenticate(&request.credentials).await?;
        if !client.grant_types.authorization_code {
            return Err(Refusal::GrantTypeNotAllowed.into());
        }
        let digest = request.code.digest();
        let Origin {
            address,
            user_agent,
        } = &request.origin;
        let asked = exchange::Request {
            client: client.id,
            redirect_uri: request.redirect_uri.clone(),
            verifier: request.verifier.clone(),
            resources: request.resources.clone(),
            presenter: Presenter::new(request.arrived, *address, user_agent),
        };
        let fresh = Fresh {
            grant: self.world.chance(),
            incident: self.world.chance(),
            nonce: self.world.nonce(),
            mac_key: self.mac_key()?,
        };
        let who = (Some(client.team), Actor::Client(client.id));
        let mut settling = self.settling(who);
        let grant = loop {
            let snapshot = self.load_code(digest).await?;
            let decision = exchange::exchange(&asked, &snapshot, self.world.now(), fresh);
            if let Some(answer) = settling.commit(decision).await? {
                break answer?;
            }
        };
        let resources = if asked.resources.is_empty() {
            grant.resources.clone()
        } else {
            asked.resources.clone()
        };
        let now = self.world.now();
        Ok(self
            .tokens(&grant, &client, (grant.scope.clone(), resources), now)
            .await?)
    }

    async fn load_code(&self, digest: Digest) -> Result<Snapshot, Failure> {
        let found = self.store.code(digest, self.world.now()).await;
        let found = found.inspect_err(|_| self.store_failed())?;
        found.ok_or_else(|| Refusal::CodeUnknown.into())
    }
}
