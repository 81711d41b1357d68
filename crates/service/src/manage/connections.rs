//! Connections: seen, checked, refreshed, suspended, removed.

use evergrant_core::Time;
use evergrant_core::held::{Attempt, Kept, Phase, Provider, Why, manage, timing};
use evergrant_core::id::ConnectionId;
use evergrant_core::issued::personal::Ability;
use evergrant_core::people::User;
use evergrant_store::held::Loaded;
use evergrant_store::{Page, PageRequest};

use crate::held::{Reason, Scene, not_found};
use crate::manage::Caller;
use crate::settle::TRIES;
use crate::{Failure, Service, Wrong};

/// A connection with what is told beside it.
#[derive(Clone, Debug)]
pub struct ConnectionSeen {
    /// Its rows.
    pub loaded: Loaded,
    /// The provider as it meets it.
    pub provider: Provider,
    /// The address of its owner.
    pub owner: Option<String>,
}

/// What was tried of a connection.
#[derive(Clone, Debug)]
pub struct Tried {
    /// What people call its provider, where it is anybody in particular.
    pub provider: Option<String>,
    /// The attempts.
    pub attempts: Page<Attempt>,
}

/// What a refresh came to.
#[derive(Clone, Debug)]
pub struct Refreshed {
    /// The connection afterwards.
    pub seen: ConnectionSeen,
    /// Whether new tokens came.
    pub renewed: bool,
    /// Whether there is anything to renew it with.
    pub renewable: bool,
}

