//! What else happens in a world: time, the provider, the store's absence, people.

use evergrant_core::Change;
use evergrant_core::held::State as Standing;
use evergrant_core::held::timing::CLOCKS;
use evergrant_core::held::{Attempt, Phase, manage};

use super::explore::Steps;
use super::notes::judge_waiting;
use super::process::Actor;
use super::state::{At, ERA, Family, Owed, Place, Process, Said, State, What};
use super::translate::{kept, situation, time, writes};
use super::world::{Reuse, Rule, Step, TICK, World};

/// Longer than a backoff, shorter than a request.
const MOMENT: At = 5_000;

fn faulty(state: &State) -> Option<State> {
    let mut state = state.clone();
    state.faults = state.faults.checked_sub(1)?;
    Some(state)
}

impl World {
    /// Every step that is possible.
    pub(crate) fn steps(&self, state: &State, out: &mut Steps) {
        for slot in 0..2 {
            let actor = Actor {
                world: self,
                state,
                slot,
            };
            actor.steps(out);
            self.provider_answers(state, slot, out);
        }
        self.strays_arrive(state, out);
        self.time_passes(state, out);
        self.store_goes(state, out);
        if state.up {
            self.keeper_works(state, out);
            self.people_act(state, out);
        }
        for (_, next) in out.iter_mut() {
            next.tidy();
        }
    }

    fn provider_answers(&self, state: &State, slot: usize, out: &mut Steps) {
        let Place::Waiting {
            attempt,
            send,
            token,
            said: None,
        } = state.processes[slot].place
        else {
            return;
        };
        let mut tell = |mut next: State, said| {
            next.processes[slot].place = Place::Waiting {
                attempt,
                send,
                token,
                said: Some(said),
            };
            out.push((Step::Provider(slot, token, said), next));
        };
        let late = matches!(self.reuse, Reuse::Window(_)).then_some(TICK - 1);
        for later in [Some(0), late].into_iter().flatten() {
            let mut next = state.clone();
            let said = self.present(&mut next, token, later);
            tell(next, said);
        }
        let Some(failed) = faulty(state) else { return };
        if self.faults.unclear {
            let mut acted = failed.clone();
            self.present(&mut acted, token, 0);
            tell(acted, Said::Unclear);
            tell(failed.clone(), Said::Unclear);
        }
        if self.faults.limited {
            tell(failed.clone(), Said::Limited);
        }
        if self.faults.not_this_app {
            tell(failed, Said::NotThisApp);
        }
    }

    fn strays_arrive(&self, state: &State, out: &mut Steps) {
        for (index, token) in state.strays.iter().copied().enumerate() {
            let mut next = state.clone();
            next.strays.remove(index);
            out.push((Step::StrayLost(token), next.clone()));
            self.present(&mut next, token, 0);
            out.push((Step::Stray(token), next));
        }
    }

    fn time_passes(&self, state: &State, out: &mut Steps) {
        let waiting = |it: &Process| matches!(it.place, Place::Waiting { .. });
        let calm = state.unjudged().is_none();
        let resting = calm && state.processes.iter().all(Process::is_at_rest);
        let date = self.next_date(state).filter(|_| resting);
        if let Some(date) = date {
            let mut next = state.clone();
            // A stray request lives for longer than a backoff, and for no longer than a request.
            let soon = state.row.due.is_some_and(|due| (1..=MOMENT).contains(&due));
            let by = if soon && !state.strays.is_empty() {
                MOMENT
            } else {
                next.strays.clear();
                date
            };
            next.pass(by);
            out.push((Step::Pass(by), next));
            return;
        }
        let busy = |it: &Process| !it.is_at_rest() && !waiting(it);
        let stalls = state.processes.iter().any(busy) || resting || !calm;
        let late = |it: &Process| matches!(it.place, Place::Begun { .. });
        let may = if stalls {
            let held = state.processes.iter().any(|it| busy(it) && !late(it));
            self.faults.stall || (self.faults.late && !held)
        } else {
            self.faults.slow
        };
        let Some(mut next) = faulty(state).filter(|_| may) else {
            return;
        };
        let by = if stalls { self.stall } else { TICK };
        next.pass(by);
        // Every request is over by then: its sender has closed the line.
        next.strays.clear();
        for it in &mut next.processes {
            match &mut it.place {
                Place::Waiting { attempt, send, .. } => {
                    it.place = Place::Knows(Owed {
                        attempt: *attempt,
                        send: *send,
                        what: What::Silence,
                    });
                }
                Place::Begun { late, .. } => *late = true,
                _ => {}
            }
        }
        out.push((Step::Pass(by), next));
    }

