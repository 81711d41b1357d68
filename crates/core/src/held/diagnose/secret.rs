//! The client secret of the integration.

use super::finding::{Case, Finding, Weight};
use super::say;
use crate::held::diagnosis::{Cause, Party};

/// Codes that name our registration.
const CLIENT: [&str; 2] = ["invalid_client", "unauthorized_client"];

/// The secret was changed here since the last success, or since the consent.
pub(super) fn changed(case: &Case<'_>) -> Option<Finding> {
    let set_at = case.history.background.secret_set_at?;
    let since = if set_at > case.history.renewed_at {
        "the last success"
    } else if set_at > case.history.consented_at {
        "the consent"
    } else {
        return None;
    };
    let code = case.fault.code.as_deref().unwrap_or_default();
    let names_us = CLIENT.iter().any(|it| it.eq_ignore_ascii_case(code));
    let weight = match (names_us, since) {
        (true, _) => Weight::Exact,
        // The new secret has worked before.
        (false, "the consent") => Weight::Hint,
        (false, _) => Weight::Strong,
    };
    let ago = say::span(case.history.at.since(set_at));
    (names_us || case.is_bare()).then(|| Finding {
        cause: Cause::AppOrClientMisconfigured,
        party: Party::Operator,
        weight,
        because: format!(
            "The integration's client secret was changed here {ago} before this failure, after \
             {since}."
        ),
    })
}
