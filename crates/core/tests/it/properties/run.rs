//! A run: steps go through the real rules and the store on one side, through the reference on the
//! other, and after every step both must say the same.

use std::collections::BTreeMap;

use evergrant_core::id::GrantId;
use evergrant_core::issued::refresh::Presented;
use evergrant_core::issued::{Absence, Client, Reason, Rotation, authorize};
use evergrant_core::people::{Effect, EpochSubject, SignIn};
use evergrant_core::{Change, Digest, Time};
use proptest::test_runner::TestCaseError;

use super::flight::Flight;
use super::reference::{CodePast, Rows};
use super::step::{Ask, Fate, Flaw, Step};
use super::store::Store;
use crate::make;

pub(crate) type Outcome = Result<(), TestCaseError>;

/// A refresh token in somebody's hands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) grant: GrantId,
    pub(crate) presented: Presented,
}

/// A signed-in browser, and what raised an epoch since.
#[derive(Clone, Copy)]
pub(super) struct Browser {
    sign_in: SignIn,
    pub(super) killed: [Option<Reason>; 3],
}

/// What is written outside of the database too.
#[derive(Clone)]
pub(super) enum End {
    Grant(GrantId, Reason),
    Floor(GrantId, u64),
    Epoch(EpochSubject, Reason, Effect),
}

pub(crate) struct Run {
    pub(crate) now: Time,
    pub(crate) client: Client,
    pub(crate) store: Store,
    pub(crate) rows: Rows,
    pub(crate) tokens: Vec<Held>,
    pub(crate) codes: Vec<Digest>,
    pub(crate) flights: Vec<Flight>,
    pub(crate) drawn: u64,
    /// The successor that each token was answered with, in each incarnation.
    pub(crate) answers: BTreeMap<(GrantId, [u8; 16], u32), Rotation>,
    /// What was met, so that a run without a failure is seen not to be an empty one.
    pub(crate) met: BTreeMap<String, u32>,
    /// Whether the epochs of a sign-in travel with the code, as they must.
    pub(crate) epochs_travel: bool,
    pub(super) browser: Browser,
    pub(super) ends: Vec<End>,
    pub(super) backup: Option<(Time, Store, Rows, usize)>,
    pub(super) incarnation: u32,
    pub(super) dead: BTreeMap<GrantId, Reason>,
}