    /// How far it is to the next date that anybody cares for, when nothing is to be done now.
    fn next_date(&self, state: &State) -> Option<At> {
        let due = state.row.due.filter(|_| state.up);
        if due.is_some_and(|due| due + self.skew.max(0) <= 0) {
            return None;
        }
        let dates = [due.map(|it| it + self.skew.max(0)), Some(state.held.end)];
        let next = dates.into_iter().flatten().filter(|it| *it > 0).min()?;
        Some((next + TICK - 1) / TICK * TICK)
    }

    fn store_goes(&self, state: &State, out: &mut Steps) {
        if !state.up {
            let mut next = state.clone();
            next.up = true;
            out.push((Step::StoreBack, next));
        } else if let Some(mut next) = faulty(state).filter(|_| self.faults.outage) {
            next.up = false;
            out.push((Step::StoreAway, next));
        }
    }

    /// What any process does that lives: answers in the journal are judged, and grants that are to
    /// be ended are ended.
    fn keeper_works(&self, state: &State, out: &mut Steps) {
        let able = |it: &Process| it.lives() && it.owed.is_empty() && it.spool.is_empty();
        if !state.processes.iter().any(able) {
            return;
        }
        if state.unjudged().is_some() {
            let mut next = state.clone();
            judge_waiting(self, &mut next);
            out.push((Step::Judge, next));
        }
        if let Some(token) = state.revocations.first().copied() {
            let mut next = state.clone();
            next.revocations.remove(0);
            let past = next.past.as_mut().map(|(family, _)| family);
            for family in past.into_iter().chain([&mut next.family]) {
                family.dead |= token == family.current;
            }
            out.push((Step::Revoke(token), next));
        }
    }

    fn people_act(&self, state: &State, out: &mut Steps) {
        let it = situation(state, self.habits());
        let mut tell = |step, people, decided: Vec<_>| {
            let mut next = state.clone();
            next.people = people;
            if self.commit(&mut next, &writes(&decided)) {
                out.push((step, next));
            }
        };
        let now = time(0);
        let people = state.people;
        let standing = state.row.state;
        if people > 0 && standing != Standing::Suspended && standing.is_live() {
            let decision = manage::suspend(&it, now);
            tell(Step::Suspend, people - 1, decision.changes);
        }
        if self.removes && standing != Standing::Revoked {
            let decision = manage::remove(&it, &kept(state), now);
            tell(Step::Remove, people, decision.changes);
        }
        if matches!(standing, Standing::AppFault | Standing::Suspended) {
            let mut seen = it.clone();
            let refused = |it: &mut Attempt| it.phase == Phase::Refused;
            seen.attempt
                .take_if(|it| refused(it) && !self.keeps(Rule::RefusedStays));
            let forgotten = seen.attempt.take_if(|_| !self.keeps(Rule::JournalDecides));
            let (step, mut changes) = if standing == Standing::Suspended {
                (Step::Resume, manage::resume(&seen, now).changes)
            } else {
                (Step::Mended, manage::mended(&seen, now, now).changes)
            };
            if let Some(mut attempt) = forgotten {
                let seen = attempt.revision;
                attempt.phase = Phase::Aborted;
                attempt.revision += 1;
                let to = Box::new(attempt);
                changes.push(Change::AttemptAdvanced { seen, to });
            }
            tell(step, people, changes);
        }
        if self.reconnects && state.era == 0 {
            out.push((Step::Reconnect, self.reconnected(state)));
        }
        if state.token == state.family.current
            && !state.family.used
            && self.reuse == Reuse::Supersedes
        {
            let mut next = state.clone();
            next.family.used = true;
            out.push((Step::Used, next));
        }
    }
}

impl World {
    /// A person consented anew: the connection has another grant from now on, and the tokens of the
    /// one before are to be ended.
    fn reconnected(&self, state: &State) -> State {
        let mut next = state.clone();
        let tokens = [state.token, state.beside];
        let begun = self.begin();
        next.past = Some((state.family, state.seen));
        next.revocations
            .extend(tokens.iter().filter(|token| **token != 0));
        next.era = 1;
        (next.row, next.held) = (begun.row, begun.held);
        (next.token, next.beside, next.seen) = (ERA, 0, ERA);
        next.family = Family {
            current: ERA,
            newest: ERA,
            ..begun.family
        };
        next.flown = 0;
        next
    }
}

/// How far clocks may be apart.
pub(crate) fn clocks() -> At {
    At::try_from(CLOCKS.millis()).unwrap()
}
