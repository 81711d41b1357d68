//! How long nobody used the grant.

use super::age::reached;
use super::finding::{Case, Finding, Weight};
use super::say;
use crate::held::diagnosis::{Cause, Party};

/// Nobody used it for as long as this provider lets a grant lie.
pub(super) fn idle(case: &Case<'_>) -> Option<Finding> {
    let limit = case.facts.idle_limit?;
    let idle = case.history.idle();
    reached(idle, limit).then(|| Finding {
        cause: Cause::IdleExpiry,
        party: Party::EndUser,
        weight: Weight::Strong,
        because: format!(
            "The grant had not been used for {}, and {} ends grants that nobody uses for {}.",
            say::span(idle),
            case.facts.they(),
            say::span(limit)
        ),
    })
}
