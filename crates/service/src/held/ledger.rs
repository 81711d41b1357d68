//! The read ledger: the first disclosure of a token to a reader is on disk before the answer, its
//! repeats are counted here and written in batches.
//!
//! A process that is stopped writes its last counts. One that dies loses those of its last seconds;
//! it never loses that a reader had a token.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use evergrant_core::held::read::{Disclosure, Read};
use evergrant_core::id::TeamId;
use evergrant_core::{Actor, Change, Span, Time};
use evergrant_store::CommitError;

use crate::{Failure, Service};

/// How long a disclosure that nobody repeats is remembered.
const REMEMBERED: Span = Span::from_seconds(600);
/// How many rows one commit takes at most.
const BATCH: usize = 500;

#[derive(Default)]
pub(crate) struct Ledger(Mutex<HashMap<Disclosure, Repeats>>);

#[derive(Clone, Copy)]
struct Repeats {
    team: TeamId,
    count: u64,
    last_at: Time,
}

impl Ledger {
    /// Counts a repeat; `false` if this reader did not have this token before.
    fn repeat(&self, disclosure: &Disclosure, now: Time) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(repeats) = known.get_mut(disclosure) else {
            return false;
        };
        repeats.count += 1;
        repeats.last_at = now;
        true
    }

    fn first(&self, team: TeamId, disclosure: Disclosure, now: Time) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let repeats = known.entry(disclosure).or_insert(Repeats {
            team,
            count: 0,
            last_at: now,
        });
        repeats.last_at = now;
    }

    /// Takes the counts that were not written yet, and forgets what is old.
    fn take(&self, now: Time) -> Vec<(TeamId, Read)> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, it| it.count > 0 || now.since(it.last_at) < REMEMBERED);
        let mut taken = Vec::new();
        for (disclosure, repeats) in known.iter_mut() {
            if repeats.count > 0 && taken.len() < BATCH {
                let read = Read {
                    disclosure: *disclosure,
                    at: repeats.last_at,
                    count: std::mem::take(&mut repeats.count),
                };
                taken.push((repeats.team, read));
            }
        }
        taken
    }

    fn give_back(&self, read: &Read) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(repeats) = known.get_mut(&read.disclosure) {
            repeats.count += read.count;
        }
    }
}

impl Service {
    /// Notes that a reader is given a token; when it returns, that is known for good.
    pub(crate) async fn note_read(
        &self,
        team: TeamId,
        disclosure: Disclosure,
    ) -> Result<(), Failure> {
        let now = self.world.now();
        if self.held.ledger.repeat(&disclosure, now) {
            return Ok(());
        }
        let read = Read {
            disclosure,
            at: now,
            count: 1,
        };
        let noted = Change::ReadsNoted(vec![read]);
        self.end_well(self.write((Some(team), Actor::System), vec![noted]).await)?;
        self.held.ledger.first(team, disclosure, now);
        Ok(())
    }

    /// Writes the counts of repeats, as many as one commit takes. Gives whether any were written.
    pub(crate) async fn flush_reads(&self) -> bool {
        let taken = self.held.ledger.take(self.world.now());
        if taken.is_empty() {
            return false;
        }
        let reads: Vec<_> = taken.iter().map(|(_, read)| *read).collect();
        let change = Change::ReadsNoted(reads.clone());
        match self.write((None, Actor::System), vec![change]).await {
            // Of a commit that may have happened nothing is counted twice.
            Ok(()) | Err(CommitError::Unknown(_)) => true,
            Err(error) => {
                tracing::warn!(%error, "the counts of reads can't be written now");
                for read in &reads {
                    self.held.ledger.give_back(read);
                }
                false
            }
        }
    }

    /// Writes all counts that there are: this process ends.
    pub(crate) async fn flush_all_reads(&self) {
        while self.flush_reads().await {}
    }
}
