//! What is done next about a connection: read from the journal, the policy and the clock.
//!
//! This function is the whole scheduler. Whoever looks, however often and from however many
//! processes, comes to the same step; the journal's guards see to it that one of them takes it.

use crate::Time;
use crate::held::attempt::{Attempt, Kind, Phase, Sending};
use crate::held::connection::{Connection, State};
use crate::held::diagnosis::Cause;
use crate::held::grant::{Access, Grant};
use crate::held::habits::{Habits, Renews};
use crate::held::replay::{ReplayPolicy, Replayed};
use crate::held::timing::{self, CLOCKS, GRACE, LEASE};
use crate::id::ProcessId;

/// Everything that decides about a connection, of one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Situation {
    /// The connection.
    pub connection: Connection,
    /// Its grant.
    pub grant: Grant,
    /// The attempt that binds the grant's present generation, if there is one.
    pub attempt: Option<Attempt>,
    /// How its provider behaves.
    pub habits: Habits,
}

impl Situation {
    /// Whether the connection was removed, or has another grant by now than the attempt's.
    pub(crate) fn is_over(&self, attempt: &Attempt) -> bool {
        self.connection.standing.state == State::Revoked
            || self.connection.grant != Some(attempt.grant)
    }
}

/// Why somebody looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Why {
    /// The clock says so.
    Due,
    /// The trouble that it waits for may be over, or is: another connection of the integration got
    /// tokens, or it is this one's turn to see.
    Probe,
    /// A reader needs a token that lives longer than the one there is.
    Wanted,
    /// The operator asks for a refresh now, whatever the margin.
    Asked,
    /// As [`Why::Asked`]; and they say that the process which sent last is gone for good.
    SenderGone,
}

impl Why {
    /// The same reason, of somebody who saw this generation before: they take what came since, and
    /// want nothing more.
    #[must_use]
    pub const fn of_one_who_saw(self, generation: u64, grant: &Grant) -> Self {
        if grant.generation > generation {
            Self::Due
        } else {
            self
        }
    }
}

/// What is done next.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// Nothing before then; nothing at all without an event.
    Rest(Option<Time>),
    /// Begin an attempt.
    Claim,
    /// Send for the first time: the claim is ours.
    Send,
    /// Send once more what was sent before, in the same attempt.
    Replay,
    /// End an attempt that was never sent.
    Abort,
    /// Judge the answer of this send.
    Judge(usize),
    /// A person must authorize anew, and nothing is sent.
    GiveUp(Cause),
}

/// What is done next, by this process.
pub fn next(it: &Situation, me: ProcessId, why: Why, now: Time) -> Step {
    if let Some(send) = it.attempt.as_ref().and_then(Attempt::unjudged) {
        return Step::Judge(send);
    }
    let state = it.connection.standing.state;
    let sends = state.refreshes() || (state == State::Pending && it.grant.generation == 0);
    match &it.attempt {
        Some(attempt) if attempt.phase == Phase::Claimed => claimed(attempt, me, sends, now),
        _ if !sends => Step::Rest(None),
        Some(attempt) if attempt.phase == Phase::Sent => in_doubt(it, attempt, why, now),
        // Applied or refused: the generation moves on, or a person does.
        Some(_) => Step::Rest(None),
        None => fresh(it, why, now),
    }
}

/// When somebody has to look next, for the index of what is due.
pub fn due(it: &Situation, me: ProcessId, now: Time) -> Option<Time> {
    match next(it, me, Why::Due, now) {
        Step::Rest(until) => until,
        _ => Some(now),
    }
}

fn claimed(attempt: &Attempt, me: ProcessId, sends: bool, now: Time) -> Step {
    let lapsed = attempt.claimed_at.plus(LEASE);
    if attempt.claimed_by == me && sends && now < lapsed {
        Step::Send
    } else if attempt.claimed_by == me || now >= lapsed {
        Step::Abort
    } else {
        Step::Rest(Some(lapsed))
    }
}

fn fresh(it: &Situation, why: Why, now: Time) -> Step {
    let standing = &it.connection.standing;
    if it.grant.generation == 0 {
        return consent(it, now);
    }
    if let Some(cause) = cannot_renew(it) {
        return match it.grant.access.end() {
            Some(end) => at(end, now, Step::GiveUp(cause)),
            None => Step::Rest(None),
        };
    }
    let when = match why {
        Why::Due => standing.next_try(it.grant.refresh_at),
        Why::Probe => standing.next_probe(it.grant.refresh_at, it.grant.id.spread(), now),
        Why::Wanted => standing.next_try(Some(now)),
        Why::Asked | Why::SenderGone => Some(now),
    };
    match when {
        Some(when) => at(when, now, Step::Claim),
        None => Step::Rest(None),
    }
}

/// A grant that is to come: a person is on the way, or came back with a code that lives as long
/// as the grant's first, empty access.
fn consent(it: &Situation, now: Time) -> Step {
    let end = it.grant.access.end().unwrap_or(now);
    match it.connection.standing.retry_at {
        _ if end <= now => Step::GiveUp(Cause::AuthorizationPendingOrCodeProblem),
        Some(when) => at(when, now, Step::Claim),
        None => Step::Rest(Some(end)),
    }
}

