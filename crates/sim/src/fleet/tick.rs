//! One turn of the scheduler, with a way to providers on which nothing ever arrives: what is
//! measured is ours alone.

use std::future::pending;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use evergrant_service::core::id::ProcessId;
use evergrant_service::held::spool::Folder;
use evergrant_service::held::wire::{Limits, Line, Unreachable, Wire};
use evergrant_service::held::{Bounds, Ground};
use evergrant_service::store::engine::Pending;
use evergrant_service::world::Real;
use evergrant_service::{Service, Settings, World};
use serde_json::json;
use url::Url;

use super::{FleetError, store_in};

/// Longer is not waited for claims.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often the turn that finds nothing is measured.
const IDLE_TURNS: u32 = 200;

/// A way on which each claim is counted, and goes no further.
#[derive(Default)]
struct Nowhere(AtomicUsize);

impl Wire for Nowhere {
    fn lay<'a>(&'a self, _: &'a Url, _: Limits) -> Pending<'a, Result<Box<dyn Line>, Unreachable>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Box::pin(pending())
    }
}

pub(super) async fn tick(data: &Path, due: usize) -> Result<String, FleetError> {
    let world: Arc<dyn World> = Arc::new(Real::default());
    let opening = Instant::now();
    let store = store_in(data, world.now()).await?;
    let nowhere = Arc::new(Nowhere::default());
    let process = ProcessId::new(world.now(), world.chance());
    let ground = Ground {
        wire: nowhere.clone(),
        spool: Arc::new(Folder::new(data.join("spool"), process)),
        bounds: Bounds {
            at_once: due,
            ..Bounds::default()
        },
    };
    let settings = Settings::new("http://localhost");
    let service = Service::start_on(store, world, settings, ground).await?;
    let opened = opening.elapsed();

    let began = Instant::now();
    let mut begun = 0;
    let mut turns = 0;
    while begun < due {
        let more = service.turn().await?;
        if more == 0 {
            let text = format!("{begun} connections were due, not {due}");
            return Err(FleetError::Unfit(text));
        }
        begun += more;
        turns += 1;
    }
    let found = began.elapsed();
    while nowhere.0.load(Ordering::SeqCst) < due {
        if began.elapsed() > PATIENCE {
            return Err(FleetError::Unfit("not all were claimed".into()));
        }
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
    let claimed = began.elapsed();

    let idle = Instant::now();
    for _ in 0..IDLE_TURNS {
        service.turn().await?;
    }
    let idle = idle.elapsed() / IDLE_TURNS;
    let ms = |span: Duration| span.as_secs_f64() * 1_000.0;
    let line = json!({
        "scenario": "tick",
        "due": due,
        "turns": turns,
        "open_ms": ms(opened),
        "found_ms": ms(found),
        "claimed_on_disk_ms": ms(claimed),
        "turn_with_nothing_due_ms": ms(idle),
    });
    Ok(line.to_string())
}
