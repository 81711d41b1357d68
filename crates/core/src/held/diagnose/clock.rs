//! Our clock and theirs.

use super::finding::{Case, Finding, Weight};
use super::history::History;
use super::say;
use crate::Span;
use crate::held::diagnosis::{Cause, Party};

/// Less than this is no skew: a `Date` has whole seconds, and proxies keep answers for a while.
const SKEW: Span = Span::from_seconds(60);

/// Words of refusals that depend on the time.
const TIMELY: [&str; 7] = [
    "clock",
    "iat",
    "nbf",
    "not yet valid",
    "in the future",
    "time frame",
    "timestamp",
];

/// By how much their clock is away from ours, and whether it is ahead.
pub(super) fn skew(history: &History) -> Option<(Span, bool)> {
    let theirs = history.their_clock?;
    let ahead = theirs.since(history.answered_at);
    let behind = history.at.since(theirs);
    if ahead > SKEW {
        Some((ahead, true))
    } else if behind > SKEW {
        Some((behind, false))
    } else {
        None
    }
}

/// What is worth saying of the clocks, whatever failed.
pub(super) fn evidence(case: &Case<'_>) -> Option<String> {
    let (by, ahead) = skew(case.history)?;
    let where_to = if ahead { "ahead of" } else { "behind" };
    Some(format!(
        "The clock of {} was {} {where_to} ours.",
        case.facts.they(),
        say::span(by)
    ))
}

/// The clocks disagree, and the refusal speaks of time.
pub(super) fn skewed(case: &Case<'_>) -> Option<Finding> {
    let because = evidence(case)?;
    let text = case.fault.text.as_deref().unwrap_or_default();
    let text = text.to_ascii_lowercase();
    let mut words = text.split(|it: char| !it.is_ascii_alphanumeric());
    let timely = TIMELY.iter().any(|it| {
        if it.len() > 3 {
            text.contains(it)
        } else {
            words.clone().any(|word| word == *it)
        }
    });
    let empty = words.all(str::is_empty);
    let weight = match (timely || case.said.cause == Cause::ClockSkew, empty) {
        (true, _) => Weight::Exact,
        (false, _) if case.allows(Cause::ClockSkew) => Weight::Hint,
        (false, _) => return None,
    };
    Some(Finding {
        cause: Cause::ClockSkew,
        party: Party::Operator,
        weight,
        because,
    })
}
