//! An engine that wraps another one and fails when it is told to.
//!
//! - by a script: [`Faulty::next_commit`], [`Faulty::commit_at`] and their likes for reads;
//! - by a seed: [`Faulty::seeded`], the same faults for the same seed and the same operations;
//! - by a switch: [`Faulty::set_away`];
//! - and it stands still where a test wants to look: [`Faulty::pause_at`].
//!
//! Scripts and seeds count operations from 1 on, in the order in which they begin. Migrations
//! count as commits, so that "fail the n-th commit" reaches them too.

mod odds;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evergrant_service::core::Time;
use evergrant_service::store::engine::{
    CommitError, Engine, Outage, Pending, Query, Row, Statement,
};
use tokio::sync::oneshot;

pub use odds::{Odds, Random};

/// What a commit is made to suffer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CommitFault {
    /// Refused as if a guard had not been met; nothing is written.
    Conflict,
    /// The store is away before anything is written.
    Outage,
    /// It is done, and the answer is lost.
    LostAnswer,
    /// It is not done, and nobody is told so.
    LostRequest,
}

impl CommitFault {
    /// Every fault, for worlds that must meet them all.
    pub const ALL: [Self; 4] = [
        Self::Conflict,
        Self::Outage,
        Self::LostAnswer,
        Self::LostRequest,
    ];
}

/// Where an operation can be made to stand still.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Point {
    /// A read was asked for.
    BeforeRead,
    /// A read is answered, and the answer is not given yet: what was read grows old.
    AfterRead,
    /// A commit was asked for.
    BeforeCommit,
    /// A commit is done, and the answer is not given yet.
    AfterCommit,
}

/// How much was asked for so far, and how much of that was made to fail.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Reads, failed ones too.
    pub reads: u64,
    /// Commits and migrations, failed ones too.
    pub commits: u64,
    /// Those of both that failed because of us.
    pub faults: u64,
}

/// An operation that stands still, or will. Dropping it lets the operation go on.
pub struct Pause {
    reached: oneshot::Receiver<()>,
    go: oneshot::Sender<()>,
}

impl Pause {
    /// Waits until an operation stands at the point.
    pub async fn reached(&mut self) {
        drop((&mut self.reached).await);
    }

    /// Lets the operation go on.
    pub fn go(self) {
        drop(self.go);
    }
}

struct Stop {
    reached: oneshot::Sender<()>,
    go: oneshot::Receiver<()>,
}

#[derive(Default)]
struct Plan {
    away: bool,
    counts: Counts,
    reads: BTreeMap<u64, ()>,
    commits: BTreeMap<u64, CommitFault>,
    stops: BTreeMap<Point, VecDeque<Stop>>,
    chance: Option<(Random, Odds)>,
}

/// The engine that fails.
pub struct Faulty {
    inner: Arc<dyn Engine>,
    plan: Mutex<Plan>,
}

impl Faulty {
    /// Wraps an engine; it fails only where it is told to.
    pub fn over(inner: Arc<dyn Engine>) -> Arc<Self> {
        Arc::new(Self {
            inner,
            plan: Mutex::default(),
        })
    }

    /// Wraps an engine that also fails by chance.
    pub fn seeded(inner: Arc<dyn Engine>, seed: u64, odds: Odds) -> Arc<Self> {
        let chance = Some((Random::new(seed), odds));
        Arc::new(Self {
            inner,
            plan: Mutex::new(Plan {
                chance,
                ..Plan::default()
            }),
        })
    }

    /// Changes the odds from here on; an engine without a seed has none.
    pub fn set_odds(&self, odds: Odds) {
        if let Some((_, now)) = &mut self.plan().chance {
            *now = odds;
        }
    }

    /// While it is away every operation is an outage, and nothing reaches the database.
    pub fn set_away(&self, away: bool) {
        self.plan().away = away;
    }

    /// The next read that is not in the script yet is an outage.
    pub fn next_read(&self) {
        let mut plan = self.plan();
        let next = free(&plan.reads, plan.counts.reads);
        plan.reads.insert(next, ());
    }

    /// The n-th read, counted from the beginning, is an outage.
    pub fn read_at(&self, number: u64) {
        self.plan().reads.insert(number, ());
    }

    /// The next commit that is not in the script yet fails so.
    pub fn next_commit(&self, fault: CommitFault) {
        let mut plan = self.plan();
        let next = free(&plan.commits, plan.counts.commits);
        plan.commits.insert(next, fault);
    }

    /// The n-th commit, counted from the beginning, fails so.
    pub fn commit_at(&self, number: u64, fault: CommitFault) {
        self.plan().commits.insert(number, fault);
    }

