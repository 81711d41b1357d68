//! Links to this server by which a person sets out to a provider: looked at for nothing, spent by
//! the signed-in person, bound to their browser.

use evergrant_core::held::consent::{Consent, ConsentSecrets};
use evergrant_core::held::{Connection, Integration};
use evergrant_core::secret::SecretKind;
use evergrant_core::{Change, Secret};
use url::Url;

use super::connect::{authorization_url, stale_link};
use crate::manage::Caller;
use crate::{Failure, Service, Wrong};

/// What a link leads to, for the page that asks before it is spent.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The connection.
    pub connection: Connection,
    /// By which registration.
    pub integration: Integration,
    /// What the provider is called.
    pub provider: String,
}

impl Service {
    /// What a link leads to. Looking spends nothing.
    ///
    /// # Errors
    /// When it is used or too old, or meant for somebody else.
    pub async fn invitation(
        &self,
        caller: &Caller,
        ticket: &Secret,
    ) -> Result<Invitation, Failure> {
        let (_, invitation) = self.invited(caller, ticket).await?;
        Ok(invitation)
    }

    async fn invited(
        &self,
        caller: &Caller,
        ticket: &Secret,
    ) -> Result<(Consent, Invitation), Failure> {
        let now = self.world.now();
        let found = self.store.consent(&ticket.digest()).await?;
        let (consent, _) = found.ok_or_else(stale_link)?;
        let lives = consent.spent_at.is_none() && consent.expires_at > now;
        if !lives || consent.browser.is_some() || consent.team != caller.team {
            return Err(stale_link());
        }
        let loaded = self.store.connection(consent.connection).await?;
        let loaded = loaded.ok_or_else(stale_link)?;
        let connection = loaded.connection;
        let person = caller.user().map(|user| user.id);
        if connection.owner.is_some() && connection.owner != person {
            let text = "this link was made for another person";
            return Err(Wrong::NotAllowed(text).into());
        }
        let provider = self.held.provider(&loaded.integration).name;
        let invitation = Invitation {
            connection,
            integration: loaded.integration,
            provider,
        };
        Ok((consent, invitation))
    }

    /// Spends a link: the person set out, in this browser.
    ///
    /// # Errors
    /// As [`Service::invitation`].
    pub async fn follow_link(
        &self,
        caller: &Caller,
        ticket: &Secret,
        browser: &Secret,
    ) -> Result<Url, Failure> {
        let (consent, invitation) = self.invited(caller, ticket).await?;
        let now = self.world.now();
        let state = SecretKind::Consent.make(&self.world.secret());
        let provider = self.held.provider(&invitation.integration);
        let verifier = provider
            .pkce
            .then(|| SecretKind::Verifier.make(&self.world.secret()));
        let ask = (&invitation.integration, &provider, verifier.as_ref());
        let url = authorization_url(ask, &consent.redirect_uri, &state)?;
        let bound = Consent {
            state: state.digest(),
            browser: Some(browser.digest()),
            ..consent.clone()
        };
        let spent = Change::ConsentSpent {
            state: consent.state,
            at: now,
            secrets: ConsentSecrets::default(),
        };
        let secrets = ConsentSecrets {
            verifier,
            code: None,
        };
        let changes = vec![spent, Change::ConsentBegun(Box::new(bound), secrets)];
        match self.write(caller.who(), changes).await {
            Err(evergrant_store::CommitError::Conflict) => Err(stale_link()),
            other => self.end_well(other).map(|()| url),
        }
    }
}
