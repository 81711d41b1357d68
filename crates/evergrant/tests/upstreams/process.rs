//! A process that dies at one step of a refresh: its store, its spool and its way out, each the
//! real one, looked at from outside.

use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use evergrant_sim::proxy::Proxy;
use evergrant_web::outward::Outward;
use evergrant_web::service::World as _;
use evergrant_web::service::core::Time;
use evergrant_web::service::core::held::RawAnswer;
use evergrant_web::service::core::held::plan::Request;
use evergrant_web::service::core::id::ProcessId;
use evergrant_web::service::held::spool::{Folder, Legacy, Slip, Spool};
use evergrant_web::service::held::wire::{Limits, Line, Silence, Unreachable, Wire};
use evergrant_web::service::store::engine::sqlite::Sqlite;
use evergrant_web::service::store::engine::{
    CommitError, Engine, Outage, Pending, Query, Row, Statement,
};
use tokio::sync::Notify;
use url::{Url, form_urlencoded};

use crate::clock::Clock;
use crate::record::{Heard, Record, Send};

/// A step of a refresh at which a process may die.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Step {
    /// It doesn't.
    Never,
    /// It doesn't, but its store is away when the answer comes, and comes back later.
    StoreAway,
    /// The attempt is claimed, and no line is laid.
    Claimed,
    /// The journal says "sent", and not a byte left.
    Sent,
    /// The provider has the request, and no answer was read.
    Left,
    /// What came of the send is in memory, and nowhere else.
    Came,
    /// The store is away, and an answer is in the spool.
    Spooled,
    /// What came of the send is in the journal.
    Kept,
    /// And what follows from it.
    Judged,
}

impl Step {
    /// Those at which a process dies.
    pub(crate) const DEATHS: [Self; 7] = [
        Self::Claimed,
        Self::Sent,
        Self::Left,
        Self::Came,
        Self::Spooled,
        Self::Kept,
        Self::Judged,
    ];
}

/// How often the store is asked in vain while it is away.
const ASKED_IN_VAIN: u32 = 2;
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// What becomes of a process.
pub(crate) struct Fate {
    end: Step,
    dead: AtomicBool,
    died: Notify,
    /// How often the store was asked since it went away; nothing while it was not away yet.
    asked: Mutex<Option<u32>>,
    /// How much was committed since the last exchange, or [`BEFORE`] it.
    commits: AtomicU32,
}

const BEFORE: u32 = u32::MAX;

impl Fate {
    pub(crate) fn new(end: Step) -> Arc<Self> {
        Arc::new(Self {
            end,
            dead: AtomicBool::new(false),
            died: Notify::new(),
            asked: Mutex::default(),
            commits: AtomicU32::new(BEFORE),
        })
    }

    /// Waits for the death.
    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }

    /// Nothing is done any more by what comes to this point after the death.
    async fn live(&self) {
        if self.dead.load(Ordering::Acquire) {
            pending::<()>().await;
        }
    }

    fn reach(&self, step: Step) {
        if step == self.end && !self.dead.swap(true, Ordering::AcqRel) {
            self.died.notify_one();
        }
    }

    async fn pass(&self, step: Step) {
        self.reach(step);
        self.live().await;
    }

    fn exchanged(&self) {
        self.commits.store(0, Ordering::Release);
        if matches!(self.end, Step::Spooled | Step::StoreAway) {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.get_or_insert(0);
        }
    }

    /// Whether the store is away when it is asked now.
    async fn ask_store(&self) -> Result<(), Outage> {
        self.live().await;
        let asked = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(count) = asked.as_mut() else {
                return Ok(());
            };
            *count += 1;
            *count
        };
        if asked > 1 {
            // There was nothing to be laid into the spool.
            self.pass(Step::Spooled).await;
        }
        if asked <= ASKED_IN_VAIN {
            return Err(Outage("the test took it away".to_owned()));
        }
        Ok(())
    }

    async fn committed(&self) {
        if self.commits.load(Ordering::Acquire) != BEFORE {
            match self.commits.fetch_add(1, Ordering::AcqRel) {
                0 => self.reach(Step::Kept),
                1 => self.reach(Step::Judged),
                _ => {}
            }
        }
        self.live().await;
    }
}

/// The store of a process.
pub(crate) struct Watched {
    pub(crate) inner: Sqlite,
    pub(crate) fate: Arc<Fate>,
}

impl Engine for Watched {
    fn read<'a>(&'a self, queries: &'a [Query]) -> Pending<'a, Result<Vec<Vec<Row>>, Outage>> {
        Box::pin(async move {
            self.fate.ask_store().await?;
            self.inner.read(queries).await
        })
    }

