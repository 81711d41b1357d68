//! Connections checked: whether they serve, and whose account they are.

use evergrant_core::Change;
use evergrant_core::held::connection::State;
use evergrant_core::held::{Account, plan};
use evergrant_core::id::ConnectionId;
use evergrant_core::issued::personal::Ability;

use super::connections::ConnectionSeen;
use crate::held::{Scene, Written};
use crate::manage::Caller;
use crate::settle::TRIES;
use crate::{Failure, Service};

/// What a provider said about an access token when it was asked whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Accepted {
    /// It took it.
    Yes,
    /// It took it, and said that it lacks the scope for this question (RFC 6750 section 3.1).
    ScopeMissing,
    /// It did not take it.
    No,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The connection.
    pub seen: ConnectionSeen,
    /// Whether a token can be served now.
    pub serves: bool,
    /// What the provider said about the access token, where it could be asked.
    pub accepted: Option<Accepted>,
}

impl Service {
    /// Looks whether a connection serves, and asks the provider about its access token where there
    /// is a way. It never refreshes.
    ///
    /// # Errors
    /// When there is no such connection, or the caller may not.
    pub async fn check_connection(&self, caller: &Caller, name: &str) -> Result<Checked, Failure> {
        caller.need(&Ability::Write)?;
        let loaded = self.connection_of(caller, name).await?;
        let scene = self.stage(loaded);
        let accepted = self.identify(&scene).await?;
        let loaded = self.connection_of(caller, name).await?;
        let state = loaded.connection.standing.state;
        let lives = loaded.grant.access.lives(self.world.now());
        let stopped = matches!(state, State::Suspended | State::Revoked | State::Pending);
        Ok(Checked {
            serves: lives && !stopped && accepted != Some(Accepted::No),
            seen: self.seen(loaded).await?,
            accepted,
        })
    }

    /// Asks the provider whose access token this is. Binds the connection to that account if it
    /// is bound to none. Nothing, where there is no way to ask or no answer.
    pub(crate) async fn identify(&self, scene: &Scene) -> Result<Option<Accepted>, Failure> {
        let now = self.world.now();
        if scene.provider.endpoints.userinfo.is_none() || !scene.it.grant.access.lives(now) {
            return Ok(None);
        }
        let Some(kept) = self.store.kept(&scene.it.grant).await? else {
            return Ok(None);
        };
        let Some(access) = kept.tokens.access else {
            return Ok(None);
        };
        let Ok(request) = plan::userinfo(&scene.provider, &access) else {
            return Ok(None);
        };
        let limits = self.held.bounds.limits(self.held.bounds.total);
        let Ok(line) = self.held.wire.lay(&request.url, limits).await else {
            return Ok(None);
        };
        let Ok(answer) = line.exchange(request).await else {
            return Ok(None);
        };
        match answer.status {
            200..=299 => {
                if let Some((id, label)) = plan::subject_of(&answer) {
                    self.bind(scene.it.connection.id, Account { id, label })
                        .await?;
                }
                Ok(Some(Accepted::Yes))
            }
            401 => Ok(Some(Accepted::No)),
            403 => Ok(Some(Accepted::ScopeMissing)),
            _ => Ok(None),
        }
    }

    /// Binds a connection to an account, if it is bound to none.
    pub(crate) async fn bind(
        &self,
        connection: ConnectionId,
        account: Account,
    ) -> Result<(), Failure> {
        for _ in 0..TRIES {
            let Some(scene) = self.scene(connection).await? else {
                return Ok(());
            };
            let bound = scene.it.connection.account.as_ref();
            let names = |it: &Account| it.id == account.id && it.label.is_none();
            // The same account may have got a label since.
            if bound.is_some_and(|it| !names(it) || account.label.is_none()) {
                return Ok(());
            }
            let change = Change::ConnectionBound {
                connection,
                seen: scene.it.connection.version,
                account: account.clone(),
            };
            if self.put_changes(scene.team(), vec![change]).await? == Written::Done {
                return Ok(());
            }
        }
        Ok(())
    }
}
