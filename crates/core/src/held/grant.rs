//! Held grants: what is known of the tokens that we were given, without the tokens.

use crate::held::habits::{Habits, Renews};
use crate::id::{ConnectionId, GrantId, TeamId};
use crate::{ScopeSet, Secret, Span, Time};

/// A grant that we were given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Whose it is.
    pub team: TeamId,
    /// Which connection it is for.
    pub connection: ConnectionId,
    /// How often its tokens were renewed; 0 before the first.
    pub generation: u64,
    /// What was granted, if the provider said so.
    pub scopes: Option<ScopeSet>,
    /// When a person consented, or the tokens were brought here.
    pub consented_at: Time,
    /// When the tokens of this generation came.
    pub renewed_at: Time,
    /// The access token.
    pub access: Access,
    /// Whether there is a refresh token.
    pub refreshable: bool,
    /// When the refresh token ends, if the provider said so.
    pub refresh_expires_at: Option<Time>,
    /// When it is renewed, if nothing happens before.
    pub refresh_at: Option<Time>,
    /// Whether a second answer to the last refresh lies beside the one that was applied.
    pub runner_up: bool,
}

/// What is known of an access token.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Access {
    /// There is none.
    None,
    /// It lives until then.
    Until(Time),
    /// Nobody said that it ends.
    Endless,
}

impl Access {
    /// How much longer it lives; nothing if it is dead or missing.
    pub fn remaining(self, now: Time) -> Option<Span> {
        match self {
            Self::None => None,
            Self::Endless => Some(Span::LONGEST),
            Self::Until(end) if end > now => Some(end.since(now)),
            Self::Until(_) => None,
        }
    }

    /// Whether it lives.
    pub fn lives(self, now: Time) -> bool {
        match self {
            Self::None => false,
            Self::Endless => true,
            Self::Until(end) => end > now,
        }
    }

    /// When it ends; where there is none it ended long ago, and an endless one has no end.
    pub const fn end(self) -> Option<Time> {
        match self {
            Self::None => Some(Time::from_micros(0)),
            Self::Until(end) => Some(end),
            Self::Endless => None,
        }
    }
}

impl Grant {
    /// Whether there is anything to renew it with.
    pub fn is_renewable(&self, habits: &Habits) -> bool {
        match habits.renews {
            Renews::ByRefreshToken => self.refreshable,
            Renews::ByAccessToken => self.access != Access::None,
            Renews::Never => false,
        }
    }

    /// How long the access token lived when it was new.
    pub fn lifetime(&self) -> Span {
        match self.access {
            Access::None => Span::default(),
            Access::Until(end) => end.since(self.renewed_at),
            Access::Endless => Span::LONGEST,
        }
    }
}

/// The tokens themselves. The store seals them, bound to grant and generation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tokens {
    /// The access token.
    pub access: Option<Secret>,
    /// The refresh token.
    pub refresh: Option<Secret>,
}
