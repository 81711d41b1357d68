//! What may befall a process at each step: a stall, a kill. And what the whole world shares.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use evergrant_service::World as WorldTrait;
use evergrant_service::core::{Span, Time};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::faults::Random;
use crate::keeper::oracle::Oracle;
use crate::keeper::weather::Weather;

/// When simulated time begins.
const BEGIN: Time = Time::from_seconds(1_800_000_000);

/// What all processes, the network and the providers share.
pub(crate) struct Sky {
    inner: Mutex<Inner>,
    pub(crate) oracle: Oracle,
    began: Instant,
}

struct Inner {
    random: Random,
    weather: Weather,
    away_until: Instant,
    clock: i64,
    last: i64,
    /// The latest time that anybody read.
    latest: i64,
    trace: Vec<String>,
}

impl Sky {
    pub(crate) fn new(seed: u64, weather: Weather, oracle: Oracle) -> Self {
        let began = Instant::now();
        Self {
            inner: Mutex::new(Inner {
                random: Random::new(seed),
                weather,
                away_until: began,
                clock: 0,
                last: 0,
                latest: 0,
                trace: Vec::new(),
            }),
            oracle,
            began,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number below `end`.
    pub(crate) fn below(&self, end: u64) -> u64 {
        self.inner().random.below(end)
    }

    /// Whether something happens that happens so often in ten thousand times, in bad weather.
    pub(crate) fn happens(&self, odds: impl FnOnce(&Weather) -> u32) -> bool {
        let mut inner = self.inner();
        let odds = odds(&inner.weather);
        odds > 0 && inner.random.below(10_000) < u64::from(odds)
    }

    /// From now on this goes wrong.
    pub(crate) fn rain(&self, weather: Weather) {
        self.inner().weather = weather;
    }

    /// From now on nothing goes wrong.
    pub(crate) fn calm(&self) {
        let mut inner = self.inner();
        inner.weather = Weather::calm();
        inner.away_until = Instant::now();
    }

    pub(crate) fn say(&self, text: impl FnOnce() -> String) {
        let at = self.began.elapsed();
        let text = format!("{:>9.3} {}", at.as_secs_f64(), text());
        self.inner().trace.push(text);
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().trace)
    }

    /// Whether the database is away; it may go away now.
    pub(crate) fn is_away(&self) -> bool {
        if self.happens(|it| it.database_away) {
            let long = self.below(90) + 1;
            self.inner().away_until = Instant::now() + Duration::from_secs(long);
            self.say(|| format!("the database is away for {long} s"));
        }
        Instant::now() < self.inner().away_until
    }

    /// Sets everybody's clock, for better or worse.
    pub(crate) fn jump(&self, micros: i64) {
        self.inner().clock += micros;
    }

    /// The time that processes see.
    pub(crate) fn now(&self) -> Time {
        let mut inner = self.inner();
        let read = self.read(&inner);
        // As the real clock: no two readings are the same, and a step back is followed.
        let now = if inner.last - read > 1_000_000 {
            read
        } else {
            read.max(inner.last + 1)
        };
        inner.last = now;
        inner.latest = inner.latest.max(now);
        Time::from_micros(now)
    }

    fn read(&self, inner: &Inner) -> i64 {
        let elapsed = i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX);
        BEGIN.micros() + elapsed + inner.clock
    }

    /// How long until the clocks show what they showed before they were set back.
    pub(crate) fn behind(&self) -> Duration {
        let inner = self.inner();
        let micros = inner.latest.saturating_sub(self.read(&inner));
        Duration::from_micros(u64::try_from(micros).unwrap_or_default())
    }

    /// The time that nobody sets.
    pub(crate) fn uptime(&self) -> Span {
        Span::from_millis(i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
}

/// One process, as long as it lives.
pub(crate) struct Fate {
    pub(crate) sky: Arc<Sky>,
    pub(crate) name: String,
    dead: AtomicBool,
    pub(crate) died: Notify,
}

impl Fate {
    pub(crate) fn new(sky: Arc<Sky>, name: String) -> Arc<Self> {
        Arc::new(Self {
            sky,
            name,
            dead: AtomicBool::new(false),
            died: Notify::new(),
        })
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }

    /// Ends the process where it stands.
    pub(crate) fn kill(&self, why: &str) {
        if !self.dead.swap(true, Ordering::Relaxed) {
            self.sky.say(|| format!("{} is killed {why}", self.name));
            self.sky.oracle.died(&self.name);
            self.died.notify_one();
        }
    }

    /// A step: the process may stall, or never come back from it.
    pub(crate) async fn step(&self, at: &str) {
        if !self.is_dead() && self.sky.happens(|it| it.kill) {
            self.kill(at);
        }
        if !self.is_dead() && self.sky.happens(|it| it.stall) {
            let stall = [20, 200, 1_500, 3_000, 10_000, 75_000]
                .get(usize::try_from(self.sky.below(6)).unwrap_or_default())
                .copied()
                .unwrap_or(20);
            self.sky
                .say(|| format!("{} stalls for {stall} ms {at}", self.name));
            sleep(Duration::from_millis(stall)).await;
        } else if !self.is_dead() && self.sky.below(4) == 0 {
            sleep(Duration::from_micros(self.sky.below(900) + 50)).await;
        }
        if self.is_dead() {
            pending::<()>().await;
        }
    }
}

/// Time and chance of one process.
pub(crate) struct SimWorld(pub(crate) Arc<Sky>);

impl WorldTrait for SimWorld {
    fn now(&self) -> Time {
        self.0.now()
    }

    fn uptime(&self) -> Span {
        self.0.uptime()
    }

    fn fill(&self, bytes: &mut [u8]) {
        for part in bytes.chunks_mut(8) {
            let drawn = self.0.below(u64::MAX).to_le_bytes();
            part.copy_from_slice(drawn.get(..part.len()).unwrap_or_default());
        }
    }
}
