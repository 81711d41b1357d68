//! How old the grant was.

use super::finding::{Case, Finding, Weight};
use super::say;
use crate::Span;
use crate::held::diagnosis::{Cause, Party};

const HOUR: Span = Span::from_seconds(3_600);

/// Within so many parts of a limit it is reached: providers round, and so do their clocks.
const PARTS: i64 = 100;

/// Whether a span has come to a limit, give or take an hundredth.
pub(super) fn reached(span: Span, limit: Span) -> bool {
    span.millis() >= limit.millis() - limit.millis() / PARTS
}

/// The app is in testing: the grant ends at an age that nothing else has. It is seen at the refresh
/// after that age, so a while later.
pub(super) fn testing(case: &Case<'_>) -> Option<Finding> {
    let limit = case.facts.testing_limit?;
    let age = case.history.age();
    let early = Span::from_millis(limit.millis() - 6 * HOUR.millis());
    let late = Span::from_millis(limit.millis() + 12 * HOUR.millis());
    let they = case.facts.they();
    (early..=late).contains(&age).then(|| Finding {
        cause: Cause::AppInTestingMode,
        party: Party::AppDeveloper,
        weight: Weight::Exact,
        because: format!(
            "The grant was {} old, and the app's consent screen at {they} may be in Testing, where \
             grants end after {}.",
            say::span(age),
            say::span(limit)
        ),
    })
}

/// The provider had said when the refresh token ends.
pub(super) fn stated_end(case: &Case<'_>) -> Option<Finding> {
    let end = case.history.refresh_expires_at?;
    if case.history.at < end {
        return None;
    }
    let life = end.since(case.history.renewed_at);
    // Where the end moves on with every use, it is the idle time that came to it.
    let idles = case
        .facts
        .idle_limit
        .is_some_and(|limit| reached(life, limit) && reached(limit, life));
    let (cause, what) = if idles {
        (Cause::IdleExpiry, "nobody used it until then")
    } else {
        (Cause::HardLifetimeLimit, "that time had come")
    };
    Some(Finding {
        cause,
        party: Party::EndUser,
        weight: Weight::Exact,
        because: format!(
            "When the refresh token came, {} said that it ends after {}; {what}.",
            case.facts.they(),
            say::span(life)
        ),
    })
}

/// The age at which every grant of this provider ends.
pub(super) fn limit(case: &Case<'_>) -> Option<Finding> {
    let limit = case.facts.absolute_limit?;
    let age = case.history.age();
    reached(age, limit).then(|| Finding {
        cause: Cause::HardLifetimeLimit,
        party: Party::EndUser,
        weight: Weight::Exact,
        because: format!(
            "The grant was {} old, and grants at {} end after {} whatever is done.",
            say::span(age),
            case.facts.they(),
            say::span(limit)
        ),
    })
}
