//! Who may ask a provider now: so many at once for each integration, and one now and then while it
//! is in trouble. In memory of this process; nothing that must hold rests on it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use evergrant_core::Span;
use evergrant_core::held::judge::Verdicted;
use evergrant_core::held::timing::LONGEST_BACKOFF;
use evergrant_core::id::{ConnectionId, IntegrationId};

/// After so many failures in a row an integration is asked rarely.
const TROUBLE: u32 = 8;
/// How long it is left alone then, at first and at most.
const FIRST_REST: Span = Span::from_seconds(1);
const LONGEST_REST: Span = Span::from_seconds(4);
/// Over how long those are spread that begin again when it is over.
const SPREAD: Span = Span::from_seconds(2);
/// The longest that anybody waits by their own backoff, and a little more.
pub(crate) const HORIZON: Span = Span::from_millis(LONGEST_BACKOFF.millis() * 6 / 5);

/// How often it is looked then who may begin.
const LOOK: Span = Span::from_millis(100);

pub(crate) struct Gates {
    at_once: usize,
    gates: Arc<Mutex<BTreeMap<IntegrationId, Gate>>>,
}

#[derive(Default, Debug)]
struct Gate {
    inside: usize,
    failures: u32,
    closed_until: Span,
    /// Nothing was heard of it since this process began, and some wait for it.
    unproven: bool,
    over: Option<Over>,
}

/// A trouble that is over.
#[derive(Debug)]
struct Over {
    since: Span,
    /// Who began again because of it: each of them once.
    begun: BTreeSet<ConnectionId>,
}

impl Gate {
    fn room(&self, at_once: usize, now: Span) -> usize {
        if self.failures < TROUBLE {
            at_once.saturating_sub(self.inside)
        } else if self.inside == 0 && now >= self.closed_until {
            1
        } else {
            0
        }
    }
}

/// What somebody who wants to ask is told.
pub(crate) enum Turn {
    /// They may.
    Now(Pass),
    /// So many are asking that they have to wait until one is done.
    Full,
    /// There is trouble: in so long one may see whether it is over.
    Closed(Span),
}

/// The right to ask once; given back when it is dropped.
pub(crate) struct Pass {
    integration: IntegrationId,
    gates: Arc<Mutex<BTreeMap<IntegrationId, Gate>>>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get_mut(&self.integration) {
            gate.inside = gate.inside.saturating_sub(1);
        }
    }
}

/// Some that wait for nothing but their own backoff, and may begin before it is over.
pub(crate) struct Early {
    pub(crate) integration: IntegrationId,
    /// Those that would begin within so long.
    pub(crate) within: Span,
    /// How many of them.
    pub(crate) room: usize,
    /// How many more have to be looked at to find those.
    pub(crate) beside: usize,
}

