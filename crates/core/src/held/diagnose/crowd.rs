//! Other grants: newer ones of the same account, and others that failed alike.

use super::finding::{Case, Finding, Weight};
use super::say;
use crate::held::diagnosis::{Cause, Party};

/// So many connections of other people failing alike are no person's doing.
const CROWD: u32 = 3;
/// More than this are not counted.
pub(super) const MANY: u32 = 100;

/// The same account consented so often since that the provider dropped this one.
pub(super) fn superseded(case: &Case<'_>) -> Option<Finding> {
    let cap = case.facts.token_cap?;
    let newer = case.history.background.newer_consents?;
    (newer >= cap).then(|| Finding {
        cause: Cause::RefreshTokenSuperseded,
        party: Party::EndUser,
        weight: Weight::Strong,
        because: format!(
            "The same account consented {} since, and {} keeps {cap} tokens for an account and \
             app: one more ends the oldest.",
            say::count(newer, "time"),
            case.facts.they()
        ),
    })
}

/// Others of the same integration failed with the same code at the same time.
pub(super) fn alike(case: &Case<'_>) -> Option<Finding> {
    let alike = case.history.background.alike;
    if alike < CROWD {
        return None;
    }
    let (cause, party) = match case.fault.status {
        Some(500..) => (Cause::ProviderOutage, Party::Nobody),
        _ if case.said.cause == Cause::AdminPolicyBlocked => {
            (Cause::AdminPolicyBlocked, Party::AccountAdmin)
        }
        _ => (Cause::AppOrClientMisconfigured, Party::AppDeveloper),
    };
    let least = if alike >= MANY { "at least " } else { "" };
    let code = case.history.code.as_deref().unwrap_or("no code");
    Some(Finding {
        cause,
        party,
        weight: Weight::Strong,
        because: format!(
            "{least}{} of the same integration failed with {code} within the same minutes: that is \
             hardly one person's doing.",
            say::count(alike, "other connection")
        ),
    })
}
