//! Readers: a few connections, each behind a lock that is nearly always free.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::Connection;

use crate::engine::sqlite::connection;
use crate::engine::{Outage, Query, Row};

pub(super) struct Readers {
    connections: Vec<Mutex<Connection>>,
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn open(path: &Path, count: usize) -> Result<Self, Outage> {
        let open = |_| connection::reader(path).map(Mutex::new);
        let connections = (0..count.max(1)).map(open).collect::<Result<_, _>>()?;
        Ok(Self {
            connections,
            next: AtomicUsize::new(0),
        })
    }

    pub(super) fn read(&self, queries: &[Query]) -> Result<Vec<Vec<Row>>, Outage> {
        answers(&*self.free()?, queries)
    }

    pub(super) fn prepare(&self, text: &str) -> Result<(), Outage> {
        prepare(&*self.free()?, text)
    }

    fn free(&self) -> Result<MutexGuard<'_, Connection>, Outage> {
        for connection in &self.connections {
            match connection.try_lock() {
                Ok(free) => return Ok(free),
                Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len();
        let connection = self
            .connections
            .get(turn)
            .ok_or_else(|| Outage("no reader".into()))?;
        Ok(connection.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Answers the questions from one snapshot.
pub(super) fn answers(connection: &Connection, queries: &[Query]) -> Result<Vec<Vec<Row>>, Outage> {
    let answer = match queries {
        [only] => connection::rows(connection, only.text, &only.values).map(|rows| vec![rows]),
        several => snapshot(connection, several),
    };
    answer.map_err(|error| Outage::new(&error))
}

pub(super) fn prepare(connection: &Connection, text: &str) -> Result<(), Outage> {
    let prepared = connection.prepare(text).map(drop);
    prepared.map_err(|error| Outage(format!("{error} in {text}")))
}

fn snapshot(connection: &Connection, queries: &[Query]) -> rusqlite::Result<Vec<Vec<Row>>> {
    // Without an end, a failed question would leave the reader in an old snapshot for good.
    let transaction = connection.unchecked_transaction()?;
    let answers = queries
        .iter()
        .map(|query| connection::rows(&transaction, query.text, &query.values))
        .collect();
    transaction.finish()?;
    answers
}