/// Why a grant can't be renewed, if it can't.
fn cannot_renew(it: &Situation) -> Option<Cause> {
    match it.habits.renews {
        Renews::ByRefreshToken if it.grant.refreshable => None,
        Renews::ByAccessToken if it.grant.access != Access::None => None,
        Renews::ByAccessToken => Some(Cause::HardLifetimeLimit),
        Renews::ByRefreshToken | Renews::Never => Some(Cause::AccessTokenExpired),
    }
}

fn in_doubt(it: &Situation, attempt: &Attempt, why: Why, now: Time) -> Step {
    let Some(last) = attempt.last() else {
        return Step::Abort;
    };
    let silent_since = match last.ended {
        Some(ended) => ended.at,
        // Whoever sent has not said that they hold no answer: they may still say so, or be gone.
        None => {
            let lapsed = last.begun_at.plus(LEASE);
            // A token that had ended long before leaves its sender as much time as any other.
            let end = it.grant.access.end().unwrap_or_default().max(last.begun_at);
            let gone = if why == Why::SenderGone || attempt.kind == Kind::Code {
                lapsed
            } else {
                lapsed.max(end.plus(GRACE))
            };
            if now < gone {
                return Step::Rest(Some(gone));
            }
            gone
        }
    };
    if attempt.kind == Kind::Code {
        return Step::GiveUp(Cause::ResponseLost);
    }
    replay(it, attempt, (silent_since, why), now)
}

/// Whether and when a send in doubt is followed by another one.
fn replay(it: &Situation, attempt: &Attempt, since: (Time, Why), now: Time) -> Step {
    let end = it.grant.access.end();
    // An access token that renews itself is worth nothing after its end.
    let useless = |when: Time| {
        it.habits.renews == Renews::ByAccessToken && end.is_some_and(|end| end <= when.max(now))
    };
    match replay_at(it, attempt, since, now).filter(|when| !useless(*when)) {
        Some(when) => at(when, now, Step::Replay),
        None => match end {
            Some(end) => at(end, now, Step::GiveUp(Cause::ResponseLost)),
            None => Step::Rest(None),
        },
    }
}

/// When the policy lets a send in doubt be followed by another one; never, for some.
fn replay_at(
    it: &Situation,
    attempt: &Attempt,
    (silent_since, why): (Time, Why),
    now: Time,
) -> Option<Time> {
    let tries = u32::try_from(attempt.sends.len()).unwrap_or(u32::MAX);
    let standing = &it.connection.standing;
    let failures = standing.failures.max(tries);
    let bits = it.grant.id.spread() ^ it.grant.generation;
    let backoff = silent_since.plus(timing::backoff(failures, bits));
    let paced = match why {
        Why::Asked | Why::SenderGone => now,
        // Another process may have asked a moment ago.
        Why::Probe if !standing.told_to_wait => silent_since.plus(timing::backoff(1, bits)),
        Why::Due | Why::Probe | Why::Wanted => backoff.max(standing.retry_at.unwrap_or_default()),
    };
    match it.habits.replay {
        ReplayPolicy::Reusable => Some(paced),
        // A request that arrives after its replay may end the successor that the replay made.
        ReplayPolicy::UntilFirstUse => Some(paced.max(astray(attempt)?)),
        ReplayPolicy::Punitive => None,
        ReplayPolicy::Window(_) if inside_window(it, attempt, silent_since.max(now)) => {
            // The window is short: the first replay follows at once.
            let soon = if tries <= 1 { silent_since } else { paced };
            if inside_window(it, attempt, soon.max(now)) {
                return Some(soon);
            }
            strictly(it, attempt, paced)
        }
        ReplayPolicy::Window(_) | ReplayPolicy::Strict => strictly(it, attempt, paced),
    }
}

/// A one-time token is risked again only when there is nothing left to lose, and when no request
/// that went astray can arrive after its replay: whoever says that a send is over speaks for
/// their own end of the line alone.
fn strictly(it: &Situation, attempt: &Attempt, paced: Time) -> Option<Time> {
    let resort = timing::last_resort(&it.grant)?;
    Some(resort.max(paced).max(astray(attempt)?))
}

/// Until when a request of this attempt may still arrive.
fn astray(attempt: &Attempt) -> Option<Time> {
    Some(attempt.last()?.begun_at.plus(LEASE))
}

/// Whether a request that begins then is answered while the provider still takes the token again.
fn inside_window(it: &Situation, attempt: &Attempt, when: Time) -> bool {
    let (ReplayPolicy::Window(window), Some(first)) = (it.habits.replay, attempt.sends.first())
    else {
        return false;
    };
    let Some(request) = timing::within_window(window, it.habits.request) else {
        return false;
    };
    let Sending { begun_at, .. } = first;
    // A clock that was set back makes an age look small, never a window look open for longer.
    when >= *begun_at && when.since(*begun_at).plus(request).plus(CLOCKS) < window
}

/// What a refusal of this send that says nothing of its reason has to be taken for.
pub fn replayed(it: &Situation, attempt: &Attempt, send: usize, now: Time) -> Replayed {
    if !attempt.doubt_beside(send) {
        Replayed::No
    } else if inside_window(it, attempt, now) {
        Replayed::InWindow
    } else {
        Replayed::Last
    }
}

fn at(when: Time, now: Time, step: Step) -> Step {
    if when <= now {
        step
    } else {
        Step::Rest(Some(when))
    }
}
