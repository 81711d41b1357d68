//! Opening the store of this machine.

use std::fs::DirBuilder;
use std::path::Path;
use std::sync::Arc;

use evergrant_web::service::held::Ground;
use evergrant_web::service::manage::setup::Setup;
use evergrant_web::service::store::{OpenError, Target, open as open_store};
use evergrant_web::service::world::Real;
use evergrant_web::service::{Failure, Service, Settings, World, Wrong};

use super::ground::ground;
use crate::config::{Config, Environment};
use crate::failure::Failed;
use crate::output;

/// What to do where there is no store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    /// Make one.
    Yes,
    /// Say so.
    No,
}

/// What a process does on a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It reads and writes, and asks nobody.
    Store,
    /// It may ask providers too.
    Providers,
}

/// Opens the store and starts the use cases on it.
///
/// # Errors
/// When the store or its key is not there, or is not the right one.
pub(crate) async fn open(
    config: &Config,
    settings: Settings,
    make: Make,
    reach: Reach,
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
    let world: Arc<dyn World> = Arc::new(Real::default());
    let opened = open_store(&target, &config.master_key, world.now()).await;
    let store = opened.map_err(|error| failed(&error, &target))?;
    let ground = match reach {
        Reach::Store => Ground::without_providers(),
        Reach::Providers => ground(config, (&store, world.as_ref()))?,
    };
    Service::start_on(store, world, settings, ground)
        .await
        .map_err(|outage| failed(&OpenError::Outage(outage), &target))
}

/// A desk needs no `init`: its store gets a team of the one person who works there.
///
/// # Errors
/// In an outage.
pub(super) async fn furnish(
    service: &Service,
    config: &Config,
    environment: &Environment,
) -> Result<(), Failed> {
    let person = environment.person();
    let setup = Setup {
        team: person.clone(),
        email: format!("{person}@localhost"),
        password: None,
    };
    match service.set_up(&setup).await {
        Ok(_) => output::note(&format!(
            "There was no store yet: one was made for {} in {}.",
            setup.email,
            config.data.display()
        )),
        // Another command was first.
        Err(Failure::Wrong(Wrong::AlreadySetUp)) => {}
        Err(other) => return Err(other.into()),
    }
    Ok(())
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
