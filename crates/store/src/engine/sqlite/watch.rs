//! Whether anything was committed, by anybody.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::engine::Outage;
use crate::engine::sqlite::connection;
use crate::engine::sqlite::index::Index;

/// Set in what the index answers and in nothing that the connection does: the two count for
/// themselves.
const BY_INDEX: u64 = 1 << 63;

pub(super) struct Watch {
    /// Never writes: it would not see its own.
    connection: Mutex<Connection>,
    index: Option<Index>,
}

impl Watch {
    pub(super) fn open(path: &Path) -> Result<Self, Outage> {
        let connection = connection::reader(path)?;
        // Its first look at the database is what makes the index.
        connection::data_version(&connection);
        // By the name that SQLite has for it: ours may lead there by a link.
        let name = connection.path().map(Path::new).unwrap_or(path);
        let index = Index::open(name)
            .inspect_err(|error| tracing::debug!(%error, "the store is watched by asking it"))
            .ok();
        Ok(Self {
            connection: Mutex::new(connection),
            index,
        })
    }

    /// A number that is another one after every commit of any other connection, in any process.
    pub(super) fn version(&self) -> Option<u64> {
        if let Some(version) = self.index.as_ref().and_then(Index::version) {
            return Some(version | BY_INDEX);
        }
        let connection = self.connection.lock();
        connection::data_version(&connection.unwrap_or_else(PoisonError::into_inner))
    }
}