    /// Forgets what of the script is still to come, and lets everybody go on.
    pub fn clear(&self) {
        let mut plan = self.plan();
        plan.away = false;
        plan.reads.clear();
        plan.commits.clear();
        plan.stops.clear();
    }

    /// The next operation that comes to this point stands still there; the one after it does not.
    pub fn pause_at(&self, point: Point) -> Pause {
        let (arrive, reached) = oneshot::channel();
        let (go, gone) = oneshot::channel();
        let stop = Stop {
            reached: arrive,
            go: gone,
        };
        self.plan().stops.entry(point).or_default().push_back(stop);
        Pause { reached, go }
    }

    /// What happened so far.
    pub fn counts(&self) -> Counts {
        self.plan().counts
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn pass(&self, point: Point) {
        let stop = self
            .plan()
            .stops
            .get_mut(&point)
            .and_then(VecDeque::pop_front);
        // A pause that nobody holds any more stops nobody.
        if let Some(stop) = stop
            && stop.reached.send(()).is_ok()
        {
            drop(stop.go.await);
        }
    }

    async fn reading<T>(&self, read: impl Future<Output = Result<T, Outage>>) -> Result<T, Outage> {
        let fails = self.plan().begin_read();
        self.pass(Point::BeforeRead).await;
        if fails || self.plan().is_away() {
            return Err(away());
        }
        let answer = read.await;
        self.pass(Point::AfterRead).await;
        answer
    }

    /// `commit` makes the future rather than being it: SQLite's takes effect when it is made.
    async fn committing<C>(&self, commit: impl FnOnce() -> C) -> Result<(), CommitError>
    where
        C: Future<Output = Result<(), CommitError>>,
    {
        let fault = self.plan().begin_commit();
        self.pass(Point::BeforeCommit).await;
        let unknown = || Err(CommitError::Unknown("injected".into()));
        match fault {
            Some(CommitFault::Conflict) => return Err(CommitError::Conflict),
            Some(CommitFault::Outage) => return Err(away().into()),
            Some(CommitFault::LostRequest) => return unknown(),
            _ if self.plan().is_away() => return Err(away().into()),
            Some(CommitFault::LostAnswer) | None => {}
        }
        let answer = commit().await;
        self.pass(Point::AfterCommit).await;
        if fault.is_some() { unknown() } else { answer }
    }
}

impl Plan {
    fn begin_read(&mut self) -> bool {
        self.counts.reads += 1;
        let scripted = self.reads.remove(&self.counts.reads).is_some();
        // Drawn even where the script decides, so that a script shifts no later draw.
        let drawn = self
            .chance
            .as_mut()
            .is_some_and(|(random, odds)| odds.read(random));
        let fails = scripted || drawn;
        self.counts.faults += u64::from(fails);
        fails
    }

    fn begin_commit(&mut self) -> Option<CommitFault> {
        self.counts.commits += 1;
        let scripted = self.commits.remove(&self.counts.commits);
        let drawn = self
            .chance
            .as_mut()
            .and_then(|(random, odds)| odds.commit(random));
        let fault = scripted.or(drawn);
        self.counts.faults += u64::from(fault.is_some());
        fault
    }

    fn is_away(&mut self) -> bool {
        self.counts.faults += u64::from(self.away);
        self.away
    }
}

fn free<F>(taken: &BTreeMap<u64, F>, begun: u64) -> u64 {
    let mut next = begun + 1;
    while taken.contains_key(&next) {
        next += 1;
    }
    next
}

fn away() -> Outage {
    Outage("injected".into())
}

impl Engine for Faulty {
    fn read<'a>(&'a self, queries: &'a [Query]) -> Pending<'a, Result<Vec<Vec<Row>>, Outage>> {
        Box::pin(self.reading(async { self.inner.read(queries).await }))
    }

    fn commit(&self, statements: Vec<Statement>) -> Pending<'_, Result<(), CommitError>> {
        Box::pin(self.committing(|| self.inner.commit(statements)))
    }

    fn script<'a>(&'a self, script: &'a str) -> Pending<'a, Result<(), CommitError>> {
        Box::pin(self.committing(|| self.inner.script(script)))
    }

    fn clock(&self) -> Pending<'_, Result<Option<Time>, Outage>> {
        Box::pin(self.reading(async { self.inner.clock().await }))
    }

    fn version(&self) -> Option<u64> {
        self.inner.version()
    }

    fn prepare(&self, text: &'static str) -> Pending<'_, Result<(), Outage>> {
        self.inner.prepare(text)
    }
}
