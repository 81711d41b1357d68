//! The scheduler: finds what is due by its index, and sets it going, integration by integration,
//! so that none waits for another.

use evergrant_core::Span;
use evergrant_core::held::Why;
use evergrant_core::id::ConnectionId;
use evergrant_store::Outage;

use crate::Service;

/// How long the scheduler sleeps at most: what other processes wrote is seen by then.
const NAP: Span = Span::from_seconds(1);

impl Service {
    /// Looks after held grants until the process ends.
    pub(crate) async fn keep(&self) {
        loop {
            let nap = match self.turn().await {
                Ok(begun) => self.nap(begun).await,
                Err(error) => {
                    tracing::warn!(%error, "the scheduler can't look");
                    NAP
                }
            };
            let woken = self.held.wake.notified();
            drop(tokio::time::timeout(nap.into(), woken).await);
        }
    }

    /// One turn: everything that is due and has room is set going. Returns how many that were.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn turn(&self) -> Result<usize, Outage> {
        let now = self.world.now();
        let mut begun = 0;
        for integration in self.store.integrations_due(now).await? {
            let (room, inside) = self.held.gates.room(integration, self.world.uptime());
            if room == 0 {
                continue;
            }
            // What has begun is due until its claim is on disk.
            let flights = &self.held.flights;
            let uptime = self.world.uptime();
            let left_alone = flights.grounded(uptime);
            let limit = u32::try_from(room + inside + left_alone).unwrap_or(u32::MAX);
            let due = self.store.due(integration, now, limit).await?;
            let waits = |it: &ConnectionId| !flights.has(*it) && !flights.is_grounded(*it, uptime);
            for connection in due.into_iter().filter(waits).take(room) {
                let pass = self.held.gates.enter(integration);
                self.fly(connection, Why::Due, Some(pass));
                begun += 1;
            }
        }
        Ok(begun)
    }

    async fn nap(&self, begun: usize) -> Span {
        // What is due and was not begun waits for a landing, which wakes us, or for a rest to end.
        let shortest = match begun {
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
