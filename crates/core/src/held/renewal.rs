//! What new tokens make of a grant: its end, its scopes, when it is renewed next.

use crate::held::answer::TokenResponse;
use crate::held::attempt::Attempt;
use crate::held::grant::{Access, Grant, Tokens};
use crate::held::habits::{Habits, Renews};
use crate::held::judge::Kept;
use crate::held::replay::ReplayPolicy;
use crate::held::step::Situation;
use crate::held::timing;
use crate::{Span, Time};

/// When the request left that made these tokens. An end that is counted from here never lies behind
/// the true one. Within a replay window that may have been the first request: then the same tokens
/// are given again, and some servers say their full lifetime each time.
pub(crate) fn sent_at(it: &Situation, attempt: &Attempt, send: usize, now: Time) -> Time {
    let made = match it.habits.replay {
        ReplayPolicy::Window(_) => attempt.sends.first(),
        _ => attempt.sends.get(send),
    };
    made.map_or(now, |it| it.begun_at)
}

/// What is known of the grant after a success.
pub(crate) fn renewed(it: &Situation, came: &TokenResponse, generation: u64, at: Time) -> Grant {
    let refreshable = came.refresh_token.is_some() || it.grant.refreshable;
    let mut grant = Grant {
        generation,
        scopes: came.scope.clone().or_else(|| it.grant.scopes.clone()),
        renewed_at: at,
        access: lifetime(came.expires_in, refreshable, &it.habits, at),
        refreshable,
        refresh_expires_at: match came.refresh_expires_in {
            Some(lifetime) => Some(at.plus(lifetime)),
            // An old token that goes on keeps its end; a new one of which nothing is said has none.
            None if came.refresh_token.is_none() => it.grant.refresh_expires_at,
            None => None,
        },
        runner_up: false,
        ..it.grant.clone()
    };
    grant.refresh_at = timing::refresh_at(&grant, &it.habits);
    grant
}

/// How long an access token is taken to live that came at this time.
pub fn lifetime(said: Option<Span>, refreshable: bool, habits: &Habits, at: Time) -> Access {
    match (said, habits.renews) {
        (Some(lifetime), _) => Access::Until(at.plus(lifetime)),
        (None, Renews::Never) => Access::Endless,
        (None, Renews::ByRefreshToken) if !refreshable => Access::Endless,
        (None, _) => Access::Until(at.plus(habits.assumed_lifetime)),
    }
}

/// What came, and of the old tokens what goes on.
pub(crate) fn tokens(came: &TokenResponse, kept: &Kept) -> Tokens {
    let refresh = came.refresh_token.as_ref().or(kept.tokens.refresh.as_ref());
    Tokens {
        access: Some(came.access_token.clone()),
        refresh: refresh.cloned(),
    }
}
