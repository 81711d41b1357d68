//! What the keeper stands on: the way to providers, the spool, and what this process has in
//! flight.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use evergrant_core::Span;
use evergrant_core::held::{Habits, Integration, Provider};
use evergrant_core::id::ProcessId;
use evergrant_store::engine::Pending;
use tokio::sync::Notify;
use url::Url;

use super::answer::Owed;
use super::catalogue;
use super::flights::Flights;
use super::gate::Gates;
use super::ledger::Ledger;
use super::spool::{NoSpool, Spool};
use super::token::HotTokens;
use super::wire::{Limits, Line, Unreachable, Wire};

/// What the world outside gives a keeper.
pub struct Ground {
    /// The way to providers.
    pub wire: Arc<dyn Wire>,
    /// Where answers wait while the store is away.
    pub spool: Arc<dyn Spool>,
    /// What an exchange may take.
    pub bounds: Bounds,
}

/// What exchanges with providers may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    /// For names, connection and TLS.
    pub connect: Span,
    /// For the whole exchange after that.
    pub total: Span,
    /// Bytes of an answer.
    pub body: usize,
    /// Exchanges with one integration's provider at once.
    pub at_once: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Span::from_seconds(5),
            total: Span::from_seconds(20),
            body: 1024 * 1024,
            at_once: 32,
        }
    }
}

impl Bounds {
    /// What one exchange may take, when the whole of it may take this long.
    pub(crate) const fn limits(&self, total: Span) -> Limits {
        Limits {
            connect: self.connect,
            total,
            body: self.body,
        }
    }
}

impl Ground {
    /// A ground without a way out: for processes that only manage.
    pub fn without_providers() -> Self {
        Self {
            wire: Arc::new(NoWire),
            spool: Arc::new(NoSpool::default()),
            bounds: Bounds::default(),
        }
    }
}

struct NoWire;

impl Wire for NoWire {
    fn lay<'a>(&'a self, _: &'a Url, _: Limits) -> Pending<'a, Result<Box<dyn Line>, Unreachable>> {
        let text = "this process has no way to providers".to_owned();
        Box::pin(std::future::ready(Err(Unreachable::NotAllowed(text))))
    }
}

/// The keeper's part of a process.
pub struct Held {
    pub(crate) wire: Arc<dyn Wire>,
    pub(crate) spool: Arc<dyn Spool>,
    pub(crate) bounds: Bounds,
    pub(crate) flights: Flights,
    pub(crate) gates: Gates,
    pub(crate) hot: HotTokens,
    pub(crate) ledger: Ledger,
    pub(crate) owed: Mutex<Vec<Arc<Owed>>>,
    /// Woken when something may be due earlier than was thought.
    pub(crate) wake: Notify,
    providers: Mutex<BTreeMap<String, Arc<Provider>>>,
}

impl Held {
    pub(crate) fn new(ground: Ground) -> Self {
        Self {
            wire: ground.wire,
            spool: ground.spool,
            bounds: ground.bounds,
            flights: Flights::default(),
            gates: Gates::new(ground.bounds.at_once),
            hot: HotTokens::default(),
            ledger: Ledger::default(),
            owed: Mutex::default(),
            wake: Notify::new(),
            providers: Mutex::default(),
        }
    }

    /// Who we are in the journal.
    pub(crate) fn process(&self) -> ProcessId {
        self.spool.process()
    }

    /// The provider of an integration, as that meets it.
    pub(crate) fn provider(&self, integration: &Integration) -> Provider {
        let key = &integration.provider;
        let mut known = self
            .providers
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let base = known.entry(key.clone()).or_insert_with(|| {
            // An entry that went from the catalogue is a server that nothing is known of.
            Arc::new(catalogue::find(key).unwrap_or_else(Provider::generic))
        });
        integration.provider(base.as_ref().clone())
    }

    /// The habits that decide about an integration's connections.
    pub(crate) fn habits(&self, integration: &Integration) -> Habits {
        Habits::of(&self.provider(integration), self.bounds.total)
    }
}
