//! What the state of a connection means to a command that wanted it to serve: a problem document,
//! and with it the exit code.

use evergrant_web::api::Problem;
use evergrant_web::api::connections::{ConnectionChecked, ConnectionRefreshed, ConnectionShown};

use crate::failure::Failed;

/// Why a check did not find a connection that serves.
pub(super) fn unserved(checked: ConnectionChecked) -> Failed {
    let name = &checked.connection.name;
    let what = match checked.accepted {
        Some(false) => format!("The provider does not take the access token of {name}."),
        _ => format!("{name} has no token to give now."),
    };
    failed(checked.connection, &what, 503, "not_now")
}

/// Why a refresh brought no new tokens.
pub(super) fn unrenewed(refreshed: ConnectionRefreshed) -> Failed {
    let connection = refreshed.connection;
    let mut what = format!("{} was not refreshed.", connection.name);
    if !refreshed.renewable {
        what.push_str(" There is nothing to renew it with: it has no refresh token.");
        return failed(connection, &what, 409, "not_renewable");
    }
    if matches!(connection.state.as_str(), "active" | "scope_gap") {
        what.push_str(" Another process asked the provider, and has no answer yet.");
    }
    failed(connection, &what, 503, "not_now")
}

/// Why a consent made no connection that serves.
pub(super) fn unconnected(connection: ConnectionShown) -> Failed {
    let what = format!("{} was not connected.", connection.name);
    let denied = connection
        .diagnosis
        .as_ref()
        .is_some_and(|it| it.cause == "consent_required");
    let (status, code) = if denied {
        (403, "consent_denied")
    } else {
        (409, "not_connected")
    };
    failed(connection, &what, status, code)
}

/// The problem of a connection in this state. Where the state says nothing, it is the one given.
fn failed(connection: ConnectionShown, what: &str, status: u16, code: &str) -> Failed {
    let (status, code) = match connection.state.as_str() {
        "needs_reauth" => (409, "needs_reauth"),
        "pending" => (409, "pending"),
        "app_fault" => (409, "app_fault"),
        "degraded" | "in_doubt" => (503, "not_now"),
        "suspended" => (403, "suspended"),
        _ => (status, code),
    };
    let mut detail = what.to_owned();
    match (&connection.diagnosis, connection.state.as_str()) {
        (_, "suspended") => detail.push_str(" It is suspended: `connection resume` lets it go on."),
        (_, "pending") => detail.push_str(" It waits for a person to consent."),
        (Some(it), _) => detail.push_str(&format!(" {} {}", it.summary, it.next_step)),
        (None, _) => {}
    }
    let mut problem = Problem::new(status, code, detail);
    problem.diagnosis = connection.diagnosis.map(Box::new);
    if matches!(code, "needs_reauth" | "pending") {
        problem.reauthorize_url = Some(None);
    }
    problem.into()
}
