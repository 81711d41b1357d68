//! Reading a token: from memory when nothing was committed since, one refresh however many ask, a
//! valid token never withheld.

use std::sync::Arc;
use std::time::Duration;

use evergrant_core::held::connection::State;
use evergrant_core::held::read::{Disclosure, Reader};
use evergrant_core::held::serve::{self, MinTtl, Serve, serve};
use evergrant_core::held::{Diagnosis, Habits, Kept, Why};
use evergrant_core::id::TeamId;
use evergrant_core::issued::personal::Ability;
use evergrant_core::{ScopeSet, Secret, Span, Time};
use evergrant_store::held::Loaded;

use super::flights::Reason;
use crate::manage::connections::is_underway;
use crate::manage::{Authority, Caller};
use crate::unchanged::Unchanged;
use crate::{Failure, Service, Wrong};

/// How many connections are remembered with their tokens opened.
const REMEMBERED: usize = 10_000;
/// How long a reader waits for a refresh beyond the time that one request may take.
const PATIENCE: Span = Span::from_seconds(10);

/// A token, disclosed.
#[derive(Clone, Debug)]
pub struct TokenRead {
    /// The access token.
    pub access_token: Secret,
    /// When it ends, as far as is known.
    pub expires_at: Option<Time>,
    /// What was granted, if the provider said so; else what was asked for.
    pub scope: ScopeSet,
}

/// Why there is no token now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The connection.
    pub connection: String,
    /// Its state.
    pub state: State,
    /// Why.
    pub diagnosis: Option<Diagnosis>,
    /// When to ask again.
    pub retry_after: Span,
}

/// What is remembered of a connection.
pub(crate) struct Hot {
    loaded: Loaded,
    kept: Kept,
    habits: Habits,
}

pub(crate) struct HotTokens(Unchanged<(TeamId, String), Hot>);

impl Default for HotTokens {
    fn default() -> Self {
        Self(Unchanged::new(REMEMBERED))
    }
}

impl Service {
    /// A live access token of a connection.
    ///
    /// # Errors
    /// When the caller may not, there is no such connection, a person has to authorize it anew,
    /// or it can't be had now.
    pub async fn token(
        &self,
        caller: &Caller,
        name: &str,
        wanted: MinTtl,
    ) -> Result<TokenRead, Failure> {
        caller.need(&Ability::TokensOf(name.to_owned()))?;
        let asked = self.world.now();
        let deadline = self.patience().plus(PATIENCE);
        let (mut flown, mut looks) = (false, 0);
        loop {
            let hot = self.hot(caller.team, name).await?;
            let now = self.world.now();
            let (connection, grant) = (&hot.loaded.connection, &hot.loaded.grant);
            match serve(connection, grant, &hot.habits, wanted, now) {
                Serve::Token => {
                    if let Some(read) = self.disclose(caller, &hot).await? {
                        return Ok(read);
                    }
                }
                Serve::Renew { or_this } => {
                    let until = serve::patience(grant, or_this, asked);
                    let until = until.map_or(deadline, |it| it.min(deadline));
                    // Another process may be at it: then there is nothing to do but to look again.
                    let elsewhere = is_underway(&hot.loaded, now);
                    if now >= until || (flown && !elsewhere) {
                        if !or_this {
                            // What was loaded before a long wait says nothing of now.
                            let present = self.hot(caller.team, name).await?;
                            if present.loaded.grant.generation != grant.generation {
                                continue;
                            }
                            return Err(self.blocked(&hot, now));
                        }
                        if let Some(read) = self.disclose(caller, &hot).await? {
                            return Ok(read);
                        }
                        flown = false;
                        continue;
                    }
                    if flown {
                        self.wait_for_others(&mut looks).await;
                        flown = false;
                        continue;
                    }
                    let reason = Reason {
                        why: Why::Wanted,
                        saw: Some(grant.generation),
                    };
                    let mut landing = self.fly(connection.id, reason, None);
                    let left = Duration::from(until.since(now));
                    let landed = landing.wait_for(Option::is_some);
                    if let Ok(Ok(landed)) = tokio::time::timeout(left, landed).await
                        && let Some(Err(failure)) = landed.as_ref()
                        && !or_this
                    {
                        return Err(failure.clone());
                    }
                    flown = true;
                }
                Serve::NeedsPerson => {
                    return Err(Wrong::NeedsPerson(Box::new(what_blocks(&hot, now))).into());
                }
                Serve::TooLong(lives) => {
                    let connection = name.to_owned();
                    return Err(Wrong::TooLong { connection, lives }.into());
                }
                Serve::NotNow => return Err(self.blocked(&hot, now)),
                Serve::Suspended => return Err(Wrong::Suspended(name.to_owned()).into()),
                Serve::Gone => return Err(super::not_found(name)),
            }
        }
    }

    fn blocked(&self, hot: &Hot, now: Time) -> Failure {
        Wrong::NotNow(Box::new(what_blocks(hot, now))).into()
    }

    /// The connection as it is in the store now, from memory if that can't have changed.
    async fn hot(&self, team: TeamId, name: &str) -> Result<Arc<Hot>, Failure> {
        // Asked before anything is loaded: what is loaded is at least as new.
        let version = self.store.engine().version();
        let key = (team, name.to_owned());
        if let Some(hot) = self.held.hot.0.get(version, &key) {
            return Ok(hot);
        }
        let found = self.store.readable(team, name).await;
        let found = found.inspect_err(|_| self.store_failed())?;
        let (loaded, kept) = found.ok_or_else(|| super::not_found(name))?;
        let hot = Hot {
            habits: self.held.habits(&loaded.integration),
            loaded,
            kept,
        };
        Ok(self.held.hot.0.put(version, key, hot))
    }

    /// Hands out the token there is; `None` if it ended while that was being noted.
    async fn disclose(&self, caller: &Caller, hot: &Hot) -> Result<Option<TokenRead>, Failure> {
        let (connection, grant) = (&hot.loaded.connection, &hot.loaded.grant);
        let Some(access_token) = hot.kept.tokens.access.clone() else {
            return Err(self.blocked(hot, self.world.now()));
        };
        let disclosure = Disclosure {
            connection: connection.id,
            grant: grant.id,
            generation: grant.generation,
            reader: reader(caller),
        };
        self.note_read(connection.team, disclosure).await?;
        if !grant.access.lives(self.world.now()) {
            return Ok(None);
        }
        Ok(Some(TokenRead {
            access_token,
            expires_at: grant.access.end(),
            scope: grant
                .scopes
                .clone()
                .unwrap_or_else(|| connection.scopes.clone()),
        }))
    }
}

fn what_blocks(hot: &Hot, now: Time) -> Blocked {
    let connection = &hot.loaded.connection;
    let standing = &connection.standing;
    let wait = standing
        .due_at
        .map_or(Span::from_seconds(5), |due| due.since(now));
    Blocked {
        connection: connection.name.clone(),
        state: standing.state,
        diagnosis: standing.diagnosis.clone(),
        retry_after: wait.max(Span::from_seconds(1)).min(Span::from_seconds(60)),
    }
}

fn reader(caller: &Caller) -> Reader {
    match &caller.authority {
        Authority::Operator => Reader::Operator,
        Authority::Session(user) => Reader::User(user.id),
        Authority::Token(_, token) => Reader::PersonalToken(token.id),
    }
}
