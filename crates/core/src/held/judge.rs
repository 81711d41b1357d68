//! What an answer does: the next generation, a pause, a doubt, or the end.

use crate::held::answer::{Fault, Reading, TokenResponse, Verdict};
use crate::held::attempt::{Attempt, Ended, How, Kind, Phase, Sending};
use crate::held::connection::Event;
use crate::held::diagnosis::{Cause, Confidence, Diagnosis, Party};
use crate::held::grant::Tokens;
use crate::held::journal::{Pause, advanced, failed, settle};
use crate::held::step::Situation;
use crate::held::{diagnose, renewal, scopes};
use crate::{Change, Decision, Time};

/// What became of an answer, for logs and metrics.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdicted {
    /// It made the next generation.
    Applied,
    /// It lies beside the one that was applied.
    Kept,
    /// It came too late to matter, or its grant is over: it serves to end that grant.
    Late,
    /// It said try again.
    Unspent,
    /// It said nothing about the token.
    Doubt,
    /// It said that the grant has ended.
    Dead,
    /// It said that our registration is at fault.
    AppFault,
}

/// Judges the answer of one send. `attempt` is the one it belongs to, which may be of an older
/// generation than the grant's, or of a grant that is over.
pub fn judge(
    it: &Situation,
    (attempt, send): (&Attempt, usize),
    reading: &Reading,
    kept: &Kept,
    now: Time,
) -> Decision<Verdicted> {
    match reading {
        Reading::Tokens(came) => succeeded(it, (attempt, send), came, kept, now),
        Reading::Refused {
            verdict: Verdict::Dead,
            fault,
            ..
        } => dead(it, (attempt, send), fault, kept, now),
        Reading::Refused {
            verdict: Verdict::AppFault,
            unspent,
            fault,
        } => {
            let how = if *unspent { How::Unspent } else { How::Unclear };
            paused(it, (attempt, send), (Event::AppRefused, how), fault, now)
        }
        Reading::Refused {
            unspent: true,
            fault,
            ..
        } => paused(
            it,
            (attempt, send),
            (Event::Unspent, How::Unspent),
            fault,
            now,
        ),
        Reading::Refused { fault, .. } | Reading::Unclear(fault) => paused(
            it,
            (attempt, send),
            (Event::Unknown, How::Unclear),
            fault,
            now,
        ),
    }
}

/// The tokens that are kept of a grant: those in use, and a second answer beside them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Kept {
    /// In use.
    pub tokens: Tokens,
    /// The answer to another send of the same attempt.
    pub runner_up: Option<Tokens>,
}

/// Whether the attempt is about what the connection has now.
fn is_current(it: &Situation, attempt: &Attempt) -> bool {
    !it.is_over(attempt)
        && it.grant.id == attempt.grant
        && it.grant.generation == attempt.generation
}

fn ended(attempt: &Attempt, send: usize, how: How, now: Time) -> Attempt {
    let before = attempt.sends.get(send).and_then(|it| it.ended);
    attempt.ending(
        send,
        Ended {
            at: before.map_or(now, |it| it.at),
            how,
            status: before.and_then(|it| it.status),
        },
    )
}

fn succeeded(
    it: &Situation,
    (attempt, send): (&Attempt, usize),
    came: &TokenResponse,
    kept: &Kept,
    now: Time,
) -> Decision<Verdicted> {
    let mut next = ended(attempt, send, How::Tokens, now);
    if !is_current(it, attempt) {
        return beside(it, (attempt, next, send), came, kept, now);
    }
    if attempt.phase.binds() {
        next.phase = Phase::Applied;
    }
    next.ended_at = Some(now);
    next.diagnosis = None;
    let since = renewal::sent_at(it, attempt, send, now);
    let (after, applied) = applied(it, attempt.kind, (came, since), kept, now);
    let changes = vec![applied, advanced(attempt, next), shredded(attempt, send)];
    settle(it, after, changes, now).answering(Verdicted::Applied)
}

