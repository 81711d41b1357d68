//! What ought to be, written plainly: everything that ever happened to a grant is kept, each token
//! is known by itself and not by its number, and who is dead is written down when it dies.

use std::collections::BTreeMap;

use evergrant_core::id::GrantId;
use evergrant_core::issued::{Absence, Client, Nonce, Reason, Replay};
use evergrant_core::{Digest, Span, Time};

/// Whose epoch was raised; in this order reasons are told.
pub(crate) const USER: usize = 0;
pub(crate) const MEMBERSHIP: usize = 1;
pub(crate) const CLIENT: usize = 2;

/// A generation, from the moment it began.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) nonce: Nonce,
    /// The token that was presented for it, and that one's number.
    pub(crate) from: Option<(Nonce, u64)>,
    pub(crate) began: Time,
    pub(crate) incarnation: u32,
    /// The request that made it.
    pub(crate) made_by: u64,
    /// How often the token before was presented again.
    pub(crate) retries: u32,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Past {
    pub(crate) generations: Vec<Generation>,
    /// How many presentations there were when each generation had begun.
    pub(crate) presentations: usize,
    pub(crate) expires_at: Time,
    pub(crate) absolute: Time,
    pub(crate) ended: Option<Reason>,
    /// Killed by a raised epoch: of the user, the membership, the client.
    pub(crate) killed: [Option<Reason>; 3],
    pub(crate) floor: u64,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct CodePast {
    pub(crate) expires_at: Time,
    pub(crate) redeemed: Option<(Time, GrantId)>,
    pub(crate) killed: [Option<Reason>; 3],
    /// How often events kept it.
    pub(crate) kept: u32,
}

/// The rows of one timeline of the store.
#[derive(Clone, Default)]
pub(crate) struct Rows {
    pub(crate) grants: BTreeMap<GrantId, Past>,
    pub(crate) codes: BTreeMap<Digest, CodePast>,
    pub(crate) incarnation: u32,
    pub(crate) absences: Vec<Absence>,
}

/// What must be answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// A grant begins; so many older ones end.
    Begin {
        superseded: usize,
    },
    /// A new generation, and an incident if that many in a row had two holders.
    Rotate {
        two_holders: bool,
    },
    Again,
    /// The tokens of a request that was already carried out.
    Same,
    Ends(Reason),
    Refused(evergrant_core::Refusal),
    /// Refused, ended or not: a token from before a restore lost a race against its adoption, or
    /// the row's presenters tell no more.
    OvertakenOrReuse {
        sure: bool,
    },
}

/// The facts of a refresh that are judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presentation {
    pub(crate) nonce: Nonce,
    pub(crate) number: u64,
    pub(crate) incarnation: u32,
    pub(crate) arrived: Time,
    pub(crate) by: u64,
}

impl Past {
    pub(crate) fn last(&self) -> &Generation {
        self.generations.last().unwrap()
    }

    /// Why it is dead, apart from the clock.
    pub(crate) fn dead(&self) -> Option<Reason> {
        self.ended
            .or_else(|| self.killed.into_iter().flatten().next())
    }

    pub(crate) fn dead_at(&self, now: Time) -> Option<Reason> {
        self.dead().or_else(|| {
            let idle = (now >= self.expires_at).then_some(Reason::IdleExpired);
            if now >= self.absolute {
                Some(Reason::AbsoluteExpired)
            } else {
                idle
            }
        })
    }

    /// How many generations in a row, up to now, were presented more than once.
    fn chain(&self) -> usize {
        self.generations
            .iter()
            .rev()
            .take_while(|it| it.retries > 0)
            .count()
    }
}

impl Rows {
    /// When a window closes that was opened at `opened`, for a request that arrives at `arrived`.
    fn closes(&self, opened: Time, width: Span, arrived: Time) -> Time {
        let mut closes = opened.plus(width);
        let mut restarted = opened;
        for Absence { from, until } in self.absences.iter().filter(|it| it.from <= arrived) {
            if *from <= closes && *until > restarted {
                restarted = *until;
                closes = until.plus(width);
            }
        }
        closes
    }

