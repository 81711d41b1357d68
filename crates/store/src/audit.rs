//! The audit journal: one row for each change that somebody may ask about later.

use evergrant_core::held::State;
use evergrant_core::people::{Effect, EpochSubject};
use evergrant_core::{Actor, Change, Time};

use crate::engine::Outage;
use crate::row::Columns;

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its id; ids sort by time.
    pub id: String,
    /// When.
    pub at: Time,
    /// Who.
    pub actor: String,
    /// What.
    pub act: String,
    /// To what.
    pub subject: String,
    /// What else is worth knowing; never a secret.
    pub detail: String,
}

impl AuditEntry {
    pub(crate) fn read(columns: &mut Columns) -> Result<Self, Outage> {
        let id = columns.text()?;
        columns.maybe_text()?;
        Ok(Self {
            id,
            at: columns.time()?,
            actor: columns.text()?,
            act: columns.text()?,
            subject: columns.text()?,
            detail: columns.text()?,
        })
    }
}

/// An actor as it is written.
pub(crate) fn actor(actor: &Actor) -> String {
    match actor {
        Actor::User(user) => user.to_string(),
        Actor::PersonalToken(user, token) => format!("{user} {token}"),
        Actor::Client(client) => client.to_string(),
        Actor::Operator => "operator".into(),
        Actor::System => "system".into(),
    }
}

/// An epoch's subject as it is written; [`crate::sql`] knows these words.
pub(crate) fn subject(subject: &EpochSubject) -> String {
    match subject {
        EpochSubject::Client(client) => format!("client {client}"),
        EpochSubject::Membership(team, user) => format!("membership {team} {user}"),
        EpochSubject::UserGrants(user) => format!("grants {user}"),
        EpochSubject::UserPersonalTokens(user) => format!("personal_tokens {user}"),
        EpochSubject::UserSessions(user) => format!("sessions {user}"),
    }
}

/// What an effect is called.
pub(crate) const fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Keep => "keep",
        Effect::Revoke => "revoke",
    }
}

/// The journal's words for a change: act, subject, detail. A refresh and its retries, a code's
/// steps, a use and the heartbeat leave none: they would make it grow with traffic.
pub(crate) fn words(change: &Change) -> Option<(&'static str, String, String)> {
    let none = String::new;
    Some(match change {
        Change::CodeMade(_)
        | Change::CodeRedeemed { .. }
        | Change::GrantRetried { .. }
        | Change::GrantRotated { .. }
        | Change::PersonalTokenUsed { .. }
        | Change::StoreSetUp
        | Change::Served { absence: None, .. } => return None,
        Change::ConnectionBound { .. }
        | Change::ConnectionMade(..)
        | Change::IntegrationAdded(..)
        | Change::IntegrationRemoved { .. }
        | Change::ConnectionMoved { .. }
        | Change::IntegrationSecretSet { .. }
        | Change::UnmatchedRemoved { .. } => return words_of_the_held(change),
        Change::AnswerKept { .. }
        | Change::AnswerShredded { .. }
        | Change::AttemptAdvanced { .. }
        | Change::AttemptClaimed(_)
        | Change::ConsentBegun(..)
        | Change::ConsentSpent { .. }
        | Change::ReadsNoted(_)
        | Change::RevocationDue { .. }
        | Change::RevocationEnded { .. }
        | Change::RevocationPutOff { .. }
        | Change::RunnerUpKept { .. }
        | Change::TokensApplied { .. }
        | Change::TokensShredded { .. }
        | Change::UnmatchedSeen(_) => return None,
        Change::AccessFloorRaised { grant, floor } => (
            "access_token.revoked",
            grant.to_string(),
            format!("below generation {floor}"),
        ),
        Change::ClientAdded(client) => ("client.added", client.id.to_string(), client.name.clone()),
        Change::ClientRemoved { client, .. } => ("client.removed", client.to_string(), none()),
        Change::ClientSecretSet { client, .. } => ("client.secret_set", client.to_string(), none()),
        Change::GrantBegun(grant) => {
            let detail = format!("{} {} {}", grant.client, grant.user, grant.scope);
            ("grant.begun", grant.id.to_string(), detail)
        }
        Change::GrantEnded { grant, reason, .. } => {
            ("grant.ended", grant.to_string(), reason.as_str().to_owned())
        }
        Change::IncidentSeen(incident) => {
            let detail = format!("{} {}", incident.kind.as_str(), incident.story.as_str());
            ("incident.seen", incident.grant.to_string(), detail)
        }
        Change::PersonalTokenDeleted { token } => {
            ("personal_token.deleted", token.to_string(), none())
        }
        Change::PersonalTokenMade(token) => {
            let detail = format!("{} {}", token.user, token.purpose);
            ("personal_token.made", token.id.to_string(), detail)
        }
        other => return Some(words_of_the_house(other)),
    })
}

