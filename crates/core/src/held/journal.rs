//! The journal's steps up to the answer: claimed, sent, received, or silent.

use crate::held::answer::RawAnswer;
use crate::held::attempt::{Attempt, Ended, How, Kind, Phase, Sending};
use crate::held::connection::{Event, Standing};
use crate::held::diagnosis::{Cause, Confidence, Diagnosis, Party};
use crate::held::step::{self, Situation};
use crate::held::timing::{self, LEASE};
use crate::id::{AttemptId, ProcessId};
use crate::{Change, Decision, Span, Time};

/// A new attempt on the grant's present generation. The index of attempts lets one through.
pub fn claim(it: &Situation, by: ProcessId, id: AttemptId, now: Time) -> Decision<Attempt> {
    let attempt = Attempt {
        id,
        connection: it.connection.id,
        grant: it.grant.id,
        generation: it.grant.generation,
        kind: if it.grant.generation == 0 {
            Kind::Code
        } else {
            Kind::Refresh
        },
        phase: Phase::Claimed,
        claimed_by: by,
        claimed_at: now,
        sends: Vec::new(),
        ended_at: None,
        diagnosis: None,
        revision: 0,
    };
    let made = Change::AttemptClaimed(Box::new(attempt.clone()));
    let mut standing = it.connection.standing.clone();
    standing.due_at = Some(now.plus(LEASE));
    Decision {
        changes: vec![made, moved(it, standing)],
        answer: attempt,
    }
}

/// Says that a byte may leave from now on. Returns which send it is.
pub fn send(it: &Situation, attempt: &Attempt, by: ProcessId, now: Time) -> Decision<usize> {
    let mut next = attempt.clone();
    next.phase = Phase::Sent;
    next.sends.push(Sending {
        process: by,
        begun_at: now,
        ended: None,
    });
    next.revision = attempt.revision.saturating_add(1);
    let mut standing = it.connection.standing.clone();
    standing.due_at = Some(now.plus(LEASE));
    Decision {
        changes: vec![advanced(attempt, next), moved(it, standing)],
        answer: attempt.sends.len(),
    }
}

/// Ends an attempt that was never sent. Nothing is known by it about the grant.
pub fn abort(it: &Situation, attempt: &Attempt, why: Option<Unsent>, now: Time) -> Decision<()> {
    let mut next = attempt.clone();
    next.phase = Phase::Aborted;
    next.ended_at = Some(now);
    next.diagnosis = why.as_ref().map(Unsent::diagnosis);
    next.revision = attempt.revision.saturating_add(1);
    let mut after = it.clone();
    after.attempt = None;
    if let Some(why) = why {
        after.connection.standing = failed(it, Event::Unspent, why.diagnosis(), why.pause(), now);
    }
    settle(it, after, vec![advanced(attempt, next)], now)
}

/// Why nothing was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Unsent {
    /// The provider could not be reached; the text is fit to be shown.
    Unreachable(String),
    /// Our own settings forbid that address.
    NotAllowed(String),
}

/// How long a connection is left alone after a failure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Pause {
    /// For moments, however often it failed: the provider saw nothing of it.
    Short,
    /// The longer the more often it failed.
    Grows,
    /// At least as long as the provider said.
    Told(Span),
}

impl Unsent {
    /// How long to wait before the next try: a way that was not there costs nobody anything.
    pub(crate) const fn pause(&self) -> Pause {
        match self {
            Self::Unreachable(_) => Pause::Short,
            Self::NotAllowed(_) => Pause::Grows,
        }
    }

    /// Why, for people.
    pub fn diagnosis(&self) -> Diagnosis {
        let (cause, party, text) = match self {
            Self::Unreachable(text) => (Cause::NetworkOrProxy, Party::Nobody, text),
            Self::NotAllowed(text) => (Cause::AppOrClientMisconfigured, Party::Operator, text),
        };
        Diagnosis::new(cause, party, Confidence::Certain, vec![text.clone()])
    }
}

/// A replay could not be sent: the attempt stays in doubt, and waits.
pub fn postpone(it: &Situation, why: &Unsent, now: Time) -> Decision<()> {
    let mut after = it.clone();
    after.connection.standing = failed(it, Event::Unknown, why.diagnosis(), why.pause(), now);
    settle(it, after, Vec::new(), now)
}

/// A send was begun, and not a byte left: the first byte came too late, or its line was gone.
pub fn not_sent(it: &Situation, attempt: &Attempt, send: usize, now: Time) -> Decision<()> {
    let ended = Ended {
        at: now,
        how: How::NotSent,
        status: None,
    };
    let mut next = attempt.ending(send, ended);
    let never = |it: &Sending| it.ended.is_some_and(|end| end.how == How::NotSent);
    let mut after = it.clone();
    if next.sends.iter().all(never) {
        next.phase = Phase::Aborted;
        next.ended_at = Some(now);
        after.attempt = None;
    } else {
        after.attempt = Some(next.clone());
    }
    if it.is_over(attempt) {
        return Decision::one(advanced(attempt, next), ());
    }
    settle(it, after, vec![advanced(attempt, next)], now)
}

