//! New grants by consent: a person is sent to the provider, and comes back with a code (RFC 6749
//! section 4.1, with RFC 7636 and RFC 9207; on a desk RFC 8252).

use evergrant_core::held::answer::Fault;
use evergrant_core::held::consent::{self, Consent, ConsentSecrets};
use evergrant_core::held::grant::{Access, Grant};
use evergrant_core::held::{
    Connection, Integration, Provider, Standing, State, Tokens, Why, manage, plan,
};
use evergrant_core::id::{ConnectionId, GrantId, UserId};
use evergrant_core::issued::personal::Ability;
use evergrant_core::secret::SecretKind;
use evergrant_core::{Change, Decision, ScopeSet, Secret, Time};
use url::Url;

use super::returned::fault;
use super::situation::Written;
use super::why;
use crate::manage::Caller;
use crate::manage::connections::ConnectionSeen;
use crate::settle::TRIES;
use crate::{Failure, Service, Wrong};

/// Where a program on a person's own machine waits, with a port that they choose.
pub const OWN_MACHINE: &str = "http://127.0.0.1:PORT/oauth/callback";

pub use super::returned::Returned;

/// A connection to be made by consent.
#[derive(Clone, Debug)]
pub struct NewConnection {
    /// By which integration.
    pub integration: String,
    /// What programs will call it; the integration's name, if nothing is said.
    pub name: Option<String>,
    /// Whom to ask; the caller, if nothing is said.
    pub owner: Option<String>,
    /// How the person gets there and back.
    pub way: Way,
}

/// How a person gets to the provider and back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Straight there, and back to a program on their own machine.
    Loopback {
        /// Where the program waits.
        redirect_uri: String,
    },
    /// By a link to this server, which they follow signed in.
    Link,
}

/// A consent that began.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The connection that is to be.
    pub connection: ConnectionId,
    /// Its name.
    pub name: String,
    /// What the person has to open.
    pub url: Url,
    /// Until when.
    pub expires_at: Time,
}

pub(super) fn stale_link() -> Failure {
    Wrong::Value("This link was used already, or is too old. Ask for a new one.".into()).into()
}

impl Service {
    /// Where people come back to: this server or, without one, the program on their own machine,
    /// whose port they choose (RFC 8252 section 7.3).
    pub fn callback_url(&self) -> String {
        match self.settings.issuer.as_str() {
            "" => OWN_MACHINE.to_owned(),
            issuer => format!("{issuer}/oauth/callback"),
        }
    }

    /// Begins a connection: its name is taken from now on.
    ///
    /// # Errors
    /// When the caller may not, the name is taken, or the provider has no such way.
    pub async fn begin_connection(
        &self,
        caller: &Caller,
        new: &NewConnection,
    ) -> Result<Begun, Failure> {
        caller.need(&Ability::Write)?;
        let integration = self.integration_of(caller, &new.integration).await?;
        let name = new.name.as_deref().unwrap_or(&integration.name);
        let name = super::import::name(name)?;
        let owner = self.owner(caller, new.owner.as_deref()).await?;
        let mut changes = self.make_room(caller, &name).await?;
        let now = self.world.now();
        let state = SecretKind::Consent.make(&self.world.secret());
        let expires_at = now.plus(consent::LONGEST);
        let id = ConnectionId::new(now, self.world.chance());
        let grant = GrantId::new(now, self.world.chance());
        let redirect_uri = match &new.way {
            Way::Loopback { redirect_uri } => loopback(redirect_uri)?,
            Way::Link => self.callback_url(),
        };
        let begun = Consent {
            state: state.digest(),
            team: caller.team,
            integration: integration.id,
            connection: id,
            grant,
            redirect_uri,
            browser: None,
            created_at: now,
            expires_at,
            spent_at: None,
        };
        let provider = self.held.provider(&integration);
        // Nobody is asked to consent to what could not be fetched afterwards.
        self.check_addresses(&provider)?;
        let verifier = provider
            .pkce
            .then(|| SecretKind::Verifier.make(&self.world.secret()));
        let ask = (&integration, &provider, verifier.as_ref());
        let url = match new.way {
            Way::Loopback { .. } => authorization_url(ask, &begun.redirect_uri, &state)?,
            Way::Link => self.link(&state)?,
        };
        changes.extend(pending(&integration, &begun, (name.clone(), owner))?);
        let secrets = ConsentSecrets {
            verifier,
            code: None,
        };
        changes.push(Change::ConsentBegun(Box::new(begun), secrets));
        self.end_well(self.write(caller.who(), changes).await)
            .map_err(|failure| exists_if_conflict(failure, &name))?;
        Ok(Begun {
            connection: id,
            name,
            url,
            expires_at,
        })
    }

