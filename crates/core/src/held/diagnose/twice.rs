//! Our own doing: a refresh token that was sent twice, or that somebody else has as well.

use super::finding::{Case, Finding, Weight};
use super::say;
use crate::held::diagnosis::{Cause, Party};

fn reused(case: &Case<'_>, because: String) -> Option<Finding> {
    // Who forgives a second use has most likely forgiven this one.
    let weight = if case.facts.forgives {
        Weight::Leaning
    } else {
        Weight::Strong
    };
    case.facts.one_time.then_some(Finding {
        cause: Cause::RefreshTokenReused,
        party: Party::Operator,
        weight,
        because,
    })
}

/// This very token was sent more than once.
pub(super) fn sent_twice(case: &Case<'_>) -> Option<Finding> {
    let sends = case.history.sends;
    let times = say::count(sends, "time");
    let because = format!("We did it: this refresh token, which works once, was sent {times}.");
    reused(case, because).filter(|_| sends > 1)
}

/// The token before it was, and more than one request may have been taken.
pub(super) fn made_twice(case: &Case<'_>) -> Option<Finding> {
    let sends = case.history.background.made_by.unwrap_or_default();
    let times = say::count(sends, "time");
    let because = format!(
        "We did it: the refresh token before this one, which works once, was sent {times}; the \
         provider may have taken the second for a theft."
    );
    reused(case, because).filter(|_| sends > 1)
}

/// The text says that it was used twice, and we used it once.
pub(super) fn elsewhere(case: &Case<'_>) -> Option<Finding> {
    let says = case.said.cause == Cause::RefreshTokenReused;
    let made_once = case.history.background.made_by.unwrap_or(1) <= 1;
    let because = "It was sent once from here: another copy of it is in use elsewhere, by a \
                   restored or cloned keeper or another program."
        .into();
    reused(case, because).filter(|_| says && made_once && case.history.sends <= 1)
}
