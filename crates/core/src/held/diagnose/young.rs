//! Tokens that are too young to have been taken back.

use super::finding::Case;
use super::say;
use crate::Span;
use crate::held::diagnosis::Cause;

/// What a provider knows of a token on one of its machines, it may not know on another for so long.
const YOUNG: Span = Span::from_seconds(60);

/// Why a "revoked" is not to be believed, if it is not. Of tokens that were brought here nobody
/// knows how old they are.
pub(super) fn doubt(case: &Case<'_>) -> Option<String> {
    case.history.background.made_by?;
    let age = case.history.idle();
    let called_revoked = case.said.cause == Cause::UserRevoked;
    (called_revoked && age < YOUNG).then(|| {
        format!(
            "The token was {} old: one of the provider's machines may not have known it yet.",
            say::span(age)
        )
    })
}