    fn link(&self, state: &Secret) -> Result<Url, Failure> {
        let text = format!("{}/connect/{}", self.settings.issuer, state.expose());
        Url::parse(&text).map_err(|error| Wrong::Value(error.to_string()).into())
    }

    /// A browser came back. The state is spent before the code is redeemed, and the code is
    /// redeemed once. Returns the connection, whatever became of it.
    ///
    /// # Errors
    /// When the state is not known, spent, too old, or another browser's.
    pub async fn finish_connection(&self, returned: &Returned) -> Result<ConnectionId, Failure> {
        for _ in 0..TRIES {
            let (consent, secrets) = self.returning(returned).await?;
            let Some(scene) = self.scene(consent.connection).await? else {
                return Err(stale_link());
            };
            let now = self.world.now();
            let problem = fault(returned, &scene.provider);
            let (spent, decision) = match (&returned.code, problem) {
                (Some(code), None) => {
                    let secrets = ConsentSecrets {
                        code: Some(code.clone()),
                        ..secrets
                    };
                    (secrets, manage::came_back(&scene.it, now))
                }
                (_, problem) => {
                    let ours = [
                        self.store.integration_secret(scene.integration.id).await?,
                        secrets.verifier,
                    ];
                    let ours: Vec<_> = ours.into_iter().flatten().collect();
                    let problem = problem.unwrap_or_default().hiding(&ours);
                    let problem = why::denied(problem, returned, &scene.provider);
                    (
                        ConsentSecrets::default(),
                        manage::denied(&scene.it, &problem, now),
                    )
                }
            };
            let Decision { mut changes, .. } = decision;
            changes.push(Change::ConsentSpent {
                state: consent.state,
                at: now,
                secrets: spent,
            });
            if self.put_changes(consent.team, changes).await? == Written::Done {
                self.redeem(consent.connection).await;
                return Ok(consent.connection);
            }
        }
        Err(stale_link())
    }

    /// A connection as it is once its consent was finished, for the page that tells the person.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn connection_after_consent(
        &self,
        connection: ConnectionId,
    ) -> Result<ConnectionSeen, Failure> {
        let found = self.store.connection(connection).await?;
        let loaded = found.ok_or_else(|| super::not_found(&connection.to_string()))?;
        self.seen(loaded).await
    }

    /// Does what is due about a connection, and waits for it.
    async fn landed(&self, connection: ConnectionId) {
        let mut landing = self.fly(connection, Why::Due, None);
        drop(landing.wait_for(Option::is_some).await);
    }

    async fn redeem(&self, connection: ConnectionId) {
        self.landed(connection).await;
        match self.scene(connection).await {
            Ok(Some(scene)) if scene.it.connection.account.is_none() => {
                if let Err(failure) = self.identify(&scene).await {
                    tracing::warn!(?failure, %connection, "the account can't be told yet");
                }
            }
            _ => {}
        }
    }

    async fn returning(&self, returned: &Returned) -> Result<(Consent, ConsentSecrets), Failure> {
        let now = self.world.now();
        let found = self.store.consent(&returned.state.digest()).await?;
        let (consent, secrets) = found.ok_or_else(stale_link)?;
        let browser = returned.browser.as_ref().map(Secret::digest);
        let same = consent.browser.is_none() || consent.browser == browser;
        if consent.spent_at.is_some() || consent.expires_at <= now || !same {
            return Err(stale_link());
        }
        Ok((consent, secrets))
    }

    /// A connection that nobody finished gives its name free; any other keeps it.
    async fn make_room(&self, caller: &Caller, name: &str) -> Result<Vec<Change>, Failure> {
        let Some(loaded) = self.store.connection_named(caller.team, name).await? else {
            return Ok(Vec::new());
        };
        let mut scene = self.stage(loaded);
        if scene.it.connection.standing.state == State::Pending && !manage::gives_way(&scene.it) {
            // Whoever sent its code may be gone: what is due about it is done first.
            self.landed(scene.it.connection.id).await;
            match self.store.connection_named(caller.team, name).await? {
                Some(loaded) => scene = self.stage(loaded),
                None => return Ok(Vec::new()),
            }
        }
        if scene.it.connection.standing.state != State::Pending {
            return Err(exists(name));
        }
        if !manage::gives_way(&scene.it) {
            return Err(Wrong::Underway(name.to_owned()).into());
        }
        let nobody = Fault::default();
        Ok(manage::denied(&scene.it, &nobody, self.world.now()).changes)
    }

    /// The person to ask: whoever was named, else the caller, else the team's owner.
    pub(crate) async fn owner(
        &self,
        caller: &Caller,
        email: Option<&str>,
    ) -> Result<Option<UserId>, Failure> {
        match email {
            Some(email) => self.user(caller, email).await.map(|user| Some(user.id)),
            None => match caller.user() {
                Some(user) => Ok(Some(user.id)),
                None => Ok(self.store.first_owner(caller.team).await?),
            },
        }
    }
}

