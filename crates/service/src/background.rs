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
const RECOVER: Duration = Duration::from_secs(1);
const FLUSH: Duration = Duration::from_secs(2);

/// Starts all of it; dropping the set ends it.
pub fn start(service: &Arc<Service>) -> JoinSet<()> {
    let beat = Duration::from(BEAT);
    let mut tasks = start_held(service);
    for (period, work) in [
        (beat, Work::Heartbeat),
        (RELOAD_KEYS, Work::ReloadKeys),
        (SWEEP, Work::Sweep),
    ] {
        tasks.spawn(every(period, work, Arc::clone(service)));
    }
    tasks
}

/// Starts what looks after held grants alone.
pub fn start_held(service: &Arc<Service>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for (period, work) in [
        (RECOVER, Work::Recover),
        (RECOVER, Work::Revoke),
        (FLUSH, Work::FlushReads),
    ] {
        tasks.spawn(every(period, work, Arc::clone(service)));
    }
    let keeper = Arc::clone(service);
    tasks.spawn(async move { keeper.keep().await });
    tasks
}

#[derive(Clone, Copy)]
enum Work {
    Heartbeat,
    ReloadKeys,
    Sweep,
    Recover,
    Revoke,
    FlushReads,
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
            Work::Recover => {
                if let Err(failure) = service.recover_held().await {
                    tracing::warn!(?failure, "what was left behind can't be taken over now");
                }
            }
            Work::Revoke => {
                if let Err(failure) = service.revoke_due().await {
                    tracing::warn!(?failure, "grants can't be ended at their providers now");
                }
            }
            Work::FlushReads => service.flush_all_reads().await,
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