/// The words for integrations and connections. Of a connection's states only those are told that
/// somebody brings about: all others come and go with its refreshes.
fn words_of_the_held(change: &Change) -> Option<(&'static str, String, String)> {
    let none = String::new;
    Some(match change {
        Change::ConnectionBound {
            connection,
            account,
            ..
        } => (
            "connection.bound",
            connection.to_string(),
            account.id.clone(),
        ),
        Change::ConnectionMade(it, ..) => {
            let detail = format!("{} {}", it.name, it.integration);
            ("connection.made", it.id.to_string(), detail)
        }
        Change::ConnectionMoved { connection, to, .. } => {
            let act = match to.state {
                State::Suspended => "connection.suspended",
                State::Revoked => "connection.revoked",
                _ => return None,
            };
            (act, connection.to_string(), none())
        }
        Change::IntegrationAdded(it, _) => {
            let detail = format!("{} {}", it.name, it.provider);
            ("integration.added", it.id.to_string(), detail)
        }
        Change::IntegrationRemoved { integration, .. } => {
            ("integration.removed", integration.to_string(), none())
        }
        Change::IntegrationSecretSet { integration, .. } => {
            ("integration.secret_set", integration.to_string(), none())
        }
        Change::UnmatchedRemoved { unmatched, .. } => {
            ("unmatched.removed", unmatched.to_string(), none())
        }
        _ => return None,
    })
}

/// The words for what happens to people, keys and the store itself.
fn words_of_the_house(change: &Change) -> (&'static str, String, String) {
    let none = String::new;
    match change {
        Change::EpochRaised {
            subject: it,
            cause,
            effect: done,
            ..
        } => (
            "epoch.raised",
            subject(it),
            format!("{} {}", cause.as_str(), effect(*done)),
        ),
        Change::KeyMade { key, kind, .. } => {
            ("key.made", key.to_string(), kind.as_str().to_owned())
        }
        Change::KeyRetired { key, .. } => ("key.retired", key.to_string(), none()),
        Change::PasswordSet { user, .. } => ("user.password_set", user.to_string(), none()),
        Change::Served { absence, .. } => {
            let away = absence
                .map(|it| it.until.since(it.from).millis())
                .unwrap_or_default();
            ("store.absent", "store".into(), format!("{away} ms"))
        }
        Change::SessionEnded { .. } => ("session.ended", "session".into(), none()),
        Change::SessionOpened(session) => ("session.opened", session.user.to_string(), none()),
        Change::TeamMade(team) => ("team.made", team.id.to_string(), team.name.clone()),
        Change::UserAdded(user, _) => {
            let detail = format!("{} {}", user.email, user.role.as_str());
            ("user.added", user.id.to_string(), detail)
        }
        Change::UserRemoved { user, .. } => ("user.removed", user.to_string(), none()),
        Change::UserRoleSet { user, role, .. } => {
            ("user.role_set", user.to_string(), role.as_str().to_owned())
        }
        Change::UserSuspended { user, at } => {
            let act = if at.is_some() {
                "user.suspended"
            } else {
                "user.resumed"
            };
            (act, user.to_string(), none())
        }
        _ => ("changed", none(), none()),
    }
}
