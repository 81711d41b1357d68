//! What this process has in flight: one task for a connection at most, whoever asks for it, and
//! none that can be cancelled by who asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use evergrant_core::held::Why;
use evergrant_core::id::ConnectionId;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use super::gate::Pass;
use crate::{Failure, Service};

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
            let outcome = service.advance(connection, reason).await.map(drop);
            if let Err(failure) = &outcome {
                tracing::warn!(%connection, ?failure, "a connection can't be looked after now");
            }
            // Whoever waits looks at the store, where they find no flight in their way.
            drop(landed);
            tell.send_replace(Some(outcome));
            drop(pass);
            service.held.wake.notify_one();
        });
        landing
    }

    /// Waits until nothing that was sent is unanswered, and all that is owed is paid.
    pub async fn drain_held(&self) {
        self.held.flights.drained().await;
        if self.pay().await.is_ok() {
            self.held.spool.close();
        }
    }
}
