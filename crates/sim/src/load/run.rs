//! The loop: plan a request, send it, absorb the answer, as fast as the server allows.
//!
//! Threads share nothing: each has a runtime of one thread, its chains and its tally.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout_at};

use super::LoadError;
use super::arguments::Pace;
use super::scenarios::{Care, Fault};
use super::tally::{Report, Tally};
use crate::http::{Connection, Response};

/// A pair of functions that turns answers into the next request.
pub(super) trait Chain: Send + 'static {
    fn plan(&mut self) -> &[u8];
    fn absorb(&mut self, response: &Response<'_>, care: Care) -> Result<(), Fault>;
}

/// Drives all chains to the end of the run.
pub(super) fn run<C: Chain>(
    scenario: &str,
    address: SocketAddr,
    chains: Vec<C>,
    pace: Pace,
) -> Result<Report, LoadError> {
    let connections = chains.len();
    let threads = pace.threads.min(connections).max(1);
    let mut shares: Vec<Vec<C>> = (0..threads).map(|_| Vec::new()).collect();
    let share_indexes = (0..threads).cycle();
    for (chain, index) in chains.into_iter().zip(share_indexes) {
        if let Some(share) = shares.get_mut(index) {
            share.push(chain);
        }
    }

    // Without a stated bound it is one that no machine reaches in the longest run.
    let budget = pace.max_operations.unwrap_or(u64::MAX) / u64::try_from(connections).unwrap_or(1);
    let warm = Instant::now() + Duration::from_secs(pace.warmup);
    let end = warm + Duration::from_secs(pace.seconds);
    let schedule = Schedule {
        warm,
        end,
        budget: budget.max(1),
    };

    let mut whole = Tally::new();
    let tallies = thread::scope(|scope| {
        let start = |share| scope.spawn(move || drive_share(address, share, schedule));
        let started: Vec<_> = shares.into_iter().map(start).collect();
        started
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect::<Vec<_>>()
    });
    for tally in tallies {
        match tally {
            Ok(tally) => whole.merge(&tally?),
            Err(_) => whole.fault("thread_panicked"),
        }
    }
    Ok(whole.report(scenario, connections, warm))
}

/// When to begin measuring and when to stop.
#[derive(Clone, Copy, Debug)]
struct Schedule {
    warm: Instant,
    end: Instant,
    /// Requests that one chain may send.
    budget: u64,
}

fn drive_share<C: Chain>(
    address: SocketAddr,
    share: Vec<C>,
    schedule: Schedule,
) -> Result<Tally, LoadError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let tally = Arc::new(Mutex::new(Tally::new()));
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for chain in share {
            let tally = Arc::clone(&tally);
            tasks.spawn(async move {
                // One timer for the whole run, because one for each request is measurable.
                let limit = (schedule.end + GRACE).into();
                let driving = drive(address, chain, schedule, &tally);
                if timeout_at(limit, driving).await.is_err() {
                    count_fault(&tally, "unanswered");
                }
            });
        }
        while let Some(ended) = tasks.join_next().await {
            if ended.is_err() {
                count_fault(&tally, "chain_panicked");
            }
        }
    });
    let mut counted = Tally::new();
    counted.merge(&tally.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(counted)
}

async fn drive<C: Chain>(
    address: SocketAddr,
    mut chain: C,
    schedule: Schedule,
    tally: &Mutex<Tally>,
) {
    let Ok(mut connection) = Connection::open(address).await else {
        return count_fault(tally, "no_connection");
    };
    let mut faults_in_a_row = 0;
    let mut started = Instant::now();
    for number in 0..schedule.budget {
        if started >= schedule.end || faults_in_a_row >= FAULTS_IN_A_ROW_LIMIT {
            break;
        }
        let is_warm = started >= schedule.warm;
        let care = if is_warm && number % FULL_CARE_EVERY != 0 {
            Care::Light
        } else {
            Care::Full
        };
        let absorbed = match connection.exchange(chain.plan()).await {
            Ok(response) => chain.absorb(&response, care),
            Err(error) => Err(Fault {
                name: format!("connection/{error}"),
                ends_chain: false,
            }),
        };
        let ended = Instant::now();
        match absorbed {
            Ok(()) => {
                faults_in_a_row = 0;
                if is_warm {
                    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
                    tally.record(ended - started, ended);
                }
                started = ended;
            }
            Err(fault) => {
                count_fault(tally, &fault.name);
                if fault.ends_chain {
                    break;
                }
                faults_in_a_row += 1;
                sleep(PAUSE_AFTER_FAULT).await;
                started = Instant::now();
            }
        }
    }
}

fn count_fault(tally: &Mutex<Tally>, name: &str) {
    tally
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .fault(name);
}

/// How long an answer may be overdue at the end.
const GRACE: Duration = Duration::from_secs(5);
const PAUSE_AFTER_FAULT: Duration = Duration::from_millis(20);
const FAULTS_IN_A_ROW_LIMIT: u32 = 100;
const FULL_CARE_EVERY: u64 = 1000;

#[cfg(test)]
mod tests;
