//! Opening the store of this machine.

use std::fs::DirBuilder;
use std::path::Path;
use std::sync::Arc;

use evergrant_web::service::store::{OpenError, Target, open as open_store};
use evergrant_web::service::world::Real;
use evergrant_web::service::{Service, Settings, World};

use crate::config::Config;
use crate::failure::Failed;

/// What to do where there is no store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    /// Make one.
    Yes,
    /// Say so.
    No,
}

/// Opens the store and starts the use cases on it.
///
/// # Errors
/// When the store or its key is not there, or is not the right one.
pub(crate) async fn open(
    config: &Config,
    settings: Settings,
    make: Make,
) -> Result<Arc<Service>, Failed> {
    let target = config.target();
    if let Target::Embedded { path, .. } = &target
        && make == Make::No
        && !path.exists()
    {
        return Err(Failed::because(
            "not_set_up",
            format!(
                "There is no store in {}. Make one with `evergrant init`, or say where it is with \
                 --data DIR.",
                config.data.display()
            ),
        ));
    }
    make_directory(&config.data)?;
    let world = Arc::new(Real::default());
    let opened = open_store(&target, &config.master_key, world.now()).await;
    let store = opened.map_err(|error| failed(&error, &target))?;
    Service::start(store, world, settings)
        .await
        .map_err(|outage| failed(&OpenError::Outage(outage), &target))
}

fn make_directory(path: &Path) -> Result<(), Failed> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    // Its files are their owner's alone too; this also hides their names and sizes.
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| {
        let text = format!(
            "The data directory {} can't be made: {error}.",
            path.display()
        );
        Failed::because("store_not_opened", text)
    })
}

fn failed(error: &OpenError, target: &Target) -> Failed {
    match (error, target) {
        (OpenError::Schema(_), _) => Failed::because(
            "store_not_opened",
            format!("The store can't be opened: {error}."),
        ),
        (OpenError::Unseal(_), _) => Failed::because(
            "store_not_unsealed",
            format!("The store can't be unsealed: {error}."),
        ),
        (OpenError::Outage(_), Target::Postgres { .. }) => {
            Failed::temporary("store_unavailable", format!("{error}."))
        }
        (OpenError::Outage(_), Target::Embedded { path, .. }) => Failed::because(
            "store_not_opened",
            format!("The store {} can't be opened: {error}.", path.display()),
        ),
    }
}
