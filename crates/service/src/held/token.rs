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

use super::flights::{Landing, Reason};
use super::gate::Turn;
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
    /// What people call its provider, where it is anybody in particular.
    pub provider: Option<String>,
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
        let mut waiting = Waiting {
            asked: self.world.now(),
            deadline: self.patience().plus(PATIENCE),
            flown: false,
            looks: 0,
        };
        let mut version = caller.seen.or_else(|| self.store.engine().version());
        loop {
            let hot = self.hot(caller.team, name, version).await?;
            let now = self.world.now();
            let (connection, grant) = (&hot.loaded.connection, &hot.loaded.grant);
            match serve(connection, grant, &hot.habits, wanted, now) {
                Serve::Token => {
                    if let Some(read) = self.disclose(caller, &hot).await? {
                        return Ok(read);
                    }
                }
                Serve::Renew { or_this } => {
                    let read = self.renewed(caller, &hot, or_this, &mut waiting).await?;
                    if let Some(read) = read {
                        return Ok(read);
                    }
                }
                Serve::NeedsPerson => {
                    return Err(Wrong::NeedsPerson(Box::new(self.what_blocks(&hot, now))).into());
                }
                Serve::TooLong(lives) => {
                    let connection = name.to_owned();
                    return Err(Wrong::TooLong { connection, lives }.into());
                }
                Serve::NotNow => return Err(self.blocked(&hot, now)),
                Serve::Suspended => return Err(Wrong::Suspended(name.to_owned()).into()),
                Serve::Gone => return Err(super::not_found(name)),
            }
            version = self.store.engine().version();
        }
    }

    /// One look of a reader for whom a better token may come: it is asked for, or waited for.
    /// Nothing where there is more to see; the token there is, if it would do and no better came.
    async fn renewed(
        &self,
        caller: &Caller,
        hot: &Hot,
        or_this: bool,
        waiting: &mut Waiting,
    ) -> Result<Option<TokenRead>, Failure> {
        let now = self.world.now();
        let grant = &hot.loaded.grant;
        let until = serve::patience(grant, or_this, waiting.asked);
        let until = until.map_or(waiting.deadline, |it| it.min(waiting.deadline));
        // Another process may be at it: then there is nothing to do but to look again.
        let elsewhere = is_underway(hot.loaded.attempt.as_ref(), now);
        if now >= until || (waiting.flown && !elsewhere) {
            if or_this {
                waiting.flown = false;
                return self.disclose(caller, hot).await;
            }
            // What was loaded before a long wait says nothing of now.
            let connection = &hot.loaded.connection;
            let present = self
                .hot(
                    connection.team,
                    &connection.name,
                    self.store.engine().version(),
                )
                .await?;
            if present.loaded.grant.generation != grant.generation {
                return Ok(None);
            }
            return Err(self.blocked(hot, now));
        }
        if waiting.flown {
            self.wait_for_others(&mut waiting.looks).await;
            waiting.flown = false;
            return Ok(None);
        }
        let mut landing = match self.begin_read(hot) {
            Begun::Flight(landing) => landing,
            Begun::Full => {
                self.held.flights.one_landed().await;
                return Ok(None);
            }
            Begun::Closed(_) if or_this => return self.disclose(caller, hot).await,
            Begun::Closed(rest) => return Err(self.blocked_for(hot, now, rest)),
        };
        let left = Duration::from(until.since(now));
        let landed = landing.wait_for(Option::is_some);
        if let Ok(Ok(landed)) = tokio::time::timeout(left, landed).await
            && let Some(Err(failure)) = landed.as_ref()
            && !or_this
        {
            return Err(failure.clone());
        }
        waiting.flown = true;
        Ok(None)
    }

    fn blocked(&self, hot: &Hot, now: Time) -> Failure {
        Wrong::NotNow(Box::new(self.what_blocks(hot, now))).into()
    }

    fn blocked_for(&self, hot: &Hot, now: Time, rest: Span) -> Failure {
        let blocked = Blocked {
            retry_after: rest,
            ..self.what_blocks(hot, now)
        };
        Wrong::NotNow(Box::new(blocked)).into()
    }

    fn what_blocks(&self, hot: &Hot, now: Time) -> Blocked {
        let connection = &hot.loaded.connection;
        let standing = &connection.standing;
        let wait = standing
            .due_at
            .map_or(Span::from_seconds(5), |due| due.since(now));
        let provider = self.held.provider(&hot.loaded.integration);
        Blocked {
            connection: connection.name.clone(),
            provider: provider.called().map(str::to_owned),
            state: standing.state,
            diagnosis: standing.diagnosis.clone(),
            retry_after: wait.max(Span::from_seconds(1)).min(Span::from_seconds(60)),
        }
    }

    /// Joins the flight of a connection, or begins one where the integration has room for it.
    fn begin_read(&self, hot: &Hot) -> Begun {
        let connection = hot.loaded.connection.id;
        if let Some(landing) = self.held.flights.landing(connection) {
            return Begun::Flight(landing);
        }
        let reason = Reason {
            why: Why::Wanted,
            saw: Some(hot.loaded.grant.generation),
        };
        let integration = hot.loaded.integration.id;
        match self.held.gates.enter(integration, self.world.uptime()) {
            Turn::Now(pass) => Begun::Flight(self.fly(connection, reason, Some(pass))),
            Turn::Full => Begun::Full,
            Turn::Closed(rest) => Begun::Closed(rest),
        }
    }

    /// The connection as it is in the store, from memory if that can't have changed since the store
    /// said this version: what is loaded is at least as new.
    async fn hot(
        &self,
        team: TeamId,
        name: &str,
        version: Option<u64>,
    ) -> Result<Arc<Hot>, Failure> {
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

/// How far a reader is.
struct Waiting {
    asked: Time,
    deadline: Time,
    /// Whether they have waited for a flight.
    flown: bool,
    looks: u32,
}

/// What a reader waits for who wants a better token.
enum Begun {
    /// For this flight.
    Flight(Landing),
    /// For room: as many are asking as may.
    Full,
    /// For nothing: the integration is in trouble, and one sees now and then whether it is over.
    Closed(Span),
}

fn reader(caller: &Caller) -> Reader {
    match &caller.authority {
        Authority::Operator => Reader::Operator,
        Authority::Session(user) => Reader::User(user.id),
        Authority::Token(it) => Reader::PersonalToken(it.token.id),
    }
}
