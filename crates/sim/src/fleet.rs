//! Many connections at once: what the held side costs when there are a thousand of them, and what
//! a million cost.
//!
//! 1. `provider` is a provider with strict one-time tokens, for a process of
//!    its own.
//! 2. `fill` imports connections into a store, through the use case itself.
//! 3. `tick` measures one turn of the scheduler on such a store, from what is due
//!    to claims on disk.

mod arguments;
mod fill;
mod provider;
mod tick;

use std::io;
use std::path::Path;

use evergrant_service::Failure;
use evergrant_service::core::Time;
use evergrant_service::store::engine::sqlite::Options;
use evergrant_service::store::seal::MasterKeySource;
use evergrant_service::store::{OpenError, Outage, Store, Target, open};

use arguments::Command;

pub use arguments::Arguments;

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// The store can't be opened.
    #[error("the store can't be opened: {0}")]
    Open(#[from] OpenError),
    /// The store is away.
    #[error(transparent)]
    Outage(#[from] Outage),
    /// A use case refused.
    #[error("refused: {0:?}")]
    Refused(Failure),
    /// Anything else.
    #[error("the machine refuses: {0}")]
    Machine(#[from] io::Error),
    /// The store is not what is measured.
    #[error("{0}")]
    Unfit(String),
}

impl From<Failure> for FleetError {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure)
    }
}

/// Does what the arguments say; gives one line of JSON.
///
/// # Errors
/// When nothing could be measured.
pub fn fleet(arguments: &Arguments) -> Result<String, FleetError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    match &arguments.command {
        Command::Provider { lifetime } => runtime.block_on(provider::serve(*lifetime)),
        Command::Fill(what) => runtime.block_on(fill::fill(what)),
        Command::Tick { data, due } => runtime.block_on(tick::tick(data, *due)),
    }
}

/// Opens the store of a data directory, with the key that `evergrant init` laid beside it.
async fn store_in(data: &Path, now: Time) -> Result<Store, FleetError> {
    let target = Target::Embedded {
        path: data.join("evergrant.db"),
        options: Options::default(),
    };
    let key = MasterKeySource::File(data.join("evergrant.key"));
    Ok(open(&target, &key, now).await?)
}
