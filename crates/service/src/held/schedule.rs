//! The scheduler: finds what is due by its index, and sets it going, integration by integration,
//! so that none waits for another.

use std::time::Duration;

use evergrant_core::Span;
use evergrant_core::held::Why;
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
                Ok(_) => self.nap().await,
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
            let limit = u32::try_from(room + inside).unwrap_or(u32::MAX);
            let due = self.store.due(integration, now, limit).await?;
            let waiting = due.into_iter().filter(|it| !self.held.flights.has(*it));
            let waiting: Vec<_> = waiting.collect();
            turn.more |= waiting.len() > room;
            for connection in waiting.into_iter().take(room) {
                let pass = self.held.gates.enter(integration);
                self.fly(connection, Why::Due, Some(pass));
                turn.begun += 1;
            }
        }
        Ok(turn)
    }

    async fn nap(&self) -> Span {
        match self.store.next_due().await {
            Ok(Some(next)) => next
                .since(self.world.now())
                .min(NAP)
                .max(Span::from_millis(5)),
            _ => NAP,
        }
    }
}
