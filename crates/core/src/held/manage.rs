//! What people do to connections: suspend, resume, remove, mend.

use crate::held::answer::Fault;
use crate::held::attempt::{Attempt, Phase};
use crate::held::connection::{Event, State};
use crate::held::diagnose;
use crate::held::grant::Tokens;
use crate::held::journal::settle;
use crate::held::judge::Kept;
use crate::held::step::Situation;
use crate::{Change, Decision, Time};

/// Stops a connection: nothing is served and nothing is sent.
pub fn suspend(it: &Situation, now: Time) -> Decision<bool> {
    let state = it.connection.standing.state;
    if state == State::Suspended || !state.is_live() {
        return Decision::only(state == State::Suspended);
    }
    let mut after = it.clone();
    after.connection.standing = it.connection.standing.after(Event::Suspended, now);
    settle(it, after, Vec::new(), now).answering(true)
}

/// Lets a connection go on. It counts as well once a refresh has shown that it is.
pub fn resume(it: &Situation, now: Time) -> Decision<bool> {
    if it.connection.standing.state != State::Suspended {
        return Decision::only(it.connection.standing.state.is_live());
    }
    let mut after = again(it, Event::Resumed, now);
    remember_refusal(it, &mut after, now);
    settle(it, after, Vec::new(), now).answering(true)
}

/// What the provider said, or we gave up, before or meanwhile, still holds.
fn remember_refusal(it: &Situation, after: &mut Situation, now: Time) {
    let refused = |attempt: &&Attempt| attempt.phase == Phase::Refused;
    let Some(attempt) = it.attempt.as_ref().filter(refused) else {
        return;
    };
    let mut standing = after.connection.standing.after(Event::Dead, now);
    standing.retry_at = None;
    standing.diagnosis.clone_from(&attempt.diagnosis);
    after.connection.standing = standing;
}

/// Tries a connection again whose registration was mended.
pub fn mended(it: &Situation, when: Time, now: Time) -> Decision<()> {
    if it.connection.standing.state != State::AppFault {
        return Decision::only(());
    }
    let mut after = again(it, Event::Mended, now);
    after.connection.standing.retry_at = Some(when);
    remember_refusal(it, &mut after, now);
    settle(it, after, Vec::new(), now)
}

fn again(it: &Situation, event: Event, now: Time) -> Situation {
    let mut after = it.clone();
    after.connection.standing = it.connection.standing.after(event, now);
    after.connection.standing.failures = 1;
    after.connection.standing.retry_at = Some(now);
    after.connection.standing.told_to_wait = false;
    after
}

/// A person came back with a code: it is redeemed from now on.
pub fn came_back(it: &Situation, now: Time) -> Decision<()> {
    let mut after = it.clone();
    after.connection.standing.retry_at = Some(now);
    settle(it, after, Vec::new(), now)
}

/// Whether a connection that nobody finished may give its name free. One whose person came back
/// may not: their code is on its way to the provider, or what it brought is on its way back.
pub fn gives_way(it: &Situation) -> bool {
    let standing = &it.connection.standing;
    let came_back = standing.retry_at.is_some() || it.attempt.is_some();
    standing.state == State::Pending && !came_back
}

/// A person said no, or the provider said it for them.
pub fn denied(it: &Situation, fault: &Fault, now: Time) -> Decision<()> {
    let mut after = it.clone();
    let mut standing = it.connection.standing.after(Event::Denied, now);
    standing.diagnosis = Some(diagnose::denied(fault));
    after.connection.standing = standing;
    settle(it, after, Vec::new(), now)
}

/// Removes a connection: its grant is to be ended at the provider, and its secrets go.
pub fn remove(it: &Situation, kept: &Kept, now: Time) -> Decision<bool> {
    if it.connection.standing.state == State::Revoked {
        return Decision::only(false);
    }
    let mut after = it.clone();
    let mut standing = it.connection.standing.after(Event::Removed, now);
    standing.diagnosis = None;
    after.connection.standing = standing;
    let mut changes = Vec::new();
    for tokens in [Some(&kept.tokens), kept.runner_up.as_ref()]
        .into_iter()
        .flatten()
        .filter(|it| **it != Tokens::default())
    {
        changes.push(Change::RevocationDue {
            connection: it.connection.id,
            grant: it.grant.id,
            tokens: tokens.clone(),
        });
    }
    changes.push(Change::TokensShredded { grant: it.grant.id });
    settle(it, after, changes, now).answering(true)
}
