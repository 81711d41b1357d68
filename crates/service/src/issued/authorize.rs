//! The authorization endpoint's two steps: what is asked, and the person's answer.

use evergrant_core::id::ClientId;
use evergrant_core::issued::Client;
use evergrant_core::issued::authorize::{Asked, Request, check, consent, redirect_of};
use evergrant_core::people::{Session, SignIn, Team, User};
use evergrant_core::secret::SecretKind;
use evergrant_core::{Actor, Change, Refusal, Secret};

use crate::{Failure, Service};

/// A request of a client that is known and may be answered at this address.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// Who asks.
    pub client: Client,
    /// The team that registered it.
    pub team: Team,
    /// Where any answer goes.
    pub redirect_uri: String,
    /// What is asked, or what is wrong with it: that is told to the client at its address.
    pub asked: Result<Asked, Refusal>,
}

impl Service {
    /// Looks at a request. An error here is shown to the person and sent nowhere.
    ///
    /// # Errors
    /// The client is unknown, or the redirect address is not registered.
    pub async fn authorization(
        &self,
        client_id: &str,
        request: &Request,
    ) -> Result<Authorization, Failure> {
        let unknown = || Failure::Refused(Refusal::ClientNotAuthenticated);
        let id = ClientId::parse(client_id).map_err(|_| unknown())?;
        let found = self
            .store
            .client(id)
            .await
            .inspect_err(|_| self.store_failed())?;
        let client = found
            .filter(|client| client.removed_at.is_none())
            .ok_or_else(unknown)?;
        let team = self
            .store
            .team(client.team)
            .await
            .inspect_err(|_| self.store_failed())?;
        let team = team.ok_or_else(unknown)?;
        let redirect_uri = redirect_of(request, &client)?;
        let asked = check(request, &client, redirect_uri.clone());
        Ok(Authorization {
            client,
            team,
            redirect_uri,
            asked,
        })
    }

    /// The person agreed: makes a code that carries the epochs of their sign-in.
    ///
    /// # Errors
    /// In an outage only.
    pub async fn consent(
        &self,
        asked: &Asked,
        client: &Client,
        (session, user): (&Session, &User),
    ) -> Result<Secret, Failure> {
        let code = SecretKind::Code.make(&self.world.secret());
        let sign_in = SignIn {
            user: session.epochs.grants,
            membership: session.membership_epoch,
        };
        let now = self.world.now();
        let row = consent(asked, client, user, sign_in, code.digest(), now);
        let who = (Some(client.team), Actor::User(user.id));
        self.end_well(self.write(who, vec![Change::CodeMade(Box::new(row))]).await)?;
        Ok(code)
    }
}