/// An answer came. It is written down before anybody reads it; nothing else is decided here, so
/// that nothing but the journal's row can stand in its way.
pub fn received(attempt: &Attempt, send: usize, answer: RawAnswer, now: Time) -> Decision<()> {
    let ended = Ended {
        at: now,
        how: How::Received,
        status: Some(answer.status),
    };
    let mut next = attempt.ending(send, ended);
    if next.phase == Phase::Sent {
        next.phase = Phase::Received;
    }
    let kept = Change::AnswerKept {
        attempt: attempt.id,
        send,
        at: now,
        answer: Box::new(answer),
    };
    Decision {
        changes: vec![kept, advanced(attempt, next)],
        answer: (),
    }
}

/// No answer came, and we hold none. When the attempt was given up before, or its grant is over,
/// that changes nothing.
pub fn silent(
    it: &Situation,
    attempt: &Attempt,
    send: usize,
    why: &str,
    now: Time,
) -> Decision<()> {
    if !attempt.phase.is_open() || it.is_over(attempt) {
        return word(attempt, send, now);
    }
    let ended = Ended {
        at: now,
        how: How::Silent,
        status: None,
    };
    let next = attempt.ending(send, ended);
    let mut after = it.clone();
    after.attempt = Some(next.clone());
    let evidence = vec![
        "The refresh token was sent, and no answer came back.".into(),
        why.to_owned(),
    ];
    let diagnosis = Diagnosis::new(
        Cause::NetworkOrProxy,
        Party::Nobody,
        Confidence::Certain,
        evidence,
    );
    after.connection.standing = failed(it, Event::Unknown, diagnosis, Pause::Grows, now);
    settle(it, after, vec![advanced(attempt, next)], now)
}

/// The same end for a send of which nothing else matters any more.
pub fn word(attempt: &Attempt, send: usize, now: Time) -> Decision<()> {
    let ended = Ended {
        at: now,
        how: How::Silent,
        status: None,
    };
    Decision::one(advanced(attempt, attempt.ending(send, ended)), ())
}

/// Writes down when to look next.
pub fn reschedule(it: &Situation, until: Option<Time>) -> Decision<()> {
    let mut standing = it.connection.standing.clone();
    standing.due_at = until;
    Decision::one(moved(it, standing), ())
}

/// The standing after a failure: its state, its count, and when to try again.
pub(crate) fn failed(
    it: &Situation,
    event: Event,
    diagnosis: Diagnosis,
    pause: Pause,
    now: Time,
) -> Standing {
    let before = &it.connection.standing;
    let mut standing = before.after(event, now);
    standing.failures = standing.failures.saturating_add(1);
    let bits = it.grant.id.spread();
    let backoff = match pause {
        Pause::Short => timing::short_backoff(standing.failures, bits),
        Pause::Grows | Pause::Told(_) => timing::backoff(standing.failures, bits),
    };
    let ours = now.plus(backoff);
    // What the provider asked for holds, whatever failed since.
    let theirs = match pause {
        Pause::Told(wait) => Some(now.plus(wait)),
        Pause::Short | Pause::Grows => before.retry_at.filter(|_| before.told_to_wait),
    };
    standing.told_to_wait = theirs.is_some_and(|it| it > ours);
    standing.retry_at = Some(theirs.map_or(ours, |it| it.max(ours)));
    standing.diagnosis = Some(diagnosis);
    standing
}

/// The changes that lead from one situation to another, with the time at which to look next.
pub(crate) fn settle(
    before: &Situation,
    after: Situation,
    mut changes: Vec<Change>,
    now: Time,
) -> Decision<()> {
    // Whoever looks next may be anybody: no claim of theirs is open.
    let nobody = ProcessId::new(Time::default(), crate::id::Chance([0; 16]));
    let mut standing = after.connection.standing.clone();
    standing.due_at = step::due(&after, nobody, now);
    changes.push(moved(before, standing));
    Decision {
        changes,
        answer: (),
    }
}

pub(crate) fn advanced(from: &Attempt, to: Attempt) -> Change {
    Change::AttemptAdvanced {
        seen: from.revision,
        to: Box::new(to),
    }
}

pub(crate) fn moved(it: &Situation, standing: Standing) -> Change {
    Change::ConnectionMoved {
        connection: it.connection.id,
        seen: it.connection.version,
        to: Box::new(standing),
    }
}