    pub(crate) fn is_open(&self, opened: Time, width: Span, arrived: Time) -> bool {
        arrived <= self.closes(opened, width, arrived)
    }

    /// What must be answered to a valid refresh of a live grant.
    pub(crate) fn judge(&self, past: &Past, client: &Client, it: &Presentation) -> Verdict {
        let last = past.last();
        if last.made_by == it.by {
            return Verdict::Same;
        }
        let place = past
            .generations
            .iter()
            .position(|made| made.nonce == it.nonce);
        let is_last = place == Some(past.generations.len() - 1);
        let adoptable = place.is_none()
            && last.incarnation < self.incarnation
            && (it.incarnation, it.number) > (last.incarnation, last.number)
            && it.number >= last.number;
        if is_last || adoptable {
            return self.rotates(past, client);
        }
        let (from, number_before) = last.from.unwrap_or((last.nonce, 0));
        let of_now = it.incarnation == last.incarnation;
        if place.is_none() && of_now && [last.number, number_before].contains(&it.number) {
            return Verdict::Refused(evergrant_core::Refusal::TokenUnknown);
        }
        if place.is_none() && of_now && it.number > last.number {
            return Verdict::Refused(evergrant_core::Refusal::StoreWentBack);
        }
        let Replay::Window(width) = client.replay else {
            return Verdict::Ends(Reason::ReuseDetected);
        };
        if it.nonce == from {
            let in_time = it.arrived <= last.began || self.is_open(last.began, width, it.arrived);
            return match in_time {
                false => Verdict::Ends(Reason::ReuseDetected),
                true if last.retries >= 64 => {
                    Verdict::Refused(evergrant_core::Refusal::TooManyRetries)
                }
                true => Verdict::Again,
            };
        }
        self.older(past, width, it)
    }

    fn rotates(&self, past: &Past, client: &Client) -> Verdict {
        let two_holders = past.chain() >= 3 && client.replay != Replay::Strict;
        let revokes = client.on_two_holders == evergrant_core::issued::OnTwoHolders::Revoke;
        if two_holders && revokes {
            return Verdict::Ends(Reason::TwoHolders);
        }
        Verdict::Rotate { two_holders }
    }

    /// A token that two others have followed: reuse, unless it was current or in its window when
    /// the request arrived.
    fn older(&self, past: &Past, width: Span, it: &Presentation) -> Verdict {
        let last = past.last();
        let Some(place) = past
            .generations
            .iter()
            .position(|made| made.nonce == it.nonce)
        else {
            return Verdict::OvertakenOrReuse {
                sure: it.arrived > last.began,
            };
        };
        let [successor, second] = [1, 2].map(|after| past.generations.get(place + after));
        let followed = |it: Option<&Generation>| it.map_or(last.began, |it| it.began);
        let was_current = it.arrived <= followed(successor);
        let in_window =
            it.arrived <= followed(second) && self.is_open(followed(successor), width, it.arrived);
        if it.incarnation < last.incarnation {
            // A restore lies between; its adoption leaves a gap in the numbers.
            return Verdict::OvertakenOrReuse {
                sure: it.arrived > last.began,
            };
        }
        if was_current || in_window {
            return Verdict::Refused(evergrant_core::Refusal::Overtaken);
        }
        // What the row remembers is enough where it is not older than eight presentations; beyond
        // that a request that waited through two rotations is given the benefit of the doubt.
        let before_last = &past.generations[past.generations.len() - 2];
        let doubtful = past.presentations > 8 && it.arrived <= before_last.began;
        if doubtful {
            return Verdict::OvertakenOrReuse { sure: false };
        }
        Verdict::Ends(Reason::ReuseDetected)
    }
}