impl Service {
    /// The connections of the caller's team.
    ///
    /// # Errors
    /// When the caller may not.
    pub async fn connections(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<Page<ConnectionSeen>, Failure> {
        caller.need(&Ability::Read)?;
        let found = self.store.connections(caller.team, page).await?;
        let mut items = Vec::with_capacity(found.items.len());
        for loaded in found.items {
            items.push(self.seen(loaded).await?);
        }
        Ok(Page {
            items,
            next: found.next,
        })
    }

    /// A connection of the caller's team.
    ///
    /// # Errors
    /// When there is none.
    pub async fn connection(&self, caller: &Caller, name: &str) -> Result<ConnectionSeen, Failure> {
        caller.need(&Ability::Read)?;
        let loaded = self.connection_of(caller, name).await?;
        self.seen(loaded).await
    }

    pub(super) async fn connection_of(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<Loaded, Failure> {
        let found = match ConnectionId::parse(name) {
            Ok(id) => self.store.connection(id).await?,
            Err(_) => self.store.connection_named(caller.team, name).await?,
        };
        let found = found.filter(|it| it.connection.team == caller.team);
        found.ok_or_else(|| not_found(name))
    }

    pub(crate) async fn seen(&self, loaded: Loaded) -> Result<ConnectionSeen, Failure> {
        let owner: Option<User> = match loaded.connection.owner {
            Some(user) => self.store.user(user).await?,
            None => None,
        };
        Ok(ConnectionSeen {
            provider: self.held.provider(&loaded.integration),
            owner: owner.map(|user| user.email.to_string()),
            loaded,
        })
    }

    /// What was tried, newest first.
    ///
    /// # Errors
    /// When there is no such connection.
    pub async fn history(
        &self,
        caller: &Caller,
        name: &str,
        page: &PageRequest,
    ) -> Result<Tried, Failure> {
        caller.need(&Ability::Read)?;
        let loaded = self.connection_of(caller, name).await?;
        let provider = self.held.provider(&loaded.integration);
        Ok(Tried {
            provider: provider.called().map(str::to_owned),
            attempts: self.store.history(loaded.connection.id, page).await?,
        })
    }

    /// Asks the provider for new tokens now, whatever the margin; in doubt it sends only what the
    /// replay policy allows.
    ///
    /// # Errors
    /// When there is no such connection, or the caller may not. That a refresh fails is no error.
    pub async fn refresh_connection(
        &self,
        caller: &Caller,
        name: &str,
        sender_gone: bool,
    ) -> Result<Refreshed, Failure> {
        caller.need(&Ability::Write)?;
        let before = self.connection_of(caller, name).await?;
        let id = before.connection.id;
        let reason = Reason {
            why: if sender_gone {
                Why::SenderGone
            } else {
                Why::Asked
            },
            saw: Some(before.grant.generation),
        };
        let deadline = self.patience();
        let mut looks = 0;
        let after = loop {
            let mut landing = self.fly(id, reason, None);
            {
                // What is lent by the channel is given back before the next wait.
                let landed = landing.wait_for(Option::is_some).await;
                if let Ok(Some(Err(failure))) = landed.as_deref().cloned() {
                    return Err(failure);
                }
            }
            let after = self.store.connection(id).await?;
            let after = after.ok_or_else(|| not_found(name))?;
            let now = self.world.now();
            if !is_underway(after.attempt.as_ref(), now) || now >= deadline {
                break after;
            }
            // Another process is at it: what it brings is as good.
            self.wait_for_others(&mut looks).await;
        };
        let habits = self.held.habits(&after.integration);
        Ok(Refreshed {
            renewable: after.grant.is_renewable(&habits),
            renewed: after.grant.generation > before.grant.generation,
            seen: self.seen(after).await?,
        })
    }

    /// When somebody who waits for a request gives up.
    pub(crate) fn patience(&self) -> Time {
        let bounds = &self.held.bounds;
        let now = self.world.now();
        now.plus(bounds.connect)
            .plus(bounds.total)
            .plus(timing::FIRST_BYTE)
    }

    /// Stops a connection: nothing is served and nothing is sent.
    ///
    /// # Errors
    /// When there is no such connection, or the caller may not.
    pub async fn suspend_connection(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<ConnectionSeen, Failure> {
        self.change(caller, name, |scene, now| manage::suspend(&scene.it, now))
            .await
    }

    /// Lets a suspended connection go on.
    ///
    /// # Errors
    /// When there is no such connection, or the caller may not.
    pub async fn resume_connection(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<ConnectionSeen, Failure> {
        let seen = self
            .change(caller, name, |scene, now| manage::resume(&scene.it, now))
            .await?;
        self.held.wake.notify_one();
        Ok(seen)
    }

    async fn change(
        &self,
        caller: &Caller,
        name: &str,
        decide: impl Fn(&Scene, Time) -> evergrant_core::Decision<bool>,
    ) -> Result<ConnectionSeen, Failure> {
        caller.need(&Ability::Write)?;
        let mut settling = self.settling(caller.who());
        loop {
            let scene = self.stage(self.connection_of(caller, name).await?);
            let decision = decide(&scene, self.world.now());
            match settling.commit(decision).await? {
                Some(true) => {
                    let loaded = self.connection_of(caller, name).await?;
                    return self.seen(loaded).await;
                }
                Some(false) => {
                    let text = "the connection has no grant yet, or not any more";
                    return Err(Wrong::Value(text.into()).into());
                }
                None => {}
            }
        }
    }

    /// Removes a connection: ends its grant at the provider and forgets its secrets. Waits for a
    /// request in flight first, so that its answer is not lost.
    ///
    /// # Errors
    /// When there is no such connection, or the caller may not.
    pub async fn remove_connection(
        &self,
        caller: &Caller,
        name: &str,
    ) -> Result<ConnectionSeen, Failure> {
        caller.need(&Ability::Write)?;
        let loaded = self.connection_of(caller, name).await?;
        let id = loaded.connection.id;
        let mut looks = 0;
        let deadline = self.patience();
        for _ in 0..TRIES {
            let scene = loop {
                let found = self.scene(id).await?.ok_or_else(|| not_found(name))?;
                let now = self.world.now();
                if !is_underway(found.it.attempt.as_ref(), now) || now >= deadline {
                    break found;
                }
                self.wait_for_others(&mut looks).await;
            };
            let kept = match self.store.kept(&scene.it.grant).await? {
                Some(kept) => kept,
                None if scene.it.grant.generation == 0 => Kept::default(),
                None => continue,
            };
            let decision = manage::remove(&scene.it, &kept, self.world.now());
            let evergrant_core::Decision { changes, answer } = decision;
            if !answer {
                return Err(not_found(name));
            }
            let who = caller.who();
            match self.write(who, changes).await {
                Ok(()) => {
                    self.revoke_soon().await;
                    return self.seen(scene.into_loaded()).await;
                }
                Err(evergrant_store::CommitError::Conflict) => {}
                other => self.end_well(other)?,
            }
        }
        Err(
            evergrant_store::Outage("too many others are changing the same connection".into())
                .into(),
        )
    }
}

/// Whether somebody has a request in the air.
pub(crate) fn is_underway(attempt: Option<&Attempt>, now: Time) -> bool {
    let Some(attempt) = attempt else {
        return false;
    };
    let fresh = |since: Time| now < since.plus(timing::LEASE);
    match attempt.phase {
        Phase::Claimed => fresh(attempt.claimed_at),
        Phase::Received => true,
        _ => attempt
            .last()
            .is_some_and(|send| send.ended.is_none() && fresh(send.begun_at)),
    }
}
