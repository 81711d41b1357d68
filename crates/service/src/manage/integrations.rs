//! Integrations: our registrations at providers.

use evergrant_core::held::integration::Overrides;
use evergrant_core::held::provider::Endpoints;
use evergrant_core::held::{Integration, Provider, State, connection, manage};
use evergrant_core::id::IntegrationId;
use evergrant_core::issued::personal::Ability;
use evergrant_core::{Change, ScopeSet, Secret, Span};
use evergrant_store::{CommitError, Page, PageRequest};
use url::Url;

use crate::held::{catalogue, discovery};
use crate::manage::Caller;
use crate::{Failure, Service, Wrong};

/// A registration to be told of.
#[derive(Clone, Debug)]
pub struct NewIntegration {
    /// A key or another name of the catalogue, or `generic`.
    pub provider: String,
    /// What it is called here; the provider's key, if nothing is said.
    pub name: Option<String>,
    /// Our `client_id` there.
    pub client_id: String,
    /// Our client secret there.
    pub client_secret: Option<Secret>,
    /// The scopes to ask for.
    pub scopes: Vec<String>,
    /// What is different from the catalogue.
    pub overrides: Overrides,
    /// Where the server describes itself (RFC 8414), instead of addresses.
    pub discover: Option<String>,
}

/// How long after the first trial the other connections of a mended integration follow at most.
const SPREAD: Span = Span::from_seconds(60);
/// When the first of them follows.
const AFTER_TRIAL: Span = Span::from_seconds(5);

fn not_found(name: &str) -> Failure {
    Wrong::NotFound {
        kind: "integration",
        name: name.to_owned(),
    }
    .into()
}

impl Service {
    /// Tells of a registration.
    ///
    /// # Errors
    /// When the caller may not, the name is taken, or an address is not acceptable.
    pub async fn add_integration(
        &self,
        caller: &Caller,
        new: &NewIntegration,
    ) -> Result<Integration, Failure> {
        caller.need(&Ability::Admin)?;
        let provider = find(&new.provider)?;
        let name = new.name.as_deref().unwrap_or(&provider.key);
        if !connection::is_name(name) {
            let text = "an integration's name has 1 to 64 letters, digits, `-`, `_` and `.`";
            return Err(Wrong::Value(text.into()).into());
        }
        if new.client_id.is_empty() || new.client_id.chars().any(char::is_control) {
            return Err(Wrong::Value("the client id is empty, or not on one line".into()).into());
        }
        ScopeSet::of(new.scopes.iter().map(String::as_str))?;
        let mut overrides = new.overrides.clone();
        if let Some(issuer) = &new.discover {
            let found = discovery::discover(self, issuer).await?;
            overrides.endpoints = merged(overrides.endpoints, found.endpoints);
            overrides.sends_issuer |= found.sends_issuer;
        }
        let now = self.world.now();
        let integration = Integration {
            id: IntegrationId::new(now, self.world.chance()),
            team: caller.team,
            name: name.to_owned(),
            provider: provider.key.clone(),
            client_id: new.client_id.clone(),
            has_secret: new.client_secret.is_some(),
            scopes: new.scopes.clone(),
            overrides,
            created_at: now,
        };
        self.check_addresses(&integration.provider(provider))?;
        let secret = new.client_secret.clone();
        let change = Change::IntegrationAdded(Box::new(integration.clone()), secret);
        match self.write(caller.who(), vec![change]).await {
            Err(CommitError::Conflict) => Err(Wrong::Exists {
                kind: "integration",
                name: integration.name,
            }
            .into()),
            other => self.end_well(other).map(|()| integration),
        }
    }

    /// Looks whether all addresses can be asked, before anything is written.
    pub(crate) fn check_addresses(&self, provider: &Provider) -> Result<(), Failure> {
        let it = &provider.endpoints;
        if it.token.is_none() {
            let text = "nothing says where its tokens are: give --token-url, or --issuer";
            return Err(Wrong::Value(text.into()).into());
        }
        let all = [
            ("authorization", &it.authorization),
            ("token", &it.token),
            ("refresh", &it.refresh),
            ("revocation", &it.revocation),
            ("device", &it.device),
            ("userinfo", &it.userinfo),
        ];
        for (field, address) in all {
            let Some(address) = address else { continue };
            if address.contains("{host}") {
                let text = "this provider is at each customer's own address: say which with --host";
                return Err(Wrong::Value(text.into()).into());
            }
            // What stands in braces is filled when it is asked.
            let plain = address.replace(['{', '}'], "");
            let url = Url::parse(&plain)
                .map_err(|error| Wrong::Value(format!("the {field} address: {error}")))?;
            self.held
                .wire
                .permits(&url)
                .map_err(|why| Wrong::Value(format!("the {field} address: {why}")))?;
        }
        Ok(())
    }

