//! From changes to statements: each with the guard that it names.

mod held;
mod issued;
mod people;

use evergrant_core::id::{AuditId, Chance, TeamId};
use evergrant_core::{Actor, Change, Time};

use crate::audit;
use crate::engine::{Expect, Outage, Statement, Value};
use crate::row::text;
use crate::seal::{Place, Sealer};
use crate::sql;

/// Changes that stand or fall together, and who made them when.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The team whose journal tells of it; the store's own doings have none.
    pub team: Option<TeamId>,
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Time,
    /// For the ids of the journal's rows.
    pub chance: Chance,
    /// What.
    pub changes: Vec<Change>,
}

/// A write that expects to change something.
pub(crate) fn guarded(text: &'static str, values: Vec<Value>) -> Statement {
    Statement {
        text,
        values,
        expect: Expect::Changed,
    }
}

/// A write that may find nothing to do.
pub(crate) fn any(text: &'static str, values: Vec<Value>) -> Statement {
    Statement {
        text,
        values,
        expect: Expect::Any,
    }
}

/// The statements of a commit, in order, with its rows of the audit journal.
pub(crate) fn statements(commit: &Commit, sealer: &Sealer) -> Result<Vec<Statement>, Outage> {
    let mut out = Vec::with_capacity(commit.changes.len() + 1);
    for (index, change) in commit.changes.iter().enumerate() {
        write(change, (commit, index), sealer, &mut out)?;
        if let Some(words) = audit::words(change) {
            out.push(journal(commit, index, words));
        }
    }
    Ok(out)
}

/// The chance for what the change at this place makes. In eight bytes: no commit is too long for
/// each row to have an id of its own, in order.
fn numbered(commit: &Commit, index: usize) -> Chance {
    let mut chance = commit.chance;
    if let Some(last) = chance.0.last_chunk_mut::<8>() {
        *last = u64::from_be_bytes(*last)
            .wrapping_add(index as u64)
            .to_be_bytes();
    }
    chance
}

fn journal(
    commit: &Commit,
    index: usize,
    (act, subject, detail): (&str, String, String),
) -> Statement {
    guarded(
        sql::AUDIT_WRITE,
        vec![
            text(&AuditId::new(commit.at, numbered(commit, index))),
            commit.team.as_ref().map_or(Value::Null, text),
            commit.at.into(),
            audit::actor(&commit.actor).into(),
            act.into(),
            subject.into(),
            detail.into(),
        ],
    )
}

fn key(change: &Change, sealer: &Sealer) -> Result<Option<Statement>, Outage> {
    Ok(match change {
        Change::KeyMade {
            key,
            kind,
            active_from,
            at,
            public,
            private,
        } => {
            let sealed = sealer.seal(&Place::key(*key), private.expose().as_bytes())?;
            Some(guarded(
                sql::KEY_MAKE,
                vec![
                    text(key),
                    kind.as_str().into(),
                    public.clone().into(),
                    Value::Bytes(sealed),
                    (*at).into(),
                    (*active_from).into(),
                ],
            ))
        }
        Change::KeyRetired {
            key,
            at,
            verifies_until,
        } => Some(guarded(
            sql::KEY_RETIRE,
            vec![(*at).into(), (*verifies_until).into(), text(key)],
        )),
        _ => None,
    })
}

fn write(
    change: &Change,
    (commit, index): (&Commit, usize),
    sealer: &Sealer,
    out: &mut Vec<Statement>,
) -> Result<(), Outage> {
    match change {
        Change::AccessFloorRaised { .. }
        | Change::CodeMade(_)
        | Change::CodeRedeemed { .. }
        | Change::GrantBegun(_)
        | Change::GrantEnded { .. }
        | Change::GrantRetried { .. }
        | Change::GrantRotated { .. }
        | Change::IncidentSeen(_)
        | Change::PersonalTokenDeleted { .. }
        | Change::PersonalTokenMade(_)
        | Change::PersonalTokenUsed { .. } => out.push(issued::write(change)),
        Change::ClientAdded(_) | Change::ClientRemoved { .. } | Change::ClientSecretSet { .. } => {
            out.push(issued::write_client(change));
        }
        Change::EpochRaised {
            subject,
            from,
            cause,
            effect,
        } => {
            people::raise(*subject, *from, (*cause, *effect), commit, out);
        }
        Change::KeyMade { .. } | Change::KeyRetired { .. } => out.extend(key(change, sealer)?),
        Change::PasswordSet { .. }
        | Change::SessionEnded { .. }
        | Change::SessionOpened(_)
        | Change::StoreSetUp
        | Change::TeamMade(_)
        | Change::UserAdded(..)
        | Change::UserRemoved { .. }
        | Change::UserRoleSet { .. }
        | Change::UserSuspended { .. } => people::write(change, out),
        Change::AnswerKept { .. }
        | Change::AnswerShredded { .. }
        | Change::AttemptAdvanced { .. }
        | Change::AttemptClaimed(_)
        | Change::ConnectionBound { .. }
        | Change::ConnectionMade(..)
        | Change::ConnectionMoved { .. }
        | Change::ConsentBegun(..)
        | Change::ConsentSpent { .. }
        | Change::IntegrationAdded(..)
        | Change::IntegrationRemoved { .. }
        | Change::IntegrationSecretSet { .. }
        | Change::ReadsNoted(_)
        | Change::RevocationDue { .. }
        | Change::RevocationEnded { .. }
        | Change::RevocationPutOff { .. }
        | Change::RunnerUpKept { .. }
        | Change::TokensApplied { .. }
        | Change::TokensShredded { .. }
        | Change::UnmatchedRemoved { .. }
        | Change::UnmatchedSeen(_) => held::write(change, (commit, index), sealer, out)?,
        Change::Served { .. } => {
            return Err(Outage("a heartbeat is written by Store::served".into()));
        }
    }
    Ok(())
}