    fn commit(&self, statements: Vec<Statement>) -> Pending<'_, Result<(), CommitError>> {
        Box::pin(async move {
            self.fate.ask_store().await?;
            let outcome = self.inner.commit(statements).await;
            self.fate.committed().await;
            outcome
        })
    }

    fn script<'a>(&'a self, script: &'a str) -> Pending<'a, Result<(), CommitError>> {
        self.inner.script(script)
    }

    fn clock(&self) -> Pending<'_, Result<Option<Time>, Outage>> {
        self.inner.clock()
    }

    fn version(&self) -> Option<u64> {
        self.inner.version()
    }

    fn prepare(&self, text: &'static str) -> Pending<'_, Result<(), Outage>> {
        self.inner.prepare(text)
    }
}

/// The spool of a process. It stays open between two refreshes, as it does where there are many.
pub(crate) struct Laid {
    pub(crate) inner: Folder,
    pub(crate) fate: Arc<Fate>,
}

impl Spool for Laid {
    fn process(&self) -> ProcessId {
        self.inner.process()
    }

    fn open(&self) -> io::Result<()> {
        self.inner.open()
    }

    fn put(&self, slip: Slip, sealed: &[u8]) -> io::Result<()> {
        self.inner.put(slip, sealed)?;
        self.fate.reach(Step::Spooled);
        Ok(())
    }

    fn own(&self) -> Vec<(Slip, Vec<u8>)> {
        self.inner.own()
    }

    fn remove(&self, process: ProcessId, slip: Slip) {
        self.inner.remove(process, slip);
    }

    fn legacies(&self) -> Vec<Legacy> {
        self.inner.legacies()
    }

    fn bury(&self, legacy: Legacy) {
        self.inner.bury(legacy);
    }

    fn close(&self) {}
}

/// What the lines of a process know.
#[derive(Clone)]
pub(crate) struct Scene {
    /// Which process this is, in order.
    pub(crate) life: usize,
    pub(crate) fate: Arc<Fate>,
    pub(crate) record: Arc<Record>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) proxy: Arc<Proxy>,
}

/// The way out of a process.
pub(crate) struct Way {
    pub(crate) inner: Outward,
    pub(crate) scene: Scene,
}

impl Wire for Way {
    fn lay<'a>(
        &'a self,
        to: &'a Url,
        limits: Limits,
    ) -> Pending<'a, Result<Box<dyn Line>, Unreachable>> {
        Box::pin(async move {
            self.scene.fate.commits.store(BEFORE, Ordering::Release);
            self.scene.fate.pass(Step::Claimed).await;
            let inner = self.inner.lay(to, limits).await?;
            let scene = self.scene.clone();
            Ok(Box::new(Carried { inner, scene }) as Box<dyn Line>)
        })
    }

    fn permits(&self, to: &Url) -> Result<(), Unreachable> {
        self.inner.permits(to)
    }
}

struct Carried {
    inner: Box<dyn Line>,
    scene: Scene,
}

impl Line for Carried {
    fn exchange(self: Box<Self>, request: Request) -> Pending<'static, Result<RawAnswer, Silence>> {
        Box::pin(async move {
            let Self { inner, scene } = *self;
            let fate = &scene.fate;
            let number = scene.record.send(Send {
                token: token_in(&request),
                at: scene.clock.now(),
                life: scene.life,
                left: fate.end != Step::Sent,
                heard: Heard::Nothing,
            });
            fate.pass(Step::Sent).await;
            if fate.end == Step::Left {
                return cut_short(&scene, inner.exchange(request)).await;
            }
            let answer = inner.exchange(request).await;
            fate.pass(Step::Came).await;
            if let Ok(raw) = &answer {
                scene.record.heard(number, Heard::of(raw));
            }
            fate.exchanged();
            answer
        })
    }
}

/// Lets the process die as soon as its request has come, whatever was answered by then.
async fn cut_short<T>(scene: &Scene, exchange: impl Future) -> T {
    let left = scene.record.all().iter().filter(|it| it.left).count();
    let come = async {
        while scene.proxy.sent().len() < left {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    let unread = async {
        exchange.await;
        pending::<()>().await;
    };
    // The connection is reset here, as the system does for a process that was killed.
    tokio::select! {
        () = come => {}
        () = unread => {}
    }
    scene.fate.pass(Step::Left).await;
    pending().await
}

fn token_in(request: &Request) -> String {
    let form = request.body.as_ref().map(|it| it.text.expose());
    form_urlencoded::parse(form.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "refresh_token")
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
