//! One database in memory, on its caller's thread: for a simulator, whose time is not the world's.
//!
//! The statements are executed by the same code as a file's, and nothing waits: each answer is
//! there before it is awaited.

use std::future::ready;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use evergrant_core::Time;
use rusqlite::Connection;
use rusqlite::backup::Backup;

use crate::engine::sqlite::writer::{Work, attempt};
use crate::engine::sqlite::{connection, readers};
use crate::engine::{CommitError, Engine, Outage, Pending, Query, Row, Statement};

/// All pages in one step.
const ALL: std::ffi::c_int = -1;

/// A database in memory without threads. It is gone when it is dropped.
pub struct Inline {
    connection: Mutex<Connection>,
    commits: AtomicU64,
}

impl Inline {
    /// An empty database.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new() -> Result<Self, Outage> {
        Ok(Self {
            connection: Mutex::new(connection::in_memory()?),
            commits: AtomicU64::new(0),
        })
    }

    /// Another database with the same content.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn copy(&self) -> Result<Self, Outage> {
        let mut copy = connection::in_memory()?;
        let copied = Backup::new(&self.connection(), &mut copy).and_then(|it| it.step(ALL));
        copied.map_err(|error| Outage::new(&error))?;
        Ok(Self {
            connection: Mutex::new(copy),
            commits: AtomicU64::new(self.commits.load(Ordering::Relaxed)),
        })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, work: &Work) -> Result<(), CommitError> {
        let answers = attempt(&mut self.connection(), std::iter::once(work));
        // Counted also when it failed: that costs a look at what did not change.
        self.commits.fetch_add(1, Ordering::Relaxed);
        answers?.into_iter().collect()
    }
}

impl Engine for Inline {
    fn read<'a>(&'a self, queries: &'a [Query]) -> Pending<'a, Result<Vec<Vec<Row>>, Outage>> {
        let answer = readers::answers(&self.connection(), queries);
        Box::pin(ready(answer))
    }

    fn commit(&self, statements: Vec<Statement>) -> Pending<'_, Result<(), CommitError>> {
        Box::pin(ready(self.work(&Work::Commit(statements))))
    }

    fn script<'a>(&'a self, script: &'a str) -> Pending<'a, Result<(), CommitError>> {
        Box::pin(ready(self.work(&Work::Script(script.to_owned()))))
    }

    fn clock(&self) -> Pending<'_, Result<Option<Time>, Outage>> {
        Box::pin(ready(Ok(None)))
    }

    fn version(&self) -> Option<u64> {
        Some(self.commits.load(Ordering::Relaxed))
    }

    fn prepare(&self, text: &'static str) -> Pending<'_, Result<(), Outage>> {
        let prepared = readers::prepare(&self.connection(), text);
        Box::pin(ready(prepared))
    }
}
