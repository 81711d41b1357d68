//! What was asked for, and what was granted.

use super::finding::{Case, Finding, Weight};
use crate::ScopeSet;
use crate::held::diagnosis::{Cause, Party};
use crate::held::scopes;

/// The grant has a scope that this provider ties to the person's password.
pub(super) fn password(case: &Case<'_>) -> Option<Finding> {
    let tied = &case.facts.password_scopes;
    let has = |set: &ScopeSet| {
        let mut words = set.words();
        words
            .find(|word| tied.iter().any(|it| word.starts_with(it.as_str())))
            .map(str::to_owned)
    };
    let granted = case.history.granted.as_ref();
    let scope = has(granted.unwrap_or(&case.history.asked))?;
    Some(Finding {
        cause: Cause::PasswordChanged,
        party: Party::EndUser,
        weight: Weight::Leaning,
        because: format!(
            "The grant has the scope {scope}, and {} ends such grants when the person changes \
             their password.",
            case.facts.they()
        ),
    })
}

/// Not everything that was asked for was granted.
pub(super) fn missing(case: &Case<'_>) -> Option<Finding> {
    let missing = scopes::missing(&case.history.asked, case.history.granted.as_ref());
    let matters = case.allows(Cause::ScopeMissingOrChanged);
    (matters && !missing.is_empty()).then(|| Finding {
        cause: Cause::ScopeMissingOrChanged,
        party: Party::EndUser,
        weight: Weight::Leaning,
        because: format!("Asked for and not granted: {}.", missing.join(" ")),
    })
}
