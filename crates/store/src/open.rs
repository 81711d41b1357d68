//! Opening a store: the engine, its schema, its seal.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use evergrant_core::Time;

use crate::engine::postgres::Postgres;
use crate::engine::sqlite::{Options, Sqlite};
use crate::engine::{Engine, Outage};
use crate::schema::{SchemaError, migrate};
use crate::seal::{MasterKeySource, UnsealError, unseal};
use crate::store::Store;

/// Which database.
#[derive(Clone, Debug)]
pub enum Target {
    /// An embedded SQLite file.
    Embedded {
        /// The file.
        path: PathBuf,
        /// How it is opened.
        options: Options,
    },
    /// A PostgreSQL server.
    Postgres {
        /// Its `postgres://` address.
        url: String,
        /// How many connections are kept at most.
        connections: usize,
    },
}

impl Target {
    /// The store's file in a data directory.
    pub fn in_directory(directory: &Path) -> Self {
        Self::Embedded {
            path: directory.join("evergrant.db"),
            options: Options::default(),
        }
    }
}

/// Why a store can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its tables are of another release, or can't be made.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// It can't be unsealed.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    /// The machinery failed.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// Opens a store, makes or migrates its tables, and unseals it.
///
/// # Errors
/// See [`OpenError`]; on any of them nothing is served.
pub async fn open(target: &Target, key: &MasterKeySource, now: Time) -> Result<Store, OpenError> {
    let engine: Arc<dyn Engine> = match target {
        Target::Embedded { path, options } => Arc::new(Sqlite::open(path, *options)?),
        Target::Postgres { url, connections } => {
            Arc::new(Postgres::connect(url, *connections).await?)
        }
    };
    open_engine(engine, key, now).await
}

/// Opens a store on an engine that is there already: what tests do with a faulty one.
///
/// # Errors
/// See [`OpenError`].
pub async fn open_engine(
    engine: Arc<dyn Engine>,
    key: &MasterKeySource,
    now: Time,
) -> Result<Store, OpenError> {
    migrate(engine.as_ref()).await?;
    let sealer = unseal(engine.as_ref(), key, now).await?;
    Ok(Store::new(engine, sealer))
}
