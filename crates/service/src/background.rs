//! Background work: idempotent functions without input, woken by a timer.
//!
//! Each looks at what is due and does it. Nothing is retried inside: the next turn is the retry,
//! so a crash needs no special case.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::Service;
use crate::serving::BEAT;

const RELOAD_KEYS: Duration = Duration::from_secs(10);
const SWEEP: Duration = Duration::from_secs(5);

/// Starts all of it; dropping the set ends it.
pub fn start(service: &Arc<Service>) -> JoinSet<()> {
    let beat = Duration::from_millis(BEAT.millis().unsigned_abs());
    let mut tasks = JoinSet::new();
    for (period, work) in [
        (beat, Work::Heartbeat),
        (RELOAD_KEYS, Work::ReloadKeys),
        (SWEEP, Work::Sweep),
    ] {
        tasks.spawn(every(period, work, Arc::clone(service)));
    }
    tasks
}

#[derive(Clone, Copy)]
enum Work {
    Heartbeat,
    ReloadKeys,
    Sweep,
}

async fn every(period: Duration, work: Work, service: Arc<Service>) {
    let mut turns = interval(period);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        match work {
            Work::Heartbeat => service.heartbeat().await,
            Work::ReloadKeys => {
                if let Err(error) = service.keyring().reload(service.store()).await {
                    tracing::warn!(%error, "the keys can't be loaded again");
                }
            }
            Work::Sweep => sweep(&service).await,
        }
    }
}

async fn sweep(service: &Service) {
    service.throttle.forget_the_innocent();
    let now = service.world().now();
    if let Err(error) = service
        .store()
        .sweep(now, service.settings().retention)
        .await
    {
        tracing::warn!(%error, "old rows can't be removed");
    }
}
