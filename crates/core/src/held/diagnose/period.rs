//! Grants of one connection that end again and again after the same time.

use super::finding::{Case, Finding, Weight};
use super::say;
use crate::Span;
use crate::held::diagnosis::{Cause, Party};

/// How many earlier grants must have ended at the same age.
const EARLIER: usize = 2;
/// Two ages are the same if they differ by at most this part of them.
const PART: i64 = 20;
/// Below this age they say nothing: whatever is wrong at once is wrong each time.
const SHORTEST: Span = Span::from_seconds(3_600);
/// A session of an organisation is at most so long; what ends later ends at a limit.
const SESSION: Span = Span::from_days(4);

/// Each grant of this connection came to the same age.
pub(super) fn repeats(case: &Case<'_>) -> Option<Finding> {
    let age = case.history.age();
    let lives = &case.history.background.lives;
    let same = |it: &&Span| (it.millis() - age.millis()).abs() * PART <= age.millis();
    let like = lives.iter().take_while(same).count();
    if age < SHORTEST || like < EARLIER {
        return None;
    }
    let (cause, party, how) = if age < SESSION {
        let how = "as where an organisation limits sessions";
        (Cause::AdminPolicyBlocked, Party::AccountAdmin, how)
    } else {
        let how = "as where a grant's time is fixed from the start";
        (Cause::HardLifetimeLimit, Party::EndUser, how)
    };
    Some(Finding {
        cause,
        party,
        weight: Weight::Exact,
        because: format!(
            "This grant and the {} before it each ended after about {}, {how}.",
            like,
            say::span(age)
        ),
    })
}
