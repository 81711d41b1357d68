//! What was asked for, and what was granted.

use crate::ScopeSet;
use crate::held::diagnosis::{Cause, Confidence, Diagnosis, Party};

/// Scopes that ask for a behaviour or for claims, which many servers never name as granted
/// (OpenID Connect Core sections 5.4 and 11).
const UNNAMED: [&str; 6] = [
    "address",
    "email",
    "offline_access",
    "openid",
    "phone",
    "profile",
];

/// What was asked for and is not granted; where the provider says nothing, all is.
pub fn missing<'a>(asked: &'a ScopeSet, granted: Option<&ScopeSet>) -> Vec<&'a str> {
    let lacks =
        |word: &&str| !UNNAMED.contains(word) && granted.is_some_and(|granted| !granted.has(word));
    asked.words().filter(lacks).collect()
}

/// Whether everything that was asked for is granted.
pub fn has_all(asked: &ScopeSet, granted: Option<&ScopeSet>) -> bool {
    missing(asked, granted).is_empty()
}

/// What is said of a grant that lacks scopes.
pub fn missing_diagnosis(asked: &ScopeSet, granted: Option<&ScopeSet>) -> Diagnosis {
    let missing = missing(asked, granted);
    Diagnosis::new(
        Cause::ScopeMissingOrChanged,
        Party::EndUser,
        Confidence::Certain,
        vec![format!("Not granted: {}.", missing.join(" "))],
    )
}
