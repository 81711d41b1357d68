//! Clients of a team.

use evergrant_core::change::KeyKind;
use evergrant_core::id::ClientId;
use evergrant_core::issued::client::{Algorithm, Client, GrantTypes, OnTwoHolders, Reach, Replay};
use evergrant_core::issued::personal::Ability;
use evergrant_core::issued::{Reason, redirect};
use evergrant_core::people::{Effect, EpochSubject};
use evergrant_core::secret::SecretKind;
use evergrant_core::{Change, Decision, ScopeSet, Secret, Span};
use evergrant_store::{Page, PageRequest};

use crate::manage::Caller;
use crate::manage::setup::name;
use crate::{Failure, Service, Wrong};

/// A client to be registered. [`NewClient::new`] has the defaults.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// The name that users see.
    pub name: String,
    /// Where answers may be sent.
    pub redirect_uris: Vec<String>,
    /// The scopes that it may ask for.
    pub scopes: Vec<String>,
    /// The grant types that it may use.
    pub grant_types: GrantTypes,
    /// Whether it has no secret.
    pub public: bool,
    /// Whether a lost answer may be asked for again.
    pub replay: Replay,
    /// How many generations of access tokens are alive at once.
    pub live_access_tokens: u32,
    /// How many live grants one user may have given it.
    pub live_grants: u32,
    /// How long an access token lives.
    pub access_ttl: Span,
    /// After how long without a refresh a grant ends.
    pub idle_ttl: Span,
    /// How long a grant lives at most.
    pub absolute_ttl: Span,
    /// Whose tokens it may introspect.
    pub introspect: Reach,
    /// What follows when two holders are seen.
    pub on_two_holders: OnTwoHolders,
    /// The signature of its access tokens.
    pub signing: Algorithm,
}

impl NewClient {
    /// A client with this name and every default.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            redirect_uris: Vec::new(),
            scopes: Vec::new(),
            grant_types: GrantTypes::DEFAULT,
            public: false,
            replay: Replay::Window(Span::from_seconds(60)),
            live_access_tokens: 10,
            live_grants: 100,
            access_ttl: Span::from_seconds(300),
            idle_ttl: Span::from_days(30),
            absolute_ttl: Span::from_days(365),
            introspect: Reach::Own,
            on_two_holders: OnTwoHolders::Report,
            signing: Algorithm::EdDsa,
        }
    }

    fn check(&self) -> Result<(), Failure> {
        let wrong = |text: &str| Err(Failure::Wrong(Wrong::Value(text.to_owned())));
        self.redirect_uris
            .iter()
            .try_for_each(|uri| redirect::check(uri))?;
        if self.grant_types.authorization_code && self.redirect_uris.is_empty() {
            return wrong("a client with authorization_code needs a redirect URI");
        }
        if self.public && self.grant_types.client_credentials {
            return wrong("a public client has no secret, and so no client_credentials");
        }
        if self.public && self.introspect == Reach::Team {
            return wrong("a public client can't introspect: anybody could call in its name");
        }
        if self.grant_types.names().is_empty() {
            return wrong("a client needs at least one grant type");
        }
        if self.live_access_tokens == 0 || self.live_access_tokens > 1_000_000 {
            return wrong("live access tokens: 1 to 1000000");
        }
        if self.live_grants == 0 || self.live_grants > 1000 {
            return wrong("live grants for each user: 1 to 1000");
        }
        let second = Span::from_seconds(1);
        if [self.access_ttl, self.idle_ttl, self.absolute_ttl]
            .iter()
            .any(|it| *it < second)
        {
            return wrong("a lifetime is at least one second");
        }
        if self.access_ttl > Span::from_days(1) {
            return wrong(
                "access tokens live a day at most: who checks them offline can't see \
                          a revocation before their end",
            );
        }
        Ok(())
    }
}

fn parse(name: &str) -> Result<ClientId, Failure> {
    ClientId::parse(name).map_err(|_| not_found(name))
}

