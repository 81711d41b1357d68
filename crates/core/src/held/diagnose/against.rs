//! What the history speaks against.

use super::finding::Case;
use super::say;
use crate::Span;
use crate::held::diagnosis::Cause;

/// Less than this part of a limit is far from it.
const FAR: i64 = 2;

fn is_far(span: Span, limit: Span) -> bool {
    span.millis() < limit.millis() / FAR
}

/// Causes that look the same by the text and can't be it, each with the reason.
pub(super) fn ruled_out(case: &Case<'_>) -> Vec<(Cause, String)> {
    let (facts, history) = (case.facts, case.history);
    let (age, idle) = (history.age(), history.idle());
    let mut out = Vec::new();
    if history.redeems {
        return out;
    }
    if let Some(limit) = facts.idle_limit.filter(|limit| is_far(idle, *limit)) {
        let (idle, limit) = (say::span(idle), say::span(limit));
        let why = format!("it was used {idle} before, and may lie for {limit}");
        out.push((Cause::IdleExpiry, why));
    }
    if let Some(limit) = facts.absolute_limit.filter(|limit| is_far(age, *limit)) {
        let (age, limit) = (say::span(age), say::span(limit));
        let why = format!("it was {age} old, and may live for {limit}");
        out.push((Cause::HardLifetimeLimit, why));
    }
    if let Some(limit) = facts
        .testing_limit
        .filter(|limit| age > Span::from_millis(2 * limit.millis()))
    {
        let (age, limit) = (say::span(age), say::span(limit));
        let why = format!("it was {age} old, and apps in testing have grants of {limit}");
        out.push((Cause::AppInTestingMode, why));
    }
    if !facts.one_time {
        let why = "its refresh tokens may be used as often as one likes".to_owned();
        out.push((Cause::RefreshTokenReused, why));
    }
    let newer = history.background.newer_consents;
    if let (Some(cap), Some(newer)) = (facts.token_cap, newer)
        && newer < cap / 2
    {
        let newer = say::count(newer, "newer consent");
        let why = format!("there are {newer}, and {cap} tokens live beside each other");
        out.push((Cause::RefreshTokenSuperseded, why));
    }
    let tied = !facts.password_scopes.is_empty();
    if tied && super::scope::password(case).is_none() {
        let why = "it has no scope that hangs on the password".to_owned();
        out.push((Cause::PasswordChanged, why));
    }
    out
}
