//! Time and chance: the one place that reads the real ones.

use std::sync::atomic::{AtomicI64, Ordering};

use evergrant_core::id::Chance;
use evergrant_core::issued::Nonce;
use evergrant_core::{Span, Time};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

/// How far the clock may step back, in microseconds, without time standing still here meanwhile.
const SET_BACK: i64 = 1_000_000;

/// What the world outside gives us. A simulation gives its own.
pub trait World: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> Time;

    /// How long this machine has been on, on a clock that nobody sets and that runs while it
    /// sleeps.
    fn uptime(&self) -> Span;

    /// Fills with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn World {
    /// Chance for an id.
    pub fn chance(&self) -> Chance {
        Chance(self.bytes())
    }

    /// A nonce for a rotation.
    pub fn nonce(&self) -> Nonce {
        Nonce(self.bytes())
    }

    /// Sixteen random bytes.
    pub fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes
    }

    /// The random part of a secret.
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.fill(&mut *bytes);
        bytes
    }
}

/// The real world.
#[derive(Debug)]
pub struct Real {
    random: SystemRandom,
    last: AtomicI64,
}

impl Default for Real {
    fn default() -> Self {
        Self {
            random: SystemRandom::new(),
            last: AtomicI64::new(0),
        }
    }
}

impl World for Real {
    /// No two calls get the same time, so that what came first here can be told from it.
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let micros = since.map(|it| it.as_micros()).unwrap_or_default();
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        let next = |last: i64| {
            // A clock that was set back by more than this is followed, not waited for.
            let ahead = last.saturating_sub(micros) > SET_BACK;
            Some(if ahead {
                micros
            } else {
                micros.max(last.saturating_add(1))
            })
        };
        let last = self
            .last
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
        let last = last.unwrap_or_else(|last| last);
        Time::from_micros(next(last).unwrap_or(micros))
    }

    fn uptime(&self) -> Span {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let clock = rustix::time::ClockId::Boottime;
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        let clock = rustix::time::ClockId::Monotonic;
        let now = rustix::time::clock_gettime(clock);
        Span::from_millis(
            now.tv_sec
                .saturating_mul(1000)
                .saturating_add(now.tv_nsec / 1_000_000),
        )
    }

    fn fill(&self, bytes: &mut [u8]) {
        // A machine that stops giving random numbers can make no secret: going on would be worse.
        if self.random.fill(bytes).is_err() {
            std::process::abort();
        }
    }
}
