//! A deadline on a clock that goes on while the machine sleeps.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use evergrant_service::core::Span;
use rustix::time::{ClockId, clock_gettime};
use tokio::time::{Instant, sleep};

/// The timer of tokio stands still while the machine sleeps, so it is not trusted for longer.
const TICK: Duration = Duration::from_millis(500);

/// When something must be over.
pub(super) struct Deadline {
    clock: fn() -> Duration,
    end: Duration,
}

impl Deadline {
    /// So much later than now.
    pub(super) fn after(span: Span) -> Self {
        Self::by(awake_or_asleep, span)
    }

    fn by(clock: fn() -> Duration, span: Span) -> Self {
        let end = clock().saturating_add(span.into());
        Self { clock, end }
    }

    /// How long it still is; zero when it has passed.
    pub(super) fn left(&self) -> Duration {
        self.end.saturating_sub((self.clock)())
    }

    /// What work comes to, if it does so in time.
    ///
    /// The clock is looked at before each step of the work: after a sleep nothing is sent that was
    /// meant to be sent before, and a peer that never pauses can't keep the deadline from being
    /// seen.
    pub(super) async fn bound<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        let mut tick = pin!(sleep(self.left().min(TICK)));
        poll_fn(|context| {
            loop {
                let left = self.left();
                if left.is_zero() {
                    return Poll::Ready(None);
                }
                if tick.as_mut().poll(context).is_pending() {
                    return work.as_mut().poll(context).map(Some);
                }
                tick.as_mut().reset(Instant::now() + left.min(TICK));
            }
        })
        .await
    }
}

fn awake_or_asleep() -> Duration {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let clock = ClockId::Boottime;
    // It goes on in sleep on Apple's systems; some others have none that does.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let clock = ClockId::Monotonic;
    let now = clock_gettime(clock);
    let seconds = u64::try_from(now.tv_sec).unwrap_or_default();
    let nanos = u32::try_from(now.tv_nsec).unwrap_or_default();
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[tokio::test]
    async fn work_that_ends_in_time_is_not_disturbed() {
        let deadline = Deadline::after(Span::from_seconds(60));
        let work = async {
            sleep(Duration::from_millis(20)).await;
            7
        };
        assert_eq!(deadline.bound(work).await, Some(7));
    }

    #[tokio::test]
    async fn work_that_never_ends_is_given_up_on_time() {
        let begin = Instant::now();
        let deadline = Deadline::after(Span::from_millis(700));
        assert_eq!(deadline.bound(pending::<()>()).await, None);
        assert!(begin.elapsed() >= Duration::from_millis(690));
        assert!(begin.elapsed() < Duration::from_secs(5));
    }

    #[tokio::test]
    async fn a_deadline_that_passed_in_sleep_is_seen_within_a_tick() {
        static CLOCK: AtomicU64 = AtomicU64::new(0);
        let clock = || Duration::from_secs(CLOCK.load(Ordering::Relaxed));
        let deadline = Deadline::by(clock, Span::from_seconds(3600));
        let begin = Instant::now();
        let work = async {
            CLOCK.store(4000, Ordering::Relaxed);
            pending::<()>().await;
        };
        assert_eq!(deadline.bound(work).await, None);
        assert!(begin.elapsed() < Duration::from_secs(10));
    }

    #[tokio::test]
    async fn nothing_is_done_after_the_deadline() {
        let deadline = Deadline::after(Span::from_millis(0));
        let work = async { unreachable!("the work was begun") };
        assert_eq!(deadline.bound::<()>(work).await, None);
    }

    #[tokio::test]
    async fn work_that_never_pauses_can_not_hide_the_deadline() {
        let deadline = Deadline::after(Span::from_millis(100));
        let work = async {
            loop {
                tokio::task::consume_budget().await;
            }
        };
        assert_eq!(deadline.bound::<()>(work).await, None);
    }
}
