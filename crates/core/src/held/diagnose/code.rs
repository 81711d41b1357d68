//! Authorization codes, which are refused with the same word as grants.

use super::finding::{Case, Finding, Weight};
use crate::held::diagnosis::{Cause, Party};

/// A code was refused, and nothing more was said.
pub(super) fn refused(case: &Case<'_>) -> Option<Finding> {
    case.is_bare().then(|| Finding {
        cause: Cause::AuthorizationPendingOrCodeProblem,
        party: Party::EndUser,
        weight: Weight::Strong,
        because: "It was an authorization code that was refused: codes live for minutes, and work \
                  once."
            .into(),
    })
}