impl Run {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            now: make::at(0),
            client,
            store: Store::new(),
            rows: Rows::default(),
            tokens: Vec::new(),
            codes: Vec::new(),
            flights: Vec::new(),
            drawn: 100,
            answers: BTreeMap::new(),
            met: BTreeMap::new(),
            epochs_travel: true,
            browser: Browser {
                sign_in: SignIn::default(),
                killed: [None; 3],
            },
            ends: Vec::new(),
            backup: None,
            incarnation: 0,
            dead: BTreeMap::new(),
        }
    }

    /// All steps, the promises checked after each.
    pub(crate) fn all(&mut self, steps: &[Step]) -> Outcome {
        for step in [Step::Begin].iter().chain(steps) {
            let ended = self.ended();
            self.one(*step)?;
            self.note_ends(&ended);
            self.check()?;
        }
        Ok(())
    }

    fn one(&mut self, step: Step) -> Outcome {
        match step {
            Step::SignIn => self.sign_in(),
            Step::Consent => self.consent(),
            Step::Begin => {
                self.sign_in();
                self.consent();
                return self.request(Ask::Redeem {
                    code: 0,
                    flaw: Flaw::None,
                });
            }
            Step::SideBySide(times) => {
                for token in [0, 1].repeat(times) {
                    self.request(Ask::Refresh {
                        token,
                        flaw: Flaw::None,
                    })?;
                }
            }
            Step::Insist(times) => {
                for token in [1].repeat(times) {
                    self.request(Ask::Refresh {
                        token,
                        flaw: Flaw::None,
                    })?;
                }
            }
            Step::Do(ask) => return self.request(ask),
            Step::Arrive(ask) => {
                let flight = self.arrive(ask).filter(|_| self.flights.len() < 3);
                self.flights.extend(flight);
            }
            Step::Load(slot) | Step::Commit(slot, _) => return self.fly(slot, step),
            Step::Clock(millis) => {
                self.now = Time::from_millis(self.now.millis() + millis);
            }
            Step::Away(seconds) => self.away(seconds),
            Step::Restart(seconds) => {
                self.flights.clear();
                self.away(seconds);
            }
            Step::Backup => {
                let rows = self.rows.clone();
                self.backup = Some((self.now, self.store.clone(), rows, self.ends.len()));
            }
            Step::Restore => self.restore(),
            Step::RevokeRefresh { token, flaw } => return self.revoke_refresh(token, flaw),
            Step::RevokeAccess { token } => return self.revoke_access(token),
            Step::UserEnds { token } => return self.user_ends(token),
            Step::Event {
                event,
                effect,
                stale,
            } => return self.event(event, effect, stale),
            Step::RaiseMembership(effect) => {
                let subject = EpochSubject::Membership(make::team(), make::user());
                self.raise(subject, Reason::RemovedFromTeam, effect);
            }
            Step::RaiseClient(effect) => {
                let subject = EpochSubject::Client(make::client_id());
                self.raise(subject, Reason::ClientRevoked, effect);
            }
        }
        Ok(())
    }

    /// One step further with a request that is under way.
    fn fly(&mut self, slot: usize, step: Step) -> Outcome {
        if slot >= self.flights.len() {
            return Ok(());
        }
        let mut flight = self.flights.remove(slot);
        let is_over = match step {
            Step::Commit(_, fate) if flight.loaded.is_some() => self.commit(&mut flight, fate)?,
            _ => self.load(&mut flight)?,
        };
        if !is_over {
            self.flights.insert(slot, flight);
        }
        Ok(())
    }

    fn request(&mut self, ask: Ask) -> Outcome {
        let Some(mut flight) = self.arrive(ask) else {
            return Ok(());
        };
        while !self.load(&mut flight)? {
            if self.commit(&mut flight, Fate::Known)? {
                break;
            }
        }
        Ok(())
    }

    fn sign_in(&mut self) {
        let sign_in = SignIn {
            user: self.store.user.grants,
            membership: self.store.membership,
        };
        self.browser = Browser {
            sign_in,
            killed: [None; 3],
        };
    }

    fn consent(&mut self) {
        self.drawn += 1;
        let digest = Digest::of(&self.drawn.to_be_bytes());
        let mut code = make::code();
        (code.digest, code.sign_in) = (digest, self.browser.sign_in);
        (code.client_epoch, code.created_at) = (self.store.client, self.now);
        code.expires_at = self.now.plus(authorize::CODE_LIFETIME);
        let killed = self.browser.killed;
        let past = CodePast {
            expires_at: code.expires_at,
            redeemed: None,
            killed,
            kept: 0,
        };
        self.rows.codes.insert(digest, past);
        assert!(self.store.commit(&[Change::CodeMade(Box::new(code))]));
        self.codes.push(digest);
    }

    fn away(&mut self, seconds: i64) {
        if self.store.facts.absences.len() >= 8 {
            return;
        }
        let until = Time::from_millis(self.now.millis() + seconds * 1_000);
        let absence = Absence {
            from: self.now,
            until,
        };
        self.now = until;
        self.store.facts.remember(absence);
        self.rows.absences.push(absence);
    }

    pub(crate) fn held(&self, token: usize) -> Option<Held> {
        let index = self.tokens.len().checked_sub(1 + token)?;
        self.tokens.get(index).copied()
    }

    pub(crate) fn meet(&mut self, what: impl Into<String>) {
        *self.met.entry(what.into()).or_default() += 1;
    }

    pub(crate) fn dead(&self) -> &BTreeMap<GrantId, Reason> {
        &self.dead
    }
}
