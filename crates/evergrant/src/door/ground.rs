//! What the keeper of held grants stands on in this process: the network, and a spool on the disk.

use std::sync::Arc;

use evergrant_web::outward::{Outward, Policy};
use evergrant_web::service::World;
use evergrant_web::service::core::id::ProcessId;
use evergrant_web::service::held::Ground;
use evergrant_web::service::held::spool::Folder;
use evergrant_web::service::store::Store;

use crate::config::Config;
use crate::failure::Failed;

/// The way out to providers, and the spool in the data directory under a name of its own.
///
/// # Errors
/// When the certificates of the setting `provider_ca` can't be used.
pub(crate) fn ground(
    config: &Config,
    (store, world): (&Store, &dyn World),
) -> Result<Ground, Failed> {
    let process = ProcessId::new(world.now(), world.chance());
    Ok(Ground {
        wire: Arc::new(outward(config)?),
        spool: Arc::new(Folder::of_store(
            config.data.join("spool"),
            &store.identity(),
            process,
        )),
        bounds: config.providers.bounds,
    })
}

/// The way out to providers.
///
/// # Errors
/// When the certificates of the setting `provider_ca` can't be used.
pub(crate) fn outward(config: &Config) -> Result<Outward, Failed> {
    let policy = Policy {
        allow_private: config.providers.allow_private,
    };
    let Some(path) = &config.providers.own_roots else {
        return Outward::new(policy, &[]).map_err(|error| Failed::usage(error.to_string()));
    };
    let wrong = |error: &dyn std::fmt::Display| {
        Failed::usage(format!("provider_ca: {}: {error}", path.display()))
    };
    let roots = std::fs::read(path).map_err(|error| wrong(&error))?;
    Outward::new(policy, &roots).map_err(|error| wrong(&error))
}
