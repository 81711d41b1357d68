//! What came of a send is written down, as the service does it, and judged from the journal.

use evergrant_core::held::attempt::Attempt;
use evergrant_core::held::{How, Phase, Replayed, journal, judge};

use super::state::{Owed, Said, State, What};
use super::store::see;
use super::translate::{attempt, kept, raw, time, writes};
use super::world::{Rule, World};
use super::{ablation, oracle};

/// What can't be written down: an answer goes to the disk, a word stays in memory.
pub(super) fn keep(world: &World, state: &mut State, slot: usize, owed: Owed) {
    if let What::Answer(said) = owed.what {
        see(state, said);
        let me = &mut state.processes[slot];
        if world.keeps(Rule::Spool) {
            me.spool.push((me.pid, owed));
        }
    } else {
        state.processes[slot].owed.push(owed);
    }
}

/// Writes down what came of a send, as the service's `noted` does.
pub(super) fn note(
    world: &World,
    state: &mut State,
    slot: usize,
    owed: Owed,
    now: evergrant_core::Time,
) {
    let Some(row) = state.attempt(owed.attempt).cloned() else {
        return;
    };
    let send = usize::from(owed.send);
    let Some(it) = row.sends.get(send) else {
        return;
    };
    let found: Attempt = attempt(&row);
    if let What::Answer(said) = owed.what {
        let known = it.ended.is_some_and(|(_, _, answered)| answered);
        let first =
            |it: &super::state::Send| it.ended.is_some_and(|(_, how, _)| how == How::Tokens);
        if !world.keeps(Rule::AnswerPerSend) && row.sends.iter().any(first) {
            see(state, said);
            let what = What::Silence;
            return note(world, state, slot, Owed { what, ..owed }, now);
        }
        if !known {
            let raw = raw(said);
            let decision = journal::received(&found, send, raw, now);
            let written = world.commit(state, &writes(&decision.changes));
            oracle::check_written(state, written);
        }
        return;
    }
    let own = owed.what == What::LeftSilent || it.by == state.processes[slot].pid;
    let changed = matches!(owed.what, What::NeverBegun(begun) if begun != it.begun);
    if it.ended.is_some() || !own || changed {
        return;
    }
    let scene = ablation::scene_of(world, state, &row);
    let found = ablation::found(world, state, &row);
    let current = scene.attempt.as_ref().is_some_and(|it| it.id == found.id);
    let unsent = match owed.what {
        What::NeverBegun(_) | What::NotSent => true,
        What::Silence => !world.keeps(Rule::SilenceIsDoubt),
        _ => false,
    };
    let decision = match owed.what {
        _ if unsent && current => journal::not_sent(&scene, &found, send, now),
        What::LeftSilent if row.phase != Phase::Sent => journal::word(&found, send, now),
        _ if current => ablation::silent(world, &scene, &found, send, now),
        _ => journal::word(&found, send, now),
    };
    let writes = ablation::words(&row, writes(&decision.changes));
    oracle::check_old(state, &row, &writes);
    let written = world.commit(state, &writes);
    oracle::check_written(state, written);
}

/// Judges one answer that waits, whoever does.
pub(crate) fn judge_waiting(world: &World, state: &mut State) {
    let Some((id, send)) = state.unjudged() else {
        return;
    };
    let row = state.attempt(id).unwrap().clone();
    let found = ablation::found(world, state, &row);
    let kept_answer = |it: &&(u8, u8, Said)| (it.0, it.1) == (id, send);
    let said = state.answers.iter().find(kept_answer).unwrap().2;
    let scene = ablation::scene_of(world, state, &row);
    let place = usize::from(send);
    // The windows of this world are told by their sends, not by a clock.
    let replayed = match found.doubt_beside(place) {
        true => Replayed::Last,
        false => Replayed::No,
    };
    let reading = ablation::reading(world, said, replayed);
    let kept = ablation::kept(world, kept(state));
    let decision = judge::judge(&scene, (&found, place), &reading, &kept, time(0));
    let writes = ablation::writes(world, state, writes(&decision.changes));
    oracle::check_judgement(state, &row, said, &writes);
    oracle::check_old(state, &row, &writes);
    let written = world.commit(state, &writes);
    oracle::check_written(state, written);
    // What was judged stays readable in the journal for a while; the model needs it no more.
    state.answers.retain(|it| (it.0, it.1) != (id, send));
    oracle::check_definite(state, &row, place, said);
}
