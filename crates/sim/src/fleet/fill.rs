//! Importing connections, many at once, so that they share the syncs of the disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use evergrant_service::core::held::integration::Overrides;
use evergrant_service::core::held::provider::Endpoints;
use evergrant_service::core::{Secret, Span};
use evergrant_service::held::import::NewImport;
use evergrant_service::manage::integrations::NewIntegration;
use evergrant_service::world::Real;
use evergrant_service::{Caller, Service, Settings, World};
use serde_json::json;
use tokio::task::JoinSet;

use super::arguments::Fill;
use super::{FleetError, store_in};

/// How many are on their way at once.
const AT_ONCE: u32 = 256;
/// What is not due ends after this, and each one a little later than the one before.
const LONG: i64 = 30 * 86_400;

pub(super) async fn fill(what: &Fill) -> Result<String, FleetError> {
    let world: Arc<dyn World> = Arc::new(Real::default());
    let store = store_in(&what.data, world.now()).await?;
    let service = Service::start(store, world, Settings::new("http://localhost")).await?;
    let caller = service.operator().await?;
    for index in 0..what.integrations {
        let new = integration(what, index);
        service.add_integration(&caller, &new).await?;
    }
    let began = Instant::now();
    let next = Arc::new(AtomicU32::new(0));
    let mut tasks: JoinSet<Result<(), FleetError>> = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (service, caller, next) = (Arc::clone(&service), caller.clone(), Arc::clone(&next));
        let plan = (what.prefix.clone(), what.integrations);
        let (connections, due) = (what.connections, what.due);
        tasks.spawn(async move {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= connections {
                    return Ok(());
                }
                import(&service, &caller, &plan, (index, index < due)).await?;
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| FleetError::Unfit(error.to_string()))??;
    }
    let seconds = began.elapsed().as_secs_f64();
    let line = json!({
        "scenario": "fill",
        "connections": what.connections,
        "due": what.due,
        "seconds": seconds,
        "per_second": f64::from(what.connections) / seconds,
    });
    Ok(line.to_string())
}

fn name_of(prefix: &str, integration: u32) -> String {
    format!("{prefix}-at-{integration}")
}

fn integration(what: &Fill, index: u32) -> NewIntegration {
    NewIntegration {
        provider: "generic".into(),
        name: Some(name_of(&what.prefix, index)),
        client_id: "fleet".into(),
        client_secret: Some(Secret::new("hush".into())),
        scopes: Vec::new(),
        overrides: Overrides {
            endpoints: Endpoints {
                token: Some(format!("{}/token", what.provider)),
                ..Endpoints::default()
            },
            ..Overrides::default()
        },
        discover: None,
    }
}

async fn import(
    service: &Service,
    caller: &Caller,
    (prefix, integrations): &(String, u32),
    (index, is_due): (u32, bool),
) -> Result<(), FleetError> {
    let name = format!("{prefix}{index}");
    let long = Span::from_seconds(LONG + i64::from(index % 86_400));
    let new = NewImport {
        integration: name_of(prefix, index % integrations),
        access_token: Some(Secret::new(format!("at.{name}.1"))),
        refresh_token: Some(Secret::new(format!("rt.{name}.1"))),
        expires_in: Some(if is_due { Span::from_seconds(1) } else { long }),
        name,
        owner: None,
        scope: None,
    };
    service.import_connection(caller, &new).await?;
    Ok(())
}
