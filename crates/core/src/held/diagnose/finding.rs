//! What a rule finds, and all rules.

use super::history::History;
use super::{Facts, age, clock, code, crowd, idle, period, scope, secret, twice};
use crate::held::answer::Fault;
use crate::held::diagnosis::{Cause, Confidence, Party};
use crate::held::explain::Explanation;

/// A failure with everything that is known of it.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) facts: &'a Facts,
    pub(super) fault: &'a Fault,
    pub(super) said: &'a Explanation,
    pub(super) history: &'a History,
}

impl Case<'_> {
    /// Whether the answer says no more than that the grant is refused.
    pub(super) fn is_bare(&self) -> bool {
        let code = self.fault.code.as_deref();
        let refused = code.is_none_or(|it| it.eq_ignore_ascii_case("invalid_grant"));
        refused && self.said.confidence == Confidence::Ambiguous
    }

    /// Whether the text takes a cause for possible.
    pub(super) fn allows(&self, cause: Cause) -> bool {
        self.said.cause == cause || self.said.also_possible.contains(&cause)
    }
}

/// How much a finding counts beside others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Weight {
    /// One cause more to think of.
    Hint,
    /// It comes first where nothing else is known.
    Leaning,
    /// It is what most likely happened.
    Strong,
    /// The same, by a number that is hard to meet by chance.
    Exact,
}

/// What one rule says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Finding {
    pub(super) cause: Cause,
    pub(super) party: Party,
    pub(super) weight: Weight,
    /// One sentence, with the numbers in it.
    pub(super) because: String,
}

type Rule = fn(&Case<'_>) -> Option<Finding>;

/// The rules for a code, which is no grant yet.
const OF_CODES: [Rule; 4] = [secret::changed, crowd::alike, clock::skewed, code::refused];

/// Every rule; of two findings of one weight the first counts more.
const RULES: [Rule; 13] = [
    age::testing,
    age::stated_end,
    period::repeats,
    age::limit,
    secret::changed,
    twice::sent_twice,
    twice::made_twice,
    twice::elsewhere,
    crowd::alike,
    crowd::superseded,
    idle::idle,
    clock::skewed,
    scope::password,
];

/// What the history says, what counts most first.
pub(super) fn all(case: &Case<'_>) -> Vec<Finding> {
    if case.history.redeems {
        let mut found: Vec<_> = OF_CODES.iter().filter_map(|rule| rule(case)).collect();
        found.sort_by_key(|it| std::cmp::Reverse(it.weight));
        return found;
    }
    let mut found: Vec<_> = RULES.iter().filter_map(|rule| rule(case)).collect();
    found.extend(scope::missing(case));
    found.sort_by_key(|it| std::cmp::Reverse(it.weight));
    found
}