/// Makes the next generation of what came.
fn applied(
    it: &Situation,
    kind: Kind,
    (came, since): (&TokenResponse, Time),
    kept: &Kept,
    now: Time,
) -> (Situation, Change) {
    let mut after = it.clone();
    after.grant = renewal::renewed(it, came, it.grant.generation + 1, since);
    after.attempt = None;
    let all_scopes = scopes::has_all(&it.connection.scopes, after.grant.scopes.as_ref());
    let before = it.connection.standing.state;
    let mut standing = it
        .connection
        .standing
        .after(Event::Applied { all_scopes }, now);
    standing.failures = 0;
    standing.retry_at = None;
    standing.told_to_wait = false;
    standing.diagnosis = (!all_scopes)
        .then(|| scopes::missing_diagnosis(&it.connection.scopes, after.grant.scopes.as_ref()));
    // What was given up, and came back, is tried once more before it counts as well.
    if !before.refreshes() && standing.state.refreshes() && kind == Kind::Refresh {
        after.grant.refresh_at = Some(now);
    }
    after.connection.standing = standing;
    let change = Change::TokensApplied {
        from: it.grant.generation,
        grant: Box::new(after.grant.clone()),
        tokens: renewal::tokens(came, kept),
    };
    (after, change)
}

fn shredded(attempt: &Attempt, send: usize) -> Change {
    Change::AnswerShredded {
        attempt: attempt.id,
        send,
    }
}

/// Tokens that came when the generation had moved on, or the grant was over.
fn beside(
    it: &Situation,
    (attempt, next, send): (&Attempt, Attempt, usize),
    came: &TokenResponse,
    kept: &Kept,
    now: Time,
) -> Decision<Verdicted> {
    let mut changes = vec![advanced(attempt, next), shredded(attempt, send)];
    if it.is_over(attempt) {
        changes.push(Change::RevocationDue {
            connection: attempt.connection,
            grant: attempt.grant,
            tokens: renewal::tokens(came, &Kept::default()),
        });
        return Decision {
            changes,
            answer: Verdicted::Late,
        };
    }
    if it.grant.id != attempt.grant || it.grant.generation != attempt.generation + 1 {
        return Decision {
            changes,
            answer: Verdicted::Late,
        };
    }
    let since = renewal::sent_at(it, attempt, send, now);
    if it.attempt.as_ref().is_some_and(|it| !it.phase.is_open()) {
        // The one in use was refused meanwhile: this one is tried in its place.
        let (after, applied) = applied(it, attempt.kind, (came, since), kept, now);
        changes.push(applied);
        return settle(it, after, changes, now).answering(Verdicted::Applied);
    }
    // Of two answers the one to the later request is the provider's last word, unless the other
    // one is in use already.
    let applied = |it: &Sending| it.ended.is_some_and(|end| end.how == How::Tokens);
    let newer = attempt.sends.iter().position(applied) < Some(send);
    let swap = newer && it.attempt.is_none();
    let mut after = it.clone();
    if swap {
        after.grant = renewal::renewed(it, came, it.grant.generation, since);
    }
    after.grant.runner_up = true;
    changes.push(Change::RunnerUpKept {
        grant: Box::new(after.grant.clone()),
        tokens: renewal::tokens(came, kept),
        swap,
    });
    settle(it, after, changes, now).answering(Verdicted::Kept)
}

