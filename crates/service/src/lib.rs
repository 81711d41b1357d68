//! In motion: each use case loads a snapshot, lets `core` decide, commits, and answers.
//!
//! No use case decides anything itself, and none keeps a lock over a wait. On a conflict it loads
//! and decides again, in four tries at most; a lost answer of the store is treated the
//! same, for what was written is recognised when it is loaded.

pub mod background;
mod failure;
pub mod held;
pub mod issued;
pub mod keyring;
pub mod manage;
pub mod people;
mod serving;
mod settings;
mod settle;
mod unchanged;
pub mod world;

use std::sync::{Arc, Weak};

use evergrant_core::Digest;
use evergrant_store::Store;

pub use evergrant_core as core;
pub use evergrant_store as store;
pub use evergrant_store::{Outage, Page, PageRequest};
pub use failure::{Failure, Wrong};
pub use manage::{Authority, Caller};
pub use serving::NotReady;
pub use settings::{PasswordCost, Settings};
pub use world::World;

use crate::held::{Ground, Held};
use crate::issued::personal::{self, Presented};
use crate::issued::verified::Verified;
use crate::keyring::Keyring;
use crate::people::throttle::Throttle;
use crate::serving::Serving;
use crate::unchanged::Unchanged;

/// Everything that the use cases need. One for a process.
pub struct Service {
    store: Store,
    world: Arc<dyn World>,
    settings: Settings,
    keyring: Keyring,
    serving: Serving,
    verified: Verified,
    presented: Unchanged<Digest, Presented>,
    throttle: Throttle,
    hashing: tokio::sync::Semaphore,
    held: Held,
    me: Weak<Self>,
}

impl Service {
    /// Takes over a store and gets ready to serve it: makes the first keys, and notes how long
    /// nobody served.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub async fn start(
        store: Store,
        world: Arc<dyn World>,
        settings: Settings,
    ) -> Result<Arc<Self>, Outage> {
        Self::start_on(store, world, settings, Ground::without_providers()).await
    }

    /// The same, with a way to the providers of held grants.
    ///
    /// # Errors
    /// When the store can't be read or written.
    pub async fn start_on(
        store: Store,
        world: Arc<dyn World>,
        settings: Settings,
        ground: Ground,
    ) -> Result<Arc<Self>, Outage> {
        let keyring = Keyring::load(&store, world.as_ref()).await?;
        Ok(Arc::new_cyclic(|me| Self {
            store,
            world,
            settings,
            keyring,
            serving: Serving::default(),
            verified: Verified::default(),
            presented: Unchanged::new(personal::REMEMBERED),
            throttle: Throttle::default(),
            hashing: tokio::sync::Semaphore::new(people::password::AT_ONCE),
            held: Held::new(ground),
            me: me.clone(),
        }))
    }

    /// This service, for a task that outlives who began it.
    pub(crate) fn shared(&self) -> Option<Arc<Self>> {
        self.me.upgrade()
    }

    /// The store below.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// How this process was set up.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Time and chance.
    pub fn world(&self) -> &dyn World {
        self.world.as_ref()
    }

    /// The keys of this store.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }
}
