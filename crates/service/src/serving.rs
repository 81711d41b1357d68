//! Knowing when nobody could be served, so that replay windows restart afterwards.
//!
//! While tokens are being made, a heartbeat says in the store "served until now". Whoever starts,
//! or finds the store again after a failure, compares that with the clock: the gap is an absence,
//! written before the next request is judged.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use evergrant_core::issued::Absence;
use evergrant_core::issued::client::Replay;
use evergrant_core::{Span, Time};
use evergrant_store::{CommitError, Outage};
use tokio::sync::Mutex;

use crate::Service;

/// How often the heartbeat comes while there is something to remember.
pub(crate) const BEAT: Span = Span::from_seconds(2);
/// A gap longer than this between beats was an absence.
const GAP: Span = Span::from_seconds(6);
/// Clocks further apart than this make a node useless (DESIGN section 4).
const SKEW: Span = Span::from_seconds(2);

#[derive(Default)]
pub(crate) struct Serving {
    /// Set until the first beat, and whenever the store failed.
    settled: AtomicBool,
    skewed: AtomicBool,
    /// When the store failed first, since it was settled last; 0 is not since then.
    failed_at: AtomicI64,
    last_token: AtomicI64,
    last_beat: AtomicI64,
    beating: Mutex<()>,
}

/// Why a node can't serve at present.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotReady {
    /// The store can't be reached.
    #[error(transparent)]
    Outage(#[from] Outage),
    /// This machine's clock and the database's are too far apart.
    #[error("the clocks of this machine and of the database are more than two seconds apart")]
    Skew,
}

impl Service {
    /// The store failed: nothing is judged before it was found again and the gap noted.
    pub(crate) fn store_failed(&self) {
        let (first, now) = (&self.serving.failed_at, self.world.now().micros());
        // Of several failures the first tells since when nobody was served.
        let _ = first.compare_exchange(0, now, Ordering::AcqRel, Ordering::Relaxed);
        self.serving.settled.store(false, Ordering::Release);
    }

    /// Waits until requests can be judged.
    pub(crate) async fn ready(&self) -> Result<(), Outage> {
        if self.serving.settled.load(Ordering::Acquire) {
            return Ok(());
        }
        self.beat().await
    }

    /// A token was made: windows are open, and the heartbeat has to go on.
    pub(crate) fn token_made(&self, now: Time) {
        self.serving
            .last_token
            .store(now.micros(), Ordering::Relaxed);
    }

    /// Whether this node can serve: for `/readyz`.
    ///
    /// # Errors
    /// Says why not.
    pub async fn readiness(&self) -> Result<(), NotReady> {
        self.ready().await?;
        self.store
            .serving()
            .await
            .inspect_err(|_| self.store_failed())?;
        if self.serving.skewed.load(Ordering::Relaxed) {
            Err(NotReady::Skew)
        } else {
            Ok(())
        }
    }

    /// One beat, if windows may be open; called every [`BEAT`].
    pub(crate) async fn heartbeat(&self) {
        let now = self.world.now();
        let last = Time::from_micros(self.serving.last_token.load(Ordering::Relaxed));
        let quiet = now.since(last) > Replay::LONGEST;
        if quiet && self.serving.settled.load(Ordering::Acquire) {
            self.serving
                .last_beat
                .store(now.micros(), Ordering::Relaxed);
            return;
        }
        if let Err(error) = self.beat().await {
            self.store_failed();
            tracing::warn!(%error, "the store can't be reached");
        }
    }

    async fn beat(&self) -> Result<(), Outage> {
        let _one_at_a_time = self.serving.beating.lock().await;
        let settled = self.serving.settled.load(Ordering::Acquire);
        let shared = self.compare_clocks().await?;
        for _ in 0..crate::settle::TRIES {
            let seen = self.store.serving().await?;
            let now = self.world.now();
            let known = Time::from_micros(self.serving.last_beat.load(Ordering::Relaxed));
            let from = if settled {
                seen.served_at.max(known)
            } else {
                seen.served_at
            };
            let never = seen.served_at == Time::default();
            // Beside other nodes a gap in everybody's beats is an absence, and a stop that nobody
            // has beaten since; alone, any stop is.
            let stopped = !settled && (!shared || self.stopped_after(from));
            let away = now.since(from) > GAP || (stopped && now > from);
            let absence = (away && !never).then_some(Absence { from, until: now });
            match self
                .store
                .served(&seen, now.max(seen.served_at), absence)
                .await
            {
                Ok(()) => {
                    self.serving
                        .last_beat
                        .store(now.micros(), Ordering::Relaxed);
                    if !settled {
                        // Windows may be open from before, and their time has to be told.
                        self.token_made(now);
                    }
                    self.serving.failed_at.store(0, Ordering::Release);
                    self.serving.settled.store(true, Ordering::Release);
                    return Ok(());
                }
                // Another node beats too, or our own answer was lost: look again.
                Err(CommitError::Conflict | CommitError::Unknown(_)) => {}
                Err(CommitError::Outage(outage)) => return Err(outage),
            }
        }
        Err(Outage("the heartbeat can't be written".into()))
    }

    /// Whether the store failed, or this node began, and nobody has said since then that they
    /// serve. An absence too many is harmless; one too few logs somebody out. Clocks may be apart.
    fn stopped_after(&self, beat: Time) -> bool {
        match self.serving.failed_at.load(Ordering::Acquire) {
            0 => true,
            failed_at => beat < Time::from_micros(failed_at).plus(SKEW),
        }
    }

    /// Says whether the database is shared by several nodes, that is, has a clock of its own.
    async fn compare_clocks(&self) -> Result<bool, Outage> {
        let Some(theirs) = self.store.engine().clock().await? else {
            return Ok(false);
        };
        let ours = self.world.now();
        let apart = ours.since(theirs).max(theirs.since(ours));
        self.serving.skewed.store(apart > SKEW, Ordering::Relaxed);
        Ok(true)
    }
}