impl Gates {
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            at_once: at_once.max(1),
            gates: Arc::default(),
        }
    }

    fn with<T>(&self, integration: IntegrationId, act: impl FnOnce(&mut Gate) -> T) -> T {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        act(gates.entry(integration).or_default())
    }

    /// How many more may go in now, and how many are inside. While there is trouble it is one, now
    /// and then.
    pub(crate) fn room(&self, integration: IntegrationId, now: Span) -> (usize, usize) {
        self.with(integration, |gate| {
            (gate.room(self.at_once, now), gate.inside)
        })
    }

    /// Lets one in, if there is room.
    pub(crate) fn enter(&self, integration: IntegrationId, now: Span) -> Turn {
        let entered = self.with(integration, |gate| {
            if gate.room(self.at_once, now) > 0 {
                gate.inside += 1;
                return Ok(());
            }
            let trouble = gate.failures >= TROUBLE;
            let rest = gate.closed_until.less(now).max(FIRST_REST);
            Err(trouble.then_some(rest))
        });
        match entered {
            Ok(()) => Turn::Now(Pass {
                integration,
                gates: Arc::clone(&self.gates),
            }),
            Err(None) => Turn::Full,
            Err(Some(rest)) => Turn::Closed(rest),
        }
    }

    /// Says that some wait for an integration of which nothing was heard yet.
    pub(crate) fn unproven(&self, integration: IntegrationId) {
        self.with(integration, |gate| gate.unproven = true);
    }

    /// Whose backoff need not be waited for: one of each integration that is in trouble, now and
    /// then, to see whether it is over; and all of those where it is, spread over a moment, those
    /// first whose turn would come first.
    pub(crate) fn early(&self, now: Span) -> Vec<Early> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let early = gates.iter_mut().filter_map(|(integration, gate)| {
            let early = |within, room, beside| Early {
                integration: *integration,
                within,
                room,
                beside,
            };
            if let Some(over) = &gate.over {
                let passed = now.less(over.since).min(SPREAD).millis();
                let within = Span::from_millis(HORIZON.millis() * passed / SPREAD.millis());
                let room = gate.room(self.at_once, now);
                return (room > 0).then(|| early(within, room, over.begun.len() + gate.inside));
            }
            let seeks = gate.unproven || gate.failures >= TROUBLE;
            let probes = seeks && gate.inside == 0 && now >= gate.closed_until;
            probes.then(|| early(HORIZON, 1, 0))
        });
        early.collect()
    }

    /// When somebody may begin early next, at the latest.
    pub(crate) fn next_early(&self, now: Span) -> Option<Span> {
        let gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        let next = gates.values().filter_map(|gate| {
            let seeks = gate.unproven || gate.failures >= TROUBLE;
            match &gate.over {
                Some(_) => Some(LOOK),
                None if seeks && gate.closed_until > now => Some(gate.closed_until.less(now)),
                None => None,
            }
        });
        next.min()
    }

    /// Notes who begins early. One who sees whether a trouble is over is followed by no other for
    /// a while, whatever comes of it.
    pub(crate) fn begins_early(&self, it: &Early, connection: ConnectionId, now: Span) {
        self.with(it.integration, |gate| match &mut gate.over {
            Some(over) => {
                over.begun.insert(connection);
            }
            None => gate.closed_until = now.plus(LONGEST_REST),
        });
    }

    /// Whether this one began again since the trouble was over.
    pub(crate) fn has_begun(&self, integration: IntegrationId, connection: ConnectionId) -> bool {
        self.with(integration, |gate| {
            let over = gate.over.as_ref();
            over.is_some_and(|over| over.begun.contains(&connection))
        })
    }

    /// Nobody waits for this any more.
    pub(crate) fn nobody_waits(&self, it: &Early, now: Span) {
        self.with(it.integration, |gate| {
            gate.unproven = false;
            let over = gate.over.as_ref();
            if over.is_some_and(|over| now.less(over.since) >= SPREAD) {
                gate.over = None;
            }
        });
    }

    /// Notes what a provider answered.
    pub(crate) fn heard(&self, integration: IntegrationId, verdict: Verdicted, now: Span) {
        match verdict {
            Verdicted::Unspent | Verdicted::Doubt | Verdicted::AppFault => {
                self.failed(integration, now);
            }
            // An answer that can be understood shows that the provider is there.
            Verdicted::Applied | Verdicted::Kept | Verdicted::Late | Verdicted::Dead => {
                self.with(integration, |gate| {
                    if gate.failures >= TROUBLE || gate.unproven {
                        gate.over = Some(Over {
                            since: now,
                            begun: BTreeSet::new(),
                        });
                    }
                    gate.failures = 0;
                    gate.unproven = false;
                });
            }
        }
    }

    /// Notes that there was no answer, or no way.
    pub(crate) fn failed(&self, integration: IntegrationId, now: Span) {
        self.with(integration, |gate| {
            gate.failures = gate.failures.saturating_add(1);
            let beyond = gate.failures.saturating_sub(TROUBLE).min(6);
            let rest = Span::from_millis(FIRST_REST.millis() << beyond).min(LONGEST_REST);
            gate.closed_until = gate.closed_until.max(now.plus(rest));
            if gate.failures >= TROUBLE {
                gate.over = None;
            }
        });
    }
}
