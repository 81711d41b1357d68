//! The scheduler: finds what is due by its index, and sets it going, integration by integration,
//! so that none waits for another.

use evergrant_core::held::Why;
use evergrant_core::id::{ConnectionId, IntegrationId};
use evergrant_core::{Span, Time};
use evergrant_store::Outage;

use super::gate::{Early, HORIZON, Turn};
use crate::Service;

/// How long the scheduler sleeps at most: what other processes wrote is seen by then.
const NAP: Span = Span::from_seconds(1);
/// How long it rests at least between two turns.
const MOMENT: Span = Span::from_millis(2);

impl Service {
    /// Looks after held grants until the process ends.
    pub(crate) async fn keep(&self) {
        let mut looked_around = false;
        loop {
            looked_around = looked_around || self.look_around().await.is_ok();
            let nap = match self.turn().await {
                Ok(begun) => self.nap(begun).await,
                Err(error) => {
                    tracing::warn!(%error, "the scheduler can't look");
                    NAP
                }
            };
            // Every landing wakes us; what lands within a moment makes room for one turn.
            tokio::time::sleep(MOMENT.into()).await;
            let woken = self.held.wake.notified();
            drop(tokio::time::timeout(nap.into(), woken).await);
        }
    }

    /// A process that begins can't know whether what failed before is over: it has one of each
    /// integration see.
    async fn look_around(&self) -> Result<(), Outage> {
        let soon = self.world.now().plus(HORIZON);
        for integration in self.store.integrations_due(soon).await? {
            self.held.gates.unproven(integration);
        }
        Ok(())
    }

    /// One turn: everything that is due and has room is set going. Returns how many that were.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn turn(&self) -> Result<usize, Outage> {
        let now = self.world.now();
        let mut begun = 0;
        for integration in self.store.integrations_due(now).await? {
            begun += self.begin_due(integration, now).await?;
        }
        for early in self.held.gates.early(self.world.uptime()) {
            begun += self.begin_early(&early, now).await?;
        }
        Ok(begun)
    }

    async fn begin_due(&self, integration: IntegrationId, now: Time) -> Result<usize, Outage> {
        let uptime = self.world.uptime();
        let (room, inside) = self.held.gates.room(integration, uptime);
        if room == 0 {
            return Ok(0);
        }
        // What has begun is due until its claim is on disk.
        let limit = self.limit(room + inside, uptime);
        let due = self.store.due(integration, now, limit).await?;
        let mut begun = 0;
        for connection in due.into_iter().filter(|it| self.is_free(*it, uptime)) {
            let Turn::Now(pass) = self.held.gates.enter(integration, uptime) else {
                break;
            };
            self.fly(connection, Why::Due, Some(pass));
            begun += 1;
        }
        Ok(begun)
    }

    /// Begins with those that need not wait for the end of their backoff.
    async fn begin_early(&self, early: &Early, now: Time) -> Result<usize, Outage> {
        let (gates, uptime) = (&self.held.gates, self.world.uptime());
        let until = now.plus(early.within);
        let limit = self.limit(early.room + early.beside, uptime);
        let waiting = self.store.waiting(early.integration, (now, until), limit);
        let free = |it: &ConnectionId| {
            self.is_free(*it, uptime) && !gates.has_begun(early.integration, *it)
        };
        let mut begun = 0;
        for connection in waiting.await?.into_iter().filter(free).take(early.room) {
            let Turn::Now(pass) = gates.enter(early.integration, uptime) else {
                break;
            };
            gates.begins_early(early, connection, uptime);
            self.fly(connection, Why::Probe, Some(pass));
            begun += 1;
        }
        if begun == 0 {
            gates.nobody_waits(early, uptime);
        }
        Ok(begun)
    }

    /// How many are looked at to find so many that may begin.
    fn limit(&self, wanted: usize, uptime: Span) -> u32 {
        u32::try_from(wanted + self.held.flights.grounded(uptime)).unwrap_or(u32::MAX)
    }

    fn is_free(&self, it: ConnectionId, uptime: Span) -> bool {
        let flights = &self.held.flights;
        !flights.has(it) && !flights.is_grounded(it, uptime)
    }

    async fn nap(&self, begun: usize) -> Span {
        // What is due and was not begun waits for a landing, which wakes us, or for a rest to end.
        let shortest = match begun {
            0 => Span::from_millis(200),
            _ => Span::from_millis(5),
        };
        let nap = match self.store.next_due().await {
            Ok(Some(next)) if next <= self.world.now() => shortest,
            Ok(Some(next)) => next.since(self.world.now()).min(NAP),
            _ => NAP,
        };
        let early = self.held.gates.next_early(self.world.uptime());
        early.map_or(nap, |early| early.max(shortest).min(nap))
    }
}
