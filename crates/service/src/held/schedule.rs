//! The scheduler: finds what is due by its index, and sets it going, integration by integration,
//! so that none waits for another.

use std::time::Duration;

use evergrant_core::Span;
use evergrant_core::held::Why;
use evergrant_core::id::ConnectionId;
use evergrant_store::Outage;

use crate::Service;

/// How long the scheduler sleeps at most: what other processes wrote is seen by then.
const NAP: Span = Span::from_seconds(1);

/// What one turn of the scheduler found.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Turn {
    /// Connections that were set going.
    pub begun: usize,
    /// Whether more is due than there was room for.
    pub more: bool,
}

impl Service {
    /// Looks after held grants until the process ends.
    pub(crate) async fn keep(&self) {
        loop {
            let nap = match self.turn().await {
                Ok(turn) => self.nap(turn).await,
                Err(error) => {
                    tracing::warn!(%error, "the scheduler can't look");
                    NAP
                }
            };
            let nap = Duration::from_millis(nap.millis().unsigned_abs());
            let woken = self.held.wake.notified();
            drop(tokio::time::timeout(nap, woken).await);
        }
    }

    /// One turn: everything that is due and has room is set going.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn turn(&self) -> Result<Turn, Outage> {
        let now = self.world.now();
        let mut turn = Turn::default();
        for integration in self.store.integrations_due(now).await? {
            let (room, inside) = self.held.gates.room(integration, self.world.uptime());
            if room == 0 {
                continue;
            }
            // What has begun is due until its claim is on disk.
            let flights = &self.held.flights;
            let limit = u32::try_from(room + inside + flights.grounded()).unwrap_or(u32::MAX);
            let due = self.store.due(integration, now, limit).await?;
            let uptime = self.world.uptime();
            let waits = |it: &ConnectionId| !flights.has(*it) && !flights.is_grounded(*it, uptime);
            let waiting: Vec<_> = due.into_iter().filter(waits).collect();
            turn.more |= waiting.len() > room;
            for connection in waiting.into_iter().take(room) {
                let pass = self.held.gates.enter(integration);
                self.fly(connection, Why::Due, Some(pass));
                turn.begun += 1;
            }
        }
        Ok(turn)
    }

    async fn nap(&self, turn: Turn) -> Span {
        // What is due and was not begun waits for a landing, which wakes us, or for a rest to end.
        let shortest = match turn.begun {
            0 => Span::from_millis(200),
            _ => Span::from_millis(5),
        };
        match self.store.next_due().await {
            Ok(Some(next)) if next <= self.world.now() => shortest,
            Ok(Some(next)) => next.since(self.world.now()).min(NAP),
            _ => NAP,
        }
    }
}
