//! Time that a test can move forward, and the real chance.

use std::sync::atomic::{AtomicI64, Ordering};

use evergrant_web::service::World;
use evergrant_web::service::core::{Span, Time};
use evergrant_web::service::world::Real;

/// The real clock, and what a test added to it. All processes of a case see the same one.
#[derive(Default)]
pub(crate) struct Clock {
    real: Real,
    ahead_millis: AtomicI64,
}

impl Clock {
    fn ahead(&self) -> Span {
        Span::from_millis(self.ahead_millis.load(Ordering::Acquire))
    }

    /// Lets so much time pass at once.
    pub(crate) fn pass(&self, span: Span) {
        self.ahead_millis.fetch_add(span.millis(), Ordering::AcqRel);
    }

    /// Lets time pass until then.
    pub(crate) fn pass_until(&self, when: Time) {
        self.pass(when.since(self.now()).plus(Span::from_millis(1)));
    }
}

impl World for Clock {
    fn now(&self) -> Time {
        self.real.now().plus(self.ahead())
    }

    fn uptime(&self) -> Span {
        self.real.uptime().plus(self.ahead())
    }

    fn fill(&self, bytes: &mut [u8]) {
        self.real.fill(bytes);
    }
}
