//! Connections: the durable things that programs name, and the states they are in.

use crate::held::diagnosis::{Cause, Diagnosis, words};
use crate::held::timing;
use crate::id::{ConnectionId, GrantId, IntegrationId, TeamId, UserId};
use crate::{ScopeSet, Time};

words! {
    /// The state of a connection. It says what people and schedulers may expect; what may be sent
    /// is said by the journal alone.
    State {
        /// Nobody consented yet.
        Pending = "pending",
        /// All is well.
        Active = "active",
        /// The last try failed, and the refresh token was not spent by it.
        Degraded = "degraded",
        /// The refresh token may have been spent, and nobody knows.
        InDoubt = "in_doubt",
        /// It serves, but not all scopes were granted.
        ScopeGap = "scope_gap",
        /// A person must authorize anew.
        NeedsReauth = "needs_reauth",
        /// Our registration at the provider is at fault.
        AppFault = "app_fault",
        /// Somebody stopped it.
        Suspended = "suspended",
        /// It was removed, or never came to be.
        Revoked = "revoked",
    }
}

impl State {
    /// Whether refreshes happen by themselves.
    pub const fn refreshes(self) -> bool {
        matches!(
            self,
            Self::Active | Self::Degraded | Self::InDoubt | Self::ScopeGap
        )
    }

    /// Whether it has a grant that may come to live again.
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Pending | Self::Revoked)
    }

    /// The state after something happened (DESIGN section 4); the same state where nothing
    /// follows from it.
    #[must_use]
    pub const fn after(self, event: Event) -> Self {
        match (self, event) {
            (Self::Revoked, _)
            | (Self::Suspended, Event::Unspent | Event::Unknown)
            | (Self::Suspended, Event::Dead | Event::AppRefused | Event::Applied { .. }) => self,
            (_, Event::Removed) => Self::Revoked,
            (Self::Pending, Event::Denied | Event::Unknown | Event::Dead) => Self::Revoked,
            (Self::Pending, Event::AppRefused) => Self::Revoked,
            (Self::NeedsReauth | Self::AppFault, Event::Applied { .. }) => Self::Degraded,
            (_, Event::Applied { all_scopes: true }) => Self::Active,
            (_, Event::Applied { all_scopes: false }) => Self::ScopeGap,
            (Self::Active | Self::Degraded, Event::Unspent) => Self::Degraded,
            (Self::Active | Self::Degraded | Self::InDoubt, Event::Unknown) => Self::InDoubt,
            (it, Event::Dead) if it.refreshes() => Self::NeedsReauth,
            (it, Event::AppRefused) if it.refreshes() => Self::AppFault,
            (Self::AppFault, Event::Mended) | (Self::Suspended, Event::Resumed) => Self::Degraded,
            (it, Event::Suspended) if it.is_live() => Self::Suspended,
            _ => self,
        }
    }
}

/// What happens to a connection.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Event {
    /// New tokens were applied.
    Applied {
        /// Whether all scopes that were asked for are granted.
        all_scopes: bool,
    },
    /// A try failed, and the refresh token is as it was.
    Unspent,
    /// A try failed, and the refresh token may have been spent.
    Unknown,
    /// The grant has ended.
    Dead,
    /// The provider refuses our registration.
    AppRefused,
    /// The registration was mended.
    Mended,
    /// The person said no, or never came.
    Denied,
    /// Somebody stops it.
    Suspended,
    /// Somebody lets it go on.
    Resumed,
    /// Somebody removes it.
    Removed,
}

/// The identity at the provider that a connection is bound to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Account {
    /// The provider's name for it, which never changes.
    pub id: String,
    /// What people call it.
    pub label: Option<String>,
}

/// A connection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub team: TeamId,
    /// What programs call it.
    pub name: String,
    /// By which registration.
    pub integration: IntegrationId,
    /// The person to ask.
    pub owner: Option<UserId>,
    /// What is asked for.
    pub scopes: ScopeSet,
    /// Which account it is.
    pub account: Option<Account>,
    /// Its grant; none before the first one, and none after its removal.
    pub grant: Option<GrantId>,
    /// When it was made.
    pub created_at: Time,
    /// What changes with every try.
    pub standing: Standing,
    /// Raised by every change; what a commit compares.
    pub version: u64,
}

/// What changes with every try.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// The state.
    pub state: State,
    /// Since when.
    pub since: Time,
    /// How many tries failed since the last success.
    pub failures: u32,
    /// Before this nothing is tried by itself.
    pub retry_at: Option<Time>,
    /// Whether the provider said so (`Retry-After`): then nothing shortens that pause.
    pub told_to_wait: bool,
    /// When somebody has to look next; never, without an event.
    pub due_at: Option<Time>,
    /// Why it is not well.
    pub diagnosis: Option<Diagnosis>,
}

impl Standing {
    /// A standing that begins now.
    pub const fn new(state: State, now: Time) -> Self {
        Self {
            state,
            since: now,
            failures: 0,
            retry_at: None,
            told_to_wait: false,
            due_at: None,
            diagnosis: None,
        }
    }

    /// The standing after an event; the clock of a state starts when it is entered.
    #[must_use]
    pub fn after(&self, event: Event, now: Time) -> Self {
        let state = self.state.after(event);
        Self {
            state,
            since: if state == self.state { self.since } else { now },
            ..self.clone()
        }
    }

    /// When it may be tried by somebody who thinks that the trouble it waits for is over: what the
    /// provider asked for counts, and of a backoff its first step, for the one before may have
    /// asked a moment ago in another process. `bits` are those that the backoff was spread by.
    pub fn next_probe(&self, planned: Option<Time>, bits: u64, now: Time) -> Option<Time> {
        if self.failures == 0 || self.told_to_wait {
            return self.next_try(planned);
        }
        let Some(retry) = self.retry_at else {
            return Some(now);
        };
        let failed_at = retry.minus(timing::backoff(self.failures, bits));
        let first = failed_at.plus(timing::backoff(1, bits));
        Some(first.min(retry))
    }

    /// When it is tried next, of what was planned: a failed try is followed by another one,
    /// whatever was planned, and a pause puts off what was.
    pub fn next_try(&self, planned: Option<Time>) -> Option<Time> {
        match (planned, self.retry_at) {
            (_, Some(retry)) if self.failures > 0 => Some(retry),
            (planned, Some(retry)) => planned.map(|it| it.max(retry)),
            (planned, None) => planned,
        }
    }

    /// Why a person must act, where one must.
    pub fn cause(&self) -> Option<Cause> {
        self.diagnosis.as_ref().map(|it| it.cause)
    }
}

/// Longest name of a connection or integration.
pub const LONGEST_NAME: usize = 64;

/// Whether a text can name a connection or an integration: letters, digits, `-`, `_` and `.`.
pub fn is_name(text: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let starts = text.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    starts && text.len() <= LONGEST_NAME && text.chars().all(fits)
}
