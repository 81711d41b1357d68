//! What a process of a world does: it looks, asks the real `step::next`, and writes what the real
//! decisions say, in the order in which the service does.

use evergrant_core::Decision;
use evergrant_core::held::journal;
use evergrant_core::held::serve::{MinTtl, Serve, serve};
use evergrant_core::held::step::{Step as Next, next};
use evergrant_core::held::{Situation, Why, judge};

use super::ablation;
use super::explore::Steps;
use super::notes::{judge_waiting, keep, note};
use super::state::{Draft, Owed, Place, Process, Reason, State, Then, What};
use super::store::see;
use super::translate::{attempt_id, process, situation, time, writes};
use super::world::{Deed, Rule, Step, World};

/// A process at work: the world, the moment, and which one it is.
pub(crate) struct Actor<'a> {
    pub(crate) world: &'a World,
    pub(crate) state: &'a State,
    pub(crate) slot: usize,
}

impl Actor<'_> {
    pub(super) fn me(&self) -> &Process {
        &self.state.processes[self.slot]
    }

    pub(super) fn now(&self) -> evergrant_core::Time {
        time(if self.slot == 1 { self.world.skew } else { 0 })
    }

    fn situation(&self) -> Situation {
        situation(self.state, self.world.habits())
    }

    /// The moment after, with this process in another place.
    pub(super) fn at(&self, place: Place) -> State {
        let mut state = self.state.clone();
        state.processes[self.slot].place = place;
        state
    }

    pub(super) fn tell(&self, deed: Deed, state: State, out: &mut Steps) {
        out.push((Step::By(self.slot, deed), state));
    }

    /// What follows a failure, if the world has any left.
    pub(crate) fn fault(&self, may: bool, mut state: State) -> Option<State> {
        state.faults = state.faults.checked_sub(1)?;
        may.then_some(state)
    }

    pub(super) fn tell_fault(&self, may: bool, deed: Deed, state: State, out: &mut Steps) {
        if let Some(state) = self.fault(may, state) {
            self.tell(deed, state, out);
        }
    }

    /// Everything that this process can do now.
    pub(crate) fn steps(&self, out: &mut Steps) {
        let me = self.me();
        match &me.place {
            Place::Gone => return,
            Place::Crashed => {
                self.tell(Deed::Restarts, self.at(Place::Idle), out);
                return;
            }
            Place::Idle => self.sets_out(out),
            Place::Busy(why) => self.looks(*why, out),
            Place::Drafting(draft) => self.writes_draft(draft, out),
            Place::Begun { .. } => self.first_byte(out),
            Place::Waiting { .. } => self.waits(out),
            Place::Knows(owed) => self.writes_down(*owed, out),
        }
        if self.state.up {
            self.recovers(out);
        }
        self.dies(out);
    }

    fn sets_out(&self, out: &mut Steps) {
        let state = self.state;
        if !state.up {
            return;
        }
        if state.row.due.is_some_and(|due| time(due) <= self.now()) {
            self.looks(Reason::Due, out);
        }
        let it = self.situation();
        let (connection, grant) = (&it.connection, &it.grant);
        let served = serve(connection, grant, &it.habits, MinTtl::Usual, self.now());
        if matches!(served, Serve::Renew { .. }) {
            self.looks(Reason::Wanted, out);
        }
        if state.asks > 0 {
            let mut asked = state.clone();
            asked.asks -= 1;
            let asking = Actor {
                state: &asked,
                ..*self
            };
            asking.looks(Reason::Asked, out);
            if asking.says_gone(&it) {
                asking.looks(Reason::SenderGone, out);
            } else if let Some(lied) = self.fault(self.world.faults.lie, asked.clone()) {
                let lying = Actor {
                    state: &lied,
                    ..*self
                };
                lying.looks(Reason::SenderGone, out);
            }
        }
    }

    /// Whether whoever has not spoken about the last send is gone.
    fn says_gone(&self, it: &Situation) -> bool {
        let last = it.attempt.as_ref().and_then(|it| it.last().copied());
        let other = &self.state.processes[1 - self.slot];
        other.place == Place::Gone && last.is_some_and(|it| it.process == process(other.pid))
    }

    fn looks(&self, why: Reason, out: &mut Steps) {
        let me = self.me();
        if !self.state.up {
            return self.tell(Deed::CannotLook, self.at(Place::Idle), out);
        }
        let mine = |(pid, _): &(u8, Owed)| *pid == me.pid;
        let owes = !me.owed.is_empty() || me.spool.iter().any(mine);
        if self.world.keeps(Rule::PaidFirst) && owes {
            return self.pays(Place::Busy(why), out);
        }
        let it = self.situation();
        let asked = match why {
            Reason::Due => Why::Due,
            Reason::Wanted => Why::Wanted,
            Reason::Asked => Why::Asked,
            Reason::SenderGone => Why::SenderGone,
        };
        let (now, at) = (self.now(), Place::Busy(why));
        let seen = ablation::seen((self.world, self.state), &it, me.pid, now);
        let step = next(&seen, process(me.pid), asked, now);
        let step = ablation::step(self.world, &it, step);
        let it = if self.world.keeps(Rule::OneAttempt) {
            it
        } else {
            seen
        };
        let deed = Deed::Looks(why, step);
        match step {
            Next::Rest(until) => {
                let mut state = self.at(Place::Idle);
                if it.connection.standing.due_at != until {
                    self.world.commit(
                        &mut state,
                        &writes(&journal::reschedule(&it, until).changes),
                    );
                }
                self.tell(deed, state, out);
            }
            Next::Claim if self.state.held.generation >= self.world.generations => {}
            Next::Replay if it.attempt.as_ref().unwrap().sends.len() >= self.world.sends => {}
            Next::Claim => {
                let id = attempt_id(u8::MAX);
                let decision = journal::claim(&it, process(me.pid), id, now);
                self.decides(deed, (decision, at), out);
            }
            Next::Send | Next::Replay => self.sends(deed, &it, out),
            Next::Abort => {
                let attempt = it.attempt.as_ref().unwrap();
                self.decides(deed, (journal::abort(&it, attempt, None, now), at), out);
            }
            Next::Judge(_) => {
                let mut state = self.at(at);
                judge_waiting(self.world, &mut state);
                self.tell(deed, state, out);
            }
            Next::GiveUp(cause) => {
                self.decides(deed, (judge::give_up(&it, cause, now), at), out);
            }
        }
    }

    /// Writes a decision, at once or in a step of its own.
    pub(super) fn decides<A>(
        &self,
        deed: Deed,
        (decision, place): (Decision<A>, Place),
        out: &mut Steps,
    ) {
        let writes = writes(&decision.changes);
        if self.world.drafts {
            let draft = Draft {
                writes,
                outdated: false,
                then: Then::GoOn,
            };
            return self.tell(deed, self.at(Place::Drafting(draft)), out);
        }
        let mut state = self.at(place);
        if self.world.commit(&mut state, &writes) {
            self.tell(deed, state, out);
        }
    }

    fn writes_down(&self, owed: Owed, out: &mut Steps) {
        let go_on = Place::Busy(Reason::Due);
        if let What::Answer(said) = owed.what
            && !self.world.keeps(Rule::ReceivedFirst)
        {
            // Read in memory: what its reader can't bear takes the process with it.
            let mut read = self.at(go_on.clone());
            see(&mut read, said);
            let mut died = read.clone();
            died.processes[self.slot].place = Place::Crashed;
            self.tell_fault(self.world.faults.crash, Deed::Reads, died, out);
        }
        if self.state.up {
            let mut state = self.at(go_on.clone());
            note(self.world, &mut state, self.slot, owed, self.now());
            self.tell(Deed::WritesDown, state.clone(), out);
            keep(self.world, &mut state, self.slot, owed);
            let may = self.world.faults.unknown;
            self.tell_fault(may, Deed::WritesDownAndKeeps, state, out);
        } else {
            let mut state = self.at(go_on);
            keep(self.world, &mut state, self.slot, owed);
            self.tell(Deed::Keeps, state, out);
        }
    }
}
