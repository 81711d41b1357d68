//! A keeper's server that can be made to stand still at the moment at which a crash costs most:
//! the provider has answered, its answer is on disk, and nobody has read it.
//!
//! It is the server that `evergrant serve` starts, on the same engine, which passes everything
//! through. The demo starts it as a process of its own and kills it there.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use evergrant_web::outward::{Outward, Policy};
use evergrant_web::service::core::Time;
use evergrant_web::service::core::id::ProcessId;
use evergrant_web::service::held::spool::Folder;
use evergrant_web::service::held::{Bounds, Ground};
use evergrant_web::service::store::engine::sqlite::Sqlite;
use evergrant_web::service::store::engine::{
    CommitError, Engine, Outage, Pending, Query, Row, Statement,
};
use evergrant_web::service::store::seal::MasterKeySource;
use evergrant_web::service::store::{Store, Target, open, open_engine};
use evergrant_web::service::world::Real;
use evergrant_web::service::{Service, Settings, World, background};
use evergrant_web::{App, serve};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::stage::failed;
use crate::failure::Failed;
use crate::output;

/// What it prints when it serves, before its address and its name in the journal.
pub(super) const SERVES: &str = "serves";
/// What it prints when it knows that it shall stand still.
pub(super) const KNOWS: &str = "will stand still";
/// What it prints when it stands still.
pub(super) const STANDS: &str = "stands still";

/// An engine that passes everything through, until it is told to stand still.
struct StandsStill {
    engine: Sqlite,
    journal: Store,
    is_told: Arc<AtomicBool>,
    /// Nothing is committed beside what it stands at.
    alone: Mutex<()>,
}

impl StandsStill {
    async fn has_an_unread_answer(&self) -> bool {
        let unread = self.journal.unjudged(1).await;
        unread.is_ok_and(|attempts| !attempts.is_empty())
    }
}

impl Engine for StandsStill {
    fn read<'a>(&'a self, queries: &'a [Query]) -> Pending<'a, Result<Vec<Vec<Row>>, Outage>> {
        self.engine.read(queries)
    }

    fn commit(&self, statements: Vec<Statement>) -> Pending<'_, Result<(), CommitError>> {
        Box::pin(async move {
            let _alone = self.alone.lock().await;
            let outcome = self.engine.commit(statements).await;
            if self.is_told.load(Ordering::Relaxed) && self.has_an_unread_answer().await {
                output::text(STANDS);
                std::future::pending::<()>().await;
            }
            outcome
        })
    }

    fn script<'a>(&'a self, script: &'a str) -> Pending<'a, Result<(), CommitError>> {
        self.engine.script(script)
    }

    fn clock(&self) -> Pending<'_, Result<Option<Time>, Outage>> {
        self.engine.clock()
    }

    fn version(&self) -> Option<u64> {
        self.engine.version()
    }

    fn prepare(&self, text: &'static str) -> Pending<'_, Result<(), Outage>> {
        self.engine.prepare(text)
    }
}

/// Serves the store in a directory, as long as somebody holds its standard input. A line from
/// there tells it to stand still at the next answer.
///
/// # Errors
/// When the store can't be opened, or nothing can be listened on.
pub(crate) async fn keep(directory: &Path) -> Result<(), Failed> {
    let world: Arc<dyn World> = Arc::new(Real::default());
    let process = ProcessId::new(world.now(), world.chance());
    let is_told = Arc::new(AtomicBool::new(false));
    let store = opened(directory, world.now(), Arc::clone(&is_told)).await?;
    let outward = Outward::new(
        Policy {
            allow_private: true,
        },
        &[],
    );
    let ground = Ground {
        wire: Arc::new(outward.map_err(failed)?),
        spool: Arc::new(Folder::of_store(
            directory.join("spool"),
            &store.identity(),
            process,
        )),
        bounds: Bounds::default(),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
    let url = format!("http://{}", listener.local_addr().map_err(failed)?);
    let settings = Settings::new(&url);
    let service = Service::start_on(store, world, settings, ground).await;
    let service = service.map_err(failed)?;
    let background = background::start(&service);
    let mut orders = orders();
    output::text(&format!("{SERVES} {url} {process}"));
    let running = serve(listener, App::new(service), std::future::pending());
    tokio::select! {
        ended = running => drop(ended.map_err(failed)?),
        () = async {
            while orders.recv().await.is_some() {
                is_told.store(true, Ordering::Relaxed);
                output::text(KNOWS);
            }
        } => {}
    }
    drop(background);
    Ok(())
}

async fn opened(directory: &Path, now: Time, is_told: Arc<AtomicBool>) -> Result<Store, Failed> {
    let target = Target::in_directory(directory);
    let key = MasterKeySource::File(directory.join("evergrant.key"));
    let journal = open(&target, &key, now).await.map_err(failed)?;
    let Target::Embedded { path, options } = &target else {
        return Err(failed("a directory has an embedded store"));
    };
    let engine = StandsStill {
        engine: Sqlite::open(path, *options).map_err(failed)?,
        journal,
        is_told,
        alone: Mutex::new(()),
    };
    open_engine(Arc::new(engine), &key, now)
        .await
        .map_err(failed)
}

/// What comes on standard input; it ends when whoever started us is gone.
fn orders() -> UnboundedReceiver<()> {
    let (tell, told) = unbounded_channel();
    thread::spawn(move || {
        for _ in std::io::stdin().lines().map_while(Result::ok) {
            if tell.send(()).is_err() {
                return;
            }
        }
    });
    told
}