fn exists(name: &str) -> Failure {
    Wrong::Exists {
        kind: "connection",
        name: name.to_owned(),
    }
    .into()
}

/// The only guard that a new connection can meet is its name.
pub(crate) fn exists_if_conflict(failure: Failure, name: &str) -> Failure {
    match failure {
        Failure::Outage(outage) if outage.0.contains("changed meanwhile") => exists(name),
        other => other,
    }
}

/// A redirect address of a program on the person's own machine (RFC 8252 section 7.3).
fn loopback(redirect_uri: &str) -> Result<String, Failure> {
    let url = Url::parse(redirect_uri).ok();
    let fits = url.is_some_and(|url| {
        url.scheme() == "http" && matches!(url.host_str(), Some("127.0.0.1" | "[::1]"))
    });
    if fits {
        return Ok(redirect_uri.to_owned());
    }
    let text = format!("a program on your own machine waits at {OWN_MACHINE}");
    Err(Wrong::Value(text).into())
}

pub(super) fn authorization_url(
    (integration, provider, verifier): (&Integration, &Provider, Option<&Secret>),
    redirect_uri: &str,
    state: &Secret,
) -> Result<Url, Failure> {
    let challenge = verifier.map(|it| it.digest().base64url());
    let ask = plan::AuthorizationAsk {
        client_id: &integration.client_id,
        redirect_uri,
        scopes: &integration.scopes,
        state: state.expose(),
        challenge: challenge.as_deref(),
        nonce: None,
        login_hint: None,
    };
    plan::authorization_url(provider, &ask).map_err(|error| Wrong::Value(error.to_string()).into())
}

/// The rows of a connection that waits for a person.
fn pending(
    integration: &Integration,
    consent: &Consent,
    (name, owner): (String, Option<UserId>),
) -> Result<Option<Change>, Failure> {
    let now = consent.created_at;
    let mut standing = Standing::new(State::Pending, now);
    standing.due_at = Some(consent.expires_at);
    let connection = Connection {
        id: consent.connection,
        team: consent.team,
        name,
        integration: integration.id,
        owner,
        scopes: ScopeSet::of(integration.scopes.iter().map(String::as_str))?,
        account: None,
        grant: Some(consent.grant),
        created_at: now,
        standing,
        version: 0,
    };
    let grant = Grant {
        id: consent.grant,
        team: consent.team,
        connection: consent.connection,
        generation: 0,
        scopes: None,
        consented_at: now,
        renewed_at: now,
        access: Access::Until(consent.expires_at),
        refreshable: false,
        refresh_expires_at: None,
        refresh_at: None,
        runner_up: false,
    };
    let made = Change::ConnectionMade(Box::new(connection), Box::new(grant), Tokens::default());
    Ok(Some(made))
}
