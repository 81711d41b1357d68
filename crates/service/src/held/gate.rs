//! Who may ask a provider now: so many at once for each integration, and few while it is in
//! trouble. In memory of this process; nothing that must hold rests on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use evergrant_core::Span;
use evergrant_core::held::judge::Verdicted;
use evergrant_core::id::IntegrationId;

/// After so many failures in a row an integration is asked rarely.
const TROUBLE: u32 = 8;
/// How long it is left alone then, at first and at most.
const FIRST_REST: Span = Span::from_seconds(1);
const LONGEST_REST: Span = Span::from_seconds(4);

pub(crate) struct Gates {
    at_once: usize,
    gates: Arc<Mutex<HashMap<IntegrationId, Gate>>>,
}

#[derive(Clone, Copy, Default, Debug)]
struct Gate {
    inside: usize,
    failures: u32,
    closed_until: Span,
}

/// The right to ask once; given back when it is dropped.
pub(crate) struct Pass {
    integration: IntegrationId,
    gates: Arc<Mutex<HashMap<IntegrationId, Gate>>>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get_mut(&self.integration) {
            gate.inside = gate.inside.saturating_sub(1);
        }
    }
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
            let room = if gate.failures < TROUBLE {
                self.at_once.saturating_sub(gate.inside)
            } else if gate.inside == 0 && now >= gate.closed_until {
                1
            } else {
                0
            };
            (room, gate.inside)
        })
    }

    /// Lets one in.
    pub(crate) fn enter(&self, integration: IntegrationId) -> Pass {
        self.with(integration, |gate| gate.inside += 1);
        Pass {
            integration,
            gates: Arc::clone(&self.gates),
        }
    }

    /// Notes what a provider answered.
    pub(crate) fn heard(&self, integration: IntegrationId, verdict: Verdicted, now: Span) {
        match verdict {
            Verdicted::Unspent | Verdicted::Doubt | Verdicted::AppFault => {
                self.failed(integration, now);
            }
            // An answer that can be understood shows that the provider is there.
            Verdicted::Applied | Verdicted::Kept | Verdicted::Late | Verdicted::Dead => {
                self.with(integration, |gate| gate.failures = 0);
            }
        }
    }

    /// Notes that there was no answer, or no way.
    pub(crate) fn failed(&self, integration: IntegrationId, now: Span) {
        self.with(integration, |gate| {
            gate.failures = gate.failures.saturating_add(1);
            let beyond = gate.failures.saturating_sub(TROUBLE).min(6);
            let rest = Span::from_millis(FIRST_REST.millis() << beyond).min(LONGEST_REST);
            gate.closed_until = now.plus(rest);
        });
    }
}
