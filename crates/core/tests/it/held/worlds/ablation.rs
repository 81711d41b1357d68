//! What a process does when a rule is taken from the world: the real functions, asked or heard
//! wrongly.

use evergrant_core::held::attempt::{Attempt, Ended, Kind};
use evergrant_core::held::diagnosis::Cause;
use evergrant_core::held::step::Step as Next;
use evergrant_core::held::timing::{CLOCKS, GRACE, LEASE};
use evergrant_core::held::{
    How, Kept, Phase, Provider, Reading, ReplayPolicy, Replayed, Situation, Verdict,
    absorb::absorb, journal,
};
use evergrant_core::{Decision, Time};

use super::state::{Pid, Said, State, Try, Write};
use super::translate::{self, NOW, attempt, process, raw, situation};
use super::world::{Rule, World};

/// The situation, as somebody sees it who does not know the rule.
pub(crate) fn seen(
    (world, state): (&World, &State),
    it: &Situation,
    me: Pid,
    now: Time,
) -> Situation {
    let mut it = it.clone();
    if !world.keeps(Rule::OneAttempt) {
        it.attempt = own(state, me);
    }
    let mut habits = it.habits;
    if let ReplayPolicy::Window(width) = &mut habits.replay {
        if !world.keeps(Rule::ClockMargin) {
            *width = width.plus(CLOCKS);
        }
        if !world.keeps(Rule::RequestMargin) {
            *width = width.plus(habits.request);
        }
    }
    if !world.keeps(Rule::LastResort) {
        habits.replay = ReplayPolicy::Reusable;
    }
    it.habits = habits;
    let end = it.grant.access.end().unwrap_or_default();
    if let Some(attempt) = &mut it.attempt {
        if !world.keeps(Rule::Lease) && attempt.claimed_by != process(me) {
            attempt.claimed_at = attempt.claimed_at.minus(LEASE);
        }
        if !world.keeps(Rule::CodeOnce) {
            attempt.kind = Kind::Refresh;
        }
        of_sends(world, attempt, end, now);
    }
    it
}

/// The attempt on the present generation that a process made itself.
fn own(state: &State, me: Pid) -> Option<Attempt> {
    let mine = |it: &&Try| it.by == me && it.era == state.era && it.phase.binds();
    let mut all = state.tries.iter().filter(mine);
    let found = all.find(|it| it.generation == state.held.generation);
    found.map(attempt)
}

fn of_sends(world: &World, attempt: &mut Attempt, end: Time, now: Time) {
    let last = attempt.sends.len().saturating_sub(1);
    for (index, send) in attempt.sends.iter_mut().enumerate() {
        let lapsed = send.begun_at.plus(LEASE);
        let given_up = match send.ended {
            Some(_) => None,
            None if !world.keeps(Rule::SendersWord) => Some(lapsed),
            None if !world.keeps(Rule::GraceFromSend) => Some(lapsed.max(end.plus(GRACE))),
            None => None,
        };
        if let Some(at) = given_up.filter(|at| *at <= now) {
            let how = How::Silent;
            let status = None;
            send.ended = Some(Ended { at, how, status });
        }
        let astray = !world.keeps(Rule::AstrayWaited) && send.ended.is_some();
        if !world.keeps(Rule::Lease) || (astray && index == last) {
            send.begun_at = send.begun_at.min(now.minus(LEASE));
        }
    }
}

/// The situation of an attempt, as somebody sees it who takes every answer for a present one.
pub(crate) fn scene_of(world: &World, state: &State, row: &Try) -> Situation {
    let mut scene = translate::scene_of(state, world.habits(), row);
    if row.era != state.era && !world.keeps(Rule::OldGrantApart) {
        scene = situation(state, world.habits());
        scene.grant.generation = row.generation.into();
        scene.attempt = Some(found(world, state, row));
    }
    if row.generation < state.held.generation && !world.keeps(Rule::Fenced) {
        scene.grant.generation = row.generation.into();
        scene.attempt = Some(found(world, state, row));
    }
    let refused = |it: &&mut Attempt| it.phase == Phase::Refused;
    if !world.keeps(Rule::LateSecondTried)
        && row.generation < state.held.generation
        && let Some(it) = scene.attempt.as_mut().filter(refused)
    {
        it.phase = Phase::Sent;
    }
    scene
}

/// An attempt, as the same one sees it.
pub(crate) fn found(world: &World, state: &State, row: &Try) -> Attempt {
    let mut it = attempt(row);
    if !world.keeps(Rule::OldGrantApart) {
        it.grant = situation(state, world.habits()).grant.id;
    }
    if !world.keeps(Rule::Fenced) && row.generation < state.held.generation {
        it.phase = Phase::Received;
    }
    for send in it
        .sends
        .iter_mut()
        .filter(|_| !world.keeps(Rule::DoubtStays))
    {
        if let Some(end) = send.ended.as_mut().filter(|it| it.how.leaves_doubt()) {
            end.how = How::NotSent;
        }
    }
    it
}

/// The word that no answer came.
pub(crate) fn silent(
    world: &World,
    scene: &Situation,
    found: &Attempt,
    send: usize,
    now: Time,
) -> Decision<()> {
    let mut found = found.clone();
    if !world.keeps(Rule::LateWord) {
        found.phase = Phase::Sent;
    }
    journal::silent(scene, &found, send, "no answer", now)
}

/// What is written of a word: an attempt that was over stays over, and keeps its grant.
pub(crate) fn words(row: &Try, mut writes: Vec<Write>) -> Vec<Write> {
    for it in &mut writes {
        if let Write::Advanced(it) = it {
            it.era = row.era;
            if !row.phase.is_open() {
                it.phase = row.phase;
            }
        }
    }
    writes
}

/// The step that is taken.
pub(crate) fn step(world: &World, it: &Situation, step: Next) -> Next {
    let silent =
        |it: &&evergrant_core::held::Sending| it.ended.is_some_and(|end| end.how == How::Silent);
    let tries = it.attempt.iter().flat_map(|it| it.sends.iter());
    if step == Next::Replay && !world.keeps(Rule::DefiniteOnly) && tries.filter(silent).count() >= 2
    {
        return Next::GiveUp(Cause::ResponseLost);
    }
    step
}

/// What an answer says.
pub(crate) fn reading(world: &World, said: Said, replayed: Replayed) -> Reading {
    match absorb(&raw(said), &Provider::generic(), NOW, replayed) {
        Reading::Unclear(fault) if !world.keeps(Rule::UnclearIsDoubt) => Reading::Refused {
            verdict: Verdict::Transient,
            unspent: true,
            fault,
        },
        reading => reading,
    }
}

/// The tokens there are.
pub(crate) fn kept(world: &World, kept: Kept) -> Kept {
    if world.keeps(Rule::RunnerUpTried) {
        return kept;
    }
    Kept {
        runner_up: None,
        ..kept
    }
}

/// What is written of a judgement.
pub(crate) fn writes(world: &World, state: &State, mut writes: Vec<Write>) -> Vec<Write> {
    let late = !state.row.state.refreshes();
    let beside = writes.iter().any(|it| matches!(it, Write::Beside(..)));
    writes.retain(|it| match it {
        Write::Revoke(_) => world.keeps(Rule::LateEnds),
        Write::Beside(..) => world.keeps(Rule::AnswerPerSend),
        Write::Applied(..) => world.keeps(Rule::LateApplies) || !late,
        Write::Moved(_) if beside => world.keeps(Rule::AnswerPerSend),
        Write::Moved(_) if late => world.keeps(Rule::LateApplies),
        _ => true,
    });
    writes
}
