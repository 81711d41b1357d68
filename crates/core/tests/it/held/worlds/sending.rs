//! One send of a process: "sent" is written, the first byte leaves, the line is listened to.

use evergrant_core::held::Situation;
use evergrant_core::held::journal::{self, Unsent};

use super::explore::Steps;
use super::oracle;
use super::process::Actor;
use super::state::{Draft, Owed, Place, Reason, Then, Token, What};
use super::translate::{low, process, writes};
use super::world::{Deed, Rule};

fn unsent() -> Unsent {
    Unsent::Unreachable("no way".into())
}

impl Actor<'_> {
    pub(super) fn sends(&self, deed: Deed, it: &Situation, out: &mut Steps) {
        let attempt = it.attempt.as_ref().unwrap();
        let (now, on) = (self.now(), Place::Busy(Reason::Due));
        if self.world.faults.unreachable
            && let Some(failed) = self.fault(true, self.state.clone())
        {
            let decision = if attempt.sends.is_empty() {
                journal::abort(it, attempt, Some(unsent()), now)
            } else {
                journal::postpone(it, &unsent(), now)
            };
            let failing = Actor {
                state: &failed,
                ..*self
            };
            failing.decides(Deed::NoWay, (decision, on.clone()), out);
        }
        let decision = journal::send(it, attempt, process(self.me().pid), now);
        let send = u8::try_from(decision.answer).unwrap();
        let (id, token) = (low(attempt.id.spread()), self.state.token);
        let then = Then::Send {
            attempt: id,
            send,
            token,
        };
        let writes = writes(&decision.changes);
        if self.world.drafts {
            let draft = Draft {
                writes,
                outdated: false,
                then,
            };
            return self.tell(deed, self.at(Place::Drafting(draft)), out);
        }
        if !self.world.keeps(Rule::SentFirst) {
            self.sends_unwritten(id, token, out);
        }
        let mut state = self.at(follow(then));
        self.world.commit(&mut state, &writes);
        self.tell(deed, state.clone(), out);
        let begun = state.attempt(id).unwrap().sends[usize::from(send)].begun;
        let owed = Owed {
            attempt: id,
            send,
            what: What::NeverBegun(begun),
        };
        for written in [true, false] {
            let mut unknown = if written {
                state.clone()
            } else {
                self.state.clone()
            };
            unknown.processes[self.slot].place = Place::Knows(owed);
            let may = self.world.faults.unknown;
            self.tell_fault(may, Deed::SendUnknown(written), unknown, out);
        }
    }

    /// The request leaves, and the process ends before the journal says so.
    fn sends_unwritten(&self, attempt: u8, token: Token, out: &mut Steps) {
        let mut state = self.at(Place::Crashed);
        oracle::check_departure(self.world, &mut state, attempt);
        state.strays.push(token);
        let deed = Deed::SendsUnwritten(token);
        self.tell_fault(self.world.faults.crash, deed, state, out);
    }

    pub(super) fn writes_draft(&self, draft: &Draft, out: &mut Steps) {
        if !self.state.up {
            return self.tell(Deed::CannotLook, self.at(Place::Idle), out);
        }
        let mut state = self.at(follow(draft.then));
        let current = !draft.outdated || !self.world.keeps(Rule::Guards);
        if current && self.world.commit(&mut state, &draft.writes) {
            self.tell(Deed::Commits, state, out);
        } else {
            self.tell(Deed::IsOutdated, self.at(Place::Busy(Reason::Due)), out);
        }
    }

    pub(super) fn first_byte(&self, out: &mut Steps) {
        let Place::Begun {
            attempt,
            send,
            token,
            late,
        } = self.me().place
        else {
            return;
        };
        if late && self.world.keeps(Rule::SendDeadline) {
            let what = What::NotSent;
            let owed = Owed {
                attempt,
                send,
                what,
            };
            return self.tell(Deed::SaysNotSent, self.at(Place::Knows(owed)), out);
        }
        let mut state = self.at(Place::Waiting {
            attempt,
            send,
            token,
            said: None,
        });
        oracle::check_departure(self.world, &mut state, attempt);
        self.tell(Deed::Sends(token), state, out);
    }

    pub(super) fn waits(&self, out: &mut Steps) {
        let Place::Waiting {
            attempt,
            send,
            token,
            said,
        } = self.me().place
        else {
            return;
        };
        let knows = |what| {
            self.at(Place::Knows(Owed {
                attempt,
                send,
                what,
            }))
        };
        if let Some(said) = said {
            self.tell(Deed::Hears(said), knows(What::Answer(said)), out);
        }
        let mut broken = knows(What::Silence);
        if said.is_none() && self.world.strays {
            broken.strays.push(token);
        }
        self.tell_fault(self.world.faults.reset, Deed::LineBreaks, broken, out);
    }
}

fn follow(then: Then) -> Place {
    match then {
        Then::GoOn => Place::Busy(Reason::Due),
        Then::Send {
            attempt,
            send,
            token,
        } => Place::Begun {
            attempt,
            send,
            token,
            late: false,
        },
    }
}