fn not_found(name: &str) -> Failure {
    Wrong::NotFound {
        kind: "client",
        name: name.to_owned(),
    }
    .into()
}

impl Service {
    /// Registers a client. Its secret is shown once.
    ///
    /// # Errors
    /// When the caller may not, or a value is not acceptable.
    pub async fn add_client(
        &self,
        caller: &Caller,
        new: &NewClient,
    ) -> Result<(Client, Option<Secret>), Failure> {
        caller.need(&Ability::Admin)?;
        new.check()?;
        let secret = (!new.public).then(|| SecretKind::ClientSecret.make(&self.world.secret()));
        let now = self.world.now();
        let client = Client {
            id: ClientId::new(now, self.world.chance()),
            team: caller.team,
            name: name(&new.name)?,
            secret: secret.as_ref().map(Secret::digest),
            redirect_uris: new.redirect_uris.clone(),
            scopes: ScopeSet::of(new.scopes.iter().map(String::as_str))?,
            grant_types: new.grant_types,
            replay: new.replay,
            live_access_tokens: new.live_access_tokens,
            live_grants: new.live_grants,
            access_ttl: new.access_ttl,
            idle_ttl: new.idle_ttl,
            absolute_ttl: new.absolute_ttl,
            introspect: new.introspect,
            on_two_holders: new.on_two_holders,
            signing: new.signing,
            epoch: 0,
            created_at: now,
            removed_at: None,
        };
        let kind = KeyKind::Signing(client.signing);
        self.keyring
            .ensure(kind, &self.store, self.world.as_ref())
            .await?;
        let change = Change::ClientAdded(Box::new(client.clone()));
        self.end_well(self.write(caller.who(), vec![change]).await)?;
        Ok((client, secret))
    }

    /// The clients of the caller's team.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn clients(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<Client>, Failure> {
        caller.need(&Ability::Admin)?;
        Ok(self.store.clients(caller.team, page).await?)
    }

    /// A client of the caller's team.
    ///
    /// # Errors
    /// When there is none, or the caller may not see it.
    pub async fn client(&self, caller: &Caller, name: &str) -> Result<Client, Failure> {
        caller.need(&Ability::Admin)?;
        let found = self.store.client(parse(name)?).await?;
        let found = found.filter(|it| it.team == caller.team && it.removed_at.is_none());
        found.ok_or_else(|| not_found(name))
    }

    /// Gives a client another secret; the old one ends at once.
    ///
    /// # Errors
    /// When there is none, it is public, or the caller may not.
    pub async fn set_client_secret(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<(Client, Secret), Failure> {
        let secret = SecretKind::ClientSecret.make(&self.world.secret());
        let mut settling = self.settling(caller.who());
        loop {
            let client = self.client(caller, name).await?;
            if !client.is_confidential() {
                let text = "a public client has no secret; register a confidential one";
                return Err(Wrong::Value(text.into()).into());
            }
            let (client_id, digest) = (client.id, secret.digest());
            let set = Change::ClientSecretSet {
                client: client_id,
                secret: digest,
            };
            if let Some(client) = settling.commit(Decision::one(set, client)).await? {
                return Ok((client, secret));
            }
        }
    }

    /// Removes a client; everything that it was given ends.
    ///
    /// # Errors
    /// When there is none, or the caller may not.
    pub async fn remove_client(&self, caller: &Caller, name: &str) -> Result<Client, Failure> {
        let mut settling = self.settling(caller.who());
        loop {
            let client = self.client(caller, name).await?;
            let raised = Change::EpochRaised {
                subject: EpochSubject::Client(client.id),
                from: client.epoch,
                cause: Reason::ClientRemoved,
                effect: Effect::Revoke,
            };
            let removed = Change::ClientRemoved {
                client: client.id,
                at: self.world.now(),
            };
            let decision = Decision {
                changes: vec![raised, removed],
                answer: client,
            };
            if let Some(client) = settling.commit(decision).await? {
                return Ok(client);
            }
        }
    }
}
