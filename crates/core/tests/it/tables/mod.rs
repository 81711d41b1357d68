//! The behaviour of the rules, one sentence a test, as a specification reads.

mod events;
mod exchange;
mod liveness;
mod refresh;
mod restore;
mod revoke;

use evergrant_core::Change;
use evergrant_core::issued::Grant;
use evergrant_core::issued::refresh::{Answer, Presented, Snapshot, refresh};
use evergrant_core::{Decision, Time};

use crate::make;

/// A grant in a store with one row: the changes of a decision are written at once.
struct One {
    snapshot: Snapshot,
    drawn: u64,
}

impl One {
    fn new(snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            drawn: 100,
        }
    }

    fn grant(&self) -> &Grant {
        &self.snapshot.grant
    }

    /// RT of now.
    fn current(&self) -> Presented {
        make::token_of(&self.grant().rotation)
    }

    /// Presents a token that arrives at this second and is judged at once.
    fn present(&mut self, token: Presented, second: i64) -> Answer {
        self.judge(token, make::at(second), make::at(second))
    }

    fn judge(&mut self, token: Presented, arrived: Time, now: Time) -> Answer {
        let decision = self.decide(token, arrived, now);
        self.write(&decision.changes);
        decision.answer
    }

    fn decide(&mut self, token: Presented, arrived: Time, now: Time) -> Decision<Answer> {
        self.drawn += 1;
        let request = make::request(token, arrived);
        refresh(&request, &self.snapshot, now, make::fresh(self.drawn))
    }

    fn write(&mut self, changes: &[Change]) {
        let grant = &mut self.snapshot.grant;
        for change in changes {
            match change {
                Change::GrantRotated {
                    chain,
                    to,
                    presenter,
                    ..
                } => {
                    (grant.rotation, grant.chain, grant.retries) = (*to, *chain, 0);
                    grant.presenters.push(presenter);
                }
                Change::GrantRetried { presenter, .. } => {
                    grant.retries += 1;
                    grant.presenters.push(presenter);
                }
                Change::GrantEnded { at, reason, .. } => grant.ended = Some((*at, *reason)),
                _ => {}
            }
        }
    }

    /// Rotates at this second, and gives back the token that is then spent.
    fn rotate(&mut self, second: i64) -> Presented {
        let token = self.current();
        self.present(token, second).unwrap();
        token
    }
}
