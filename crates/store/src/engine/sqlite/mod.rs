//! SQLite, bundled: one writer thread that commits whatever is queued as one group, and a pool of
//! readers that never wait for it.

mod connection;
mod index;
mod inline;
mod readers;
mod watch;
mod writer;

use std::path::{Path, PathBuf};

use evergrant_core::Time;

use crate::engine::{CommitError, Engine, Outage, Pending, Query, Row, Statement};

pub use connection::Synchronous;
pub use inline::Inline;

/// An embedded database file.
pub struct Sqlite {
    readers: readers::Readers,
    writer: writer::Writer,
    watch: watch::Watch,
    path: PathBuf,
}

/// How the file is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// When a commit is on disk. Everything but `Full` loses acknowledged commits with the power.
    pub synchronous: Synchronous,
    /// How many readers there are.
    pub readers: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            synchronous: Synchronous::Full,
            readers: 4,
        }
    }
}

impl Sqlite {
    /// Opens the file, and makes it if it is not there; readable by its owner alone.
    ///
    /// # Errors
    /// When it can't be opened, or is no database.
    pub fn open(path: &Path, options: Options) -> Result<Self, Outage> {
        connection::create_private(path)?;
        let writer = connection::writer(path, options.synchronous)?;
        let readers = readers::Readers::open(path, options.readers)?;
        let watch = watch::Watch::open(path)?;
        Ok(Self {
            readers,
            watch,
            writer: writer::Writer::start(writer)?,
            path: path.to_owned(),
        })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Engine for Sqlite {
    fn read<'a>(&'a self, queries: &'a [Query]) -> Pending<'a, Result<Vec<Vec<Row>>, Outage>> {
        // A read by key takes microseconds; handing it to another thread would take longer.
        let answer = self.readers.read(queries);
        Box::pin(std::future::ready(answer))
    }

    fn commit(&self, statements: Vec<Statement>) -> Pending<'_, Result<(), CommitError>> {
        let answer = self.writer.submit(writer::Work::Commit(statements));
        Box::pin(answer)
    }

    fn script<'a>(&'a self, script: &'a str) -> Pending<'a, Result<(), CommitError>> {
        Box::pin(self.writer.submit(writer::Work::Script(script.to_owned())))
    }

    fn clock(&self) -> Pending<'_, Result<Option<Time>, Outage>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn version(&self) -> Option<u64> {
        self.watch.version()
    }

    fn prepare(&self, text: &'static str) -> Pending<'_, Result<(), Outage>> {
        Box::pin(std::future::ready(self.readers.prepare(text)))
    }
}
