//! What this process has in flight: one task for a connection at most, whoever asks for it, and
//! none that can be cancelled by who asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant_core::Span;
use evergrant_core::held::Why;
use evergrant_core::id::ConnectionId;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::gate::Pass;
use crate::{Failure, Service};

/// How long a connection is left alone that can't be looked after, at first; it doubles four times.
const FIRST_REST: Span = Span::from_seconds(1);

/// How long it is remembered after that how often it failed.
const FORGOTTEN: Span = Span::from_seconds(60);

/// How long one who waits for room goes without looking.
const MOMENT: Duration = Duration::from_millis(50);

/// How a flight ended; nothing while it is in the air.
pub(crate) type Landing = watch::Receiver<Option<Result<(), Failure>>>;

/// Why a connection is looked after, and what its grant looked like to whoever asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reason {
    pub(crate) why: Why,
    /// The generation that they saw.
    pub(crate) saw: Option<u64>,
}

impl From<Why> for Reason {
    fn from(why: Why) -> Self {
        Self { why, saw: None }
    }
}

#[derive(Default)]
pub(crate) struct Flights {
    air: Mutex<HashMap<ConnectionId, Landing>>,
    /// What could not be looked after at all, how often in a row, and until when it is left alone.
    grounded: Mutex<HashMap<ConnectionId, (u32, Span)>>,
    tasks: Mutex<JoinSet<()>>,
    landed: Notify,
}

impl Flights {
    /// Whether somebody is at this connection.
    pub(crate) fn has(&self, connection: ConnectionId) -> bool {
        self.air
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&connection)
    }

    /// The flight of this connection, if it is in the air.
    pub(crate) fn landing(&self, connection: ConnectionId) -> Option<Landing> {
        let air = self.air.lock().unwrap_or_else(PoisonError::into_inner);
        air.get(&connection).cloned()
    }

    /// How many are left alone for now. Forgets those of which nothing was heard since they might
    /// have been looked after again: they were removed, or others look after them.
    pub(crate) fn grounded(&self, now: Span) -> usize {
        let grounded = self.grounded.lock();
        let mut grounded = grounded.unwrap_or_else(PoisonError::into_inner);
        grounded.retain(|_, (_, until)| now < until.plus(FORGOTTEN));
        grounded.len()
    }

    /// Whether a connection is left alone for now.
    pub(crate) fn is_grounded(&self, connection: ConnectionId, now: Span) -> bool {
        let grounded = self.grounded.lock();
        let grounded = grounded.unwrap_or_else(PoisonError::into_inner);
        grounded.get(&connection).is_some_and(|(_, it)| now < *it)
    }

    /// Notes how a flight ended: what fails every time must not take the turn of what would not.
    fn note(&self, connection: ConnectionId, failed: bool, now: Span) {
        let grounded = self.grounded.lock();
        let mut grounded = grounded.unwrap_or_else(PoisonError::into_inner);
        if !failed {
            grounded.remove(&connection);
            return;
        }
        let (times, until) = grounded.entry(connection).or_default();
        *times = times.saturating_add(1);
        let rest = Span::from_millis(FIRST_REST.millis() << times.saturating_sub(1).min(4));
        *until = now.plus(rest);
    }

    /// How many are in the air.
    pub(crate) fn count(&self) -> usize {
        self.air
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }

    fn land(&self, connection: ConnectionId) {
        self.air
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&connection);
        self.landed.notify_waiters();
    }

    /// Waits until one lands, or a moment.
    pub(crate) async fn one_landed(&self) {
        drop(tokio::time::timeout(MOMENT, self.landed.notified()).await);
    }

    /// Waits until nothing is in the air.
    pub(crate) async fn drained(&self) {
        loop {
            let landed = self.landed.notified();
            if self.count() == 0 {
                return;
            }
            landed.await;
        }
    }
}

/// Lands a flight even if its task panics.
struct Landed {
    service: Arc<Service>,
    connection: ConnectionId,
}

impl Drop for Landed {
    fn drop(&mut self) {
        self.service.held.flights.land(self.connection);
    }
}

impl Service {
    /// Does what is due about a connection, in a task of its own; joins the one that is at it.
    pub(crate) fn fly(
        &self,
        connection: ConnectionId,
        reason: impl Into<Reason>,
        pass: Option<Pass>,
    ) -> Landing {
        let reason = reason.into();
        let flights = &self.held.flights;
        let mut air = flights.air.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(landing) = air.get(&connection) {
            return landing.clone();
        }
        let (tell, landing) = watch::channel(None);
        let Some(service) = self.shared() else {
            let gone = evergrant_store::Outage("this process is ending".into());
            tell.send_replace(Some(Err(gone.into())));
            return landing;
        };
        air.insert(connection, landing.clone());
        drop(air);
        let mut tasks = flights.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let landed = Landed {
                service: Arc::clone(&service),
                connection,
            };
            let outcome = service.advance(connection, reason).await;
            if let Err(failure) = &outcome {
                tracing::warn!(%connection, ?failure, "a connection can't be looked after now");
            }
            let failed = outcome.is_err();
            let now = service.world.uptime();
            service.held.flights.note(connection, failed, now);
            // Whoever waits looks at the store, where they find no flight in their way.
            drop(landed);
            tell.send_replace(Some(outcome));
            drop(pass);
            if !failed {
                service.held.wake.notify_one();
            }
        });
        landing
    }

    /// Waits until nothing that was sent is unanswered, and all that is owed is paid and written.
    pub async fn drain_held(&self) {
        self.held.flights.drained().await;
        if self.pay().await.is_ok() {
            self.held.spool.close();
        }
        self.flush_all_reads().await;
    }
}

#[cfg(test)]
mod tests {
    use evergrant_core::Time;
    use evergrant_core::id::Chance;

    use super::*;

    #[test]
    fn what_fails_rests_longer_each_time_and_is_forgotten_when_nobody_comes_back_to_it() {
        let flights = Flights::default();
        let it = ConnectionId::new(Time::default(), Chance([1; 16]));
        let at = Span::from_seconds;
        for (failed_at, rests_until) in [(0, 1), (1, 3), (3, 7)] {
            flights.note(it, true, at(failed_at));
            assert!(flights.is_grounded(it, at(rests_until - 1)));
            assert!(!flights.is_grounded(it, at(rests_until)));
        }
        assert_eq!(flights.grounded(at(66)), 1);
        assert_eq!(flights.grounded(at(67)), 0);
        flights.note(it, true, at(70));
        flights.note(it, false, at(71));
        assert_eq!(flights.grounded(at(71)), 0);
    }
}