    /// The integrations of the caller's team.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn integrations(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<Integration>, Failure> {
        caller.need(&Ability::Read)?;
        Ok(self.store.integrations(caller.team, page).await?)
    }

    /// An integration of the caller's team, by its name or id.
    ///
    /// # Errors
    /// When there is none.
    pub async fn integration(&self, caller: &Caller, name: &str) -> Result<Integration, Failure> {
        caller.need(&Ability::Read)?;
        self.integration_of(caller, name).await
    }

    pub(crate) async fn integration_of(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Integration, Failure> {
        let found = match IntegrationId::parse(name) {
            Ok(id) => self.store.integration(id).await?,
            Err(_) => self.store.integration_named(caller.team, name).await?,
        };
        let found = found.filter(|it| it.team == caller.team);
        found.ok_or_else(|| not_found(name))
    }

    /// The provider as an integration meets it.
    pub fn provider_of(&self, integration: &Integration) -> Provider {
        self.held.provider(integration)
    }

    /// Gives an integration another client secret. Its connections that stopped for want of a
    /// right one go on: one at once, as a trial, the others spread over the minute that follows.
    ///
    /// # Errors
    /// When there is none, or the caller may not.
    pub async fn set_integration_secret(
        &self,
        caller: &Caller,
        name: &str,
        secret: &Secret,
    ) -> Result<Integration, Failure> {
        caller.need(&Ability::Admin)?;
        let integration = self.integration_of(caller, name).await?;
        let set = Change::IntegrationSecretSet {
            integration: integration.id,
            secret: secret.clone(),
        };
        self.end_well(self.write(caller.who(), vec![set]).await)?;
        self.mend(&integration).await?;
        Ok(integration)
    }

    async fn mend(&self, integration: &Integration) -> Result<(), Failure> {
        let mut page = PageRequest {
            limit: PageRequest::MAX,
            ..PageRequest::default()
        };
        let mut first = true;
        loop {
            let found = self.store.connections_of(integration.id, &page).await?;
            for loaded in found.items {
                if loaded.connection.standing.state != State::AppFault {
                    continue;
                }
                let now = self.world.now();
                let part = i64::try_from(loaded.connection.id.spread() % 1_000).unwrap_or_default();
                let spread = Span::from_millis(SPREAD.millis() * part / 1_000);
                let when = if first {
                    now
                } else {
                    now.plus(AFTER_TRIAL).plus(spread)
                };
                first = false;
                let scene = self.stage(loaded);
                let decision = manage::mended(&scene.it, when, now);
                // One that moved on meanwhile needs no mending.
                self.put(integration.team, decision).await?;
            }
            match found.next {
                Some(next) => page.after = Some(next),
                None => break,
            }
        }
        self.held.wake.notify_one();
        Ok(())
    }

    /// Forgets an integration that no connection uses.
    ///
    /// # Errors
    /// When there is none, connections use it, or the caller may not.
    pub async fn remove_integration(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Integration, Failure> {
        caller.need(&Ability::Admin)?;
        let integration = self.integration_of(caller, name).await?;
        let removed = Change::IntegrationRemoved {
            integration: integration.id,
            at: self.world.now(),
        };
        match self.write(caller.who(), vec![removed]).await {
            Err(CommitError::Conflict) => Err(Wrong::InUse {
                kind: "integration",
                name: integration.name,
                by: "connections",
            }
            .into()),
            other => self.end_well(other).map(|()| integration),
        }
    }
}

fn find(word: &str) -> Result<Provider, Failure> {
    if word == "generic" {
        return Ok(Provider::generic());
    }
    catalogue::find(word).ok_or_else(|| {
        Wrong::NotFound {
            kind: "provider",
            name: word.to_owned(),
        }
        .into()
    })
}

/// What was told, and what was found for the rest.
fn merged(told: Endpoints, found: Endpoints) -> Endpoints {
    Endpoints {
        authorization: told.authorization.or(found.authorization),
        token: told.token.or(found.token),
        refresh: told.refresh.or(found.refresh),
        revocation: told.revocation.or(found.revocation),
        device: told.device.or(found.device),
        userinfo: told.userinfo.or(found.userinfo),
        issuer: told.issuer.or(found.issuer),
    }
}