fn dead(
    it: &Situation,
    (attempt, send): (&Attempt, usize),
    fault: &Fault,
    kept: &Kept,
    now: Time,
) -> Decision<Verdicted> {
    let mut next = ended(attempt, send, How::Refused, now);
    // The answer to an older request says nothing while a newer one is unanswered or succeeded.
    let newer = next.sends.get(send + 1..).unwrap_or_default();
    let succeeds = |how| matches!(how, How::Received | How::Tokens);
    let overtaken = newer
        .iter()
        .any(|it| it.ended.is_none_or(|end| succeeds(end.how)));
    if !is_current(it, attempt) || overtaken || !attempt.phase.is_open() {
        if next.phase == Phase::Received && next.unjudged().is_none() {
            next.phase = Phase::Sent;
        }
        return Decision::one(advanced(attempt, next), Verdicted::Late);
    }
    let diagnosis = diagnose::dead(fault, attempt.doubt_beside(send));
    next.phase = Phase::Refused;
    next.ended_at = Some(now);
    next.diagnosis = Some(diagnosis.clone());
    let mut after = it.clone();
    after.attempt = Some(next.clone());
    let mut changes = vec![advanced(attempt, next)];
    if let Some(other) = kept.runner_up.as_ref().filter(|_| it.grant.runner_up) {
        // The other answer to the refresh before is tried once, as a generation of its own.
        after.grant.generation += 1;
        after.grant.runner_up = false;
        after.grant.refresh_at = Some(now);
        after.attempt = None;
        after.connection.standing = failed(it, Event::Unspent, diagnosis, Pause::Grows, now);
        changes.push(Change::TokensApplied {
            from: it.grant.generation,
            grant: Box::new(after.grant.clone()),
            tokens: Tokens {
                access: kept.tokens.access.clone(),
                refresh: other.refresh.clone(),
            },
        });
    } else {
        let mut standing = it.connection.standing.after(Event::Dead, now);
        standing.failures = standing.failures.saturating_add(1);
        standing.retry_at = None;
        standing.told_to_wait = false;
        standing.diagnosis = Some(diagnosis);
        after.connection.standing = standing;
    }
    settle(it, after, changes, now).answering(Verdicted::Dead)
}

/// A failure that is no end: the token is as it was, or nobody knows.
fn paused(
    it: &Situation,
    (attempt, send): (&Attempt, usize),
    (event, how): (Event, How),
    fault: &Fault,
    now: Time,
) -> Decision<Verdicted> {
    let mut next = ended(attempt, send, how, now);
    let clear = how == How::Unspent && !attempt.doubt_beside(send);
    if attempt.phase.is_open() && next.unjudged().is_none() {
        next.phase = if clear { Phase::Unspent } else { Phase::Sent };
    }
    if !is_current(it, attempt) || !attempt.phase.is_open() {
        return Decision::one(advanced(attempt, next), Verdicted::Late);
    }
    let diagnosis = diagnose::paused(event, fault);
    next.diagnosis = Some(diagnosis.clone());
    let mut after = it.clone();
    let event = match event {
        Event::Unspent if !clear => Event::Unknown,
        event => event,
    };
    let pause = fault.retry_after.map_or(Pause::Grows, Pause::Told);
    after.connection.standing = failed(it, event, diagnosis, pause, now);
    if clear {
        next.ended_at = Some(now);
        after.attempt = None;
    } else {
        after.attempt = Some(next.clone());
    }
    let answer = match event {
        Event::AppRefused => Verdicted::AppFault,
        Event::Unspent => Verdicted::Unspent,
        _ => Verdicted::Doubt,
    };
    settle(it, after, vec![advanced(attempt, next)], now).answering(answer)
}

/// A person must authorize anew, and nothing is sent.
pub fn give_up(it: &Situation, cause: Cause, now: Time) -> Decision<()> {
    let evidence = match cause {
        Cause::AuthorizationPendingOrCodeProblem => "Nobody came back from the provider in time.",
        Cause::ResponseLost => {
            "The answer to the last refresh was lost, and asking again is not safe."
        }
        _ => "The access token has ended, and the provider gave nothing to renew it with.",
    };
    let evidence = vec![evidence.into()];
    let diagnosis = Diagnosis::new(cause, Party::EndUser, Confidence::Certain, evidence);
    let mut changes = Vec::new();
    let mut after = it.clone();
    if let Some(attempt) = &it.attempt {
        let mut next = attempt.clone();
        next.phase = Phase::Refused;
        next.ended_at = Some(now);
        next.diagnosis = Some(diagnosis.clone());
        next.revision = attempt.revision.saturating_add(1);
        after.attempt = Some(next.clone());
        changes.push(advanced(attempt, next));
    }
    let mut standing = it.connection.standing.after(Event::Dead, now);
    standing.diagnosis = Some(diagnosis);
    after.connection.standing = standing;
    settle(it, after, changes, now)
}
