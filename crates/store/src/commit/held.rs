//! Statements for what we hold: integrations, connections, grants, the journal of attempts.

use evergrant_core::Change;
use evergrant_core::held::{Attempt, Connection, Consent, ConsentSecrets, Grant, Tokens};
use evergrant_core::id::{RevocationId, UnmatchedId};

use crate::commit::{Commit, any, guarded, numbered};
use crate::engine::{Outage, Statement, Value};
use crate::held::attempt::place_of;
use crate::held::{attempt, connection, grant, integration, read, unmatched};
use crate::row::text;
use crate::seal::{Place, Sealer};
use crate::sql::held as sql;

pub(super) fn write(
    change: &Change,
    at: (&Commit, usize),
    sealer: &Sealer,
    out: &mut Vec<Statement>,
) -> Result<(), Outage> {
    match change {
        Change::AnswerKept { .. }
        | Change::AnswerShredded { .. }
        | Change::AttemptAdvanced { .. }
        | Change::AttemptClaimed(_) => journal(change, sealer, out)?,
        Change::ConnectionBound { .. }
        | Change::ConnectionMade(..)
        | Change::ConnectionMoved { .. } => connect(change, sealer, out)?,
        Change::IntegrationAdded(..)
        | Change::IntegrationRemoved { .. }
        | Change::IntegrationSecretSet { .. } => register(change, at.0, sealer, out)?,
        Change::RevocationDue { .. }
        | Change::RevocationEnded { .. }
        | Change::RevocationPutOff { .. } => out.extend(revoke(change, at, sealer)?),
        Change::ConsentBegun(consent, secrets) => out.push(begin(consent, secrets, sealer)?),
        Change::ConsentSpent { state, at, secrets } => {
            let sealed = sealer.sealed(&Place::consent(state), secrets)?;
            let values = vec![(*at).into(), Value::Bytes(sealed), state.0.into()];
            out.push(guarded(sql::CONSENT_SPEND, values));
        }
        Change::ReadsNoted(reads) => {
            out.extend(reads.iter().map(|it| any(sql::READ_NOTE, read::values(it))));
        }
        Change::RunnerUpKept {
            grant,
            tokens,
            swap,
        } => {
            let text = if *swap {
                sql::RUNNER_UP_SWAP
            } else {
                sql::RUNNER_UP_KEEP
            };
            let mut values = sealed(grant, tokens, sealer)?;
            values.push(grant.generation.into());
            out.push(guarded(text, values));
        }
        Change::TokensApplied {
            from,
            grant,
            tokens,
        } => {
            let mut values = sealed(grant, tokens, sealer)?;
            values.push((*from).into());
            out.push(guarded(sql::TOKENS_APPLY, values));
        }
        Change::UnmatchedRemoved { team, unmatched } => {
            out.push(guarded(
                sql::UNMATCHED_REMOVE,
                vec![text(team), text(unmatched)],
            ));
        }
        Change::UnmatchedSeen(it) => {
            let id = UnmatchedId::new(at.0.at, numbered(at.0, at.1));
            out.extend(unmatched::note(it, id));
        }
        Change::TokensShredded { grant } => {
            out.push(guarded(sql::TOKENS_SHRED, vec![text(grant)]));
        }
        _ => {}
    }
    Ok(())
}

/// A grant with its tokens sealed for its generation.
fn sealed(grant: &Grant, tokens: &Tokens, sealer: &Sealer) -> Result<Vec<Value>, Outage> {
    let place = Place::tokens(grant.id, grant.generation);
    Ok(grant::values(grant, sealer.sealed(&place, tokens)?))
}

fn journal(change: &Change, sealer: &Sealer, out: &mut Vec<Statement>) -> Result<(), Outage> {
    match change {
        Change::AnswerKept {
            attempt,
            send,
            at,
            answer,
        } => {
            let sealed = sealer.sealed(&Place::answer(*attempt, *send), answer.as_ref())?;
            let values = vec![
                text(attempt),
                place_of(*send),
                (*at).into(),
                Value::Bytes(sealed),
            ];
            // The first that came is the one that is judged.
            out.push(any(sql::ANSWER_KEEP, values));
        }
        Change::AnswerShredded { attempt, send } => {
            out.push(any(sql::ANSWER_SHRED, vec![text(attempt), place_of(*send)]));
        }
        Change::AttemptAdvanced { seen, to } => {
            let mut values = attempt::values(to);
            values.push((*seen).into());
            out.push(guarded(sql::ATTEMPT_ADVANCE, values));
        }
        Change::AttemptClaimed(attempt) => claim(attempt, out),
        _ => {}
    }
    Ok(())
}

/// Claims a generation, and forgets what is too old to be told.
fn claim(it: &Attempt, out: &mut Vec<Statement>) {
    let mut values = attempt::values(it);
    values.extend([
        text(&it.connection),
        text(&it.grant),
        it.generation.into(),
        it.kind.as_str().into(),
    ]);
    out.push(guarded(sql::ATTEMPT_CLAIM, values));
    let old = || vec![text(&it.grant), it.generation.into()];
    out.push(any(sql::ANSWERS_PRUNE, old()));
    out.push(any(sql::ATTEMPTS_PRUNE, old()));
}

fn connect(change: &Change, sealer: &Sealer, out: &mut Vec<Statement>) -> Result<(), Outage> {
    match change {
        Change::ConnectionBound {
            connection,
            seen,
            account,
        } => out.push(guarded(
            sql::CONNECTION_BIND,
            vec![
                account.id.clone().into(),
                account.label.clone().into(),
                text(connection),
                (*seen).into(),
            ],
        )),
        Change::ConnectionMade(it, grant, tokens) => make(it, grant, tokens, sealer, out)?,
        Change::ConnectionMoved {
            connection: id,
            seen,
            to,
        } => {
            let mut values = connection::standing(to);
            values.extend([text(id), (*seen).into()]);
            out.push(guarded(sql::CONNECTION_MOVE, values));
        }
        _ => {}
    }
    Ok(())
}

fn make(
    it: &Connection,
    grant: &Grant,
    tokens: &Tokens,
    sealer: &Sealer,
    out: &mut Vec<Statement>,
) -> Result<(), Outage> {
    let mut values = sealed(grant, tokens, sealer)?;
    values.extend([text(&grant.team), text(&grant.connection)]);
    out.extend([
        guarded(sql::INTEGRATION_ALONE, vec![text(&it.integration)]),
        guarded(sql::CONNECTION_MAKE, connection::values(it, grant.id)),
        guarded(sql::HELD_GRANT_MAKE, values),
    ]);
    Ok(())
}

fn register(
    change: &Change,
    commit: &Commit,
    sealer: &Sealer,
    out: &mut Vec<Statement>,
) -> Result<(), Outage> {
    match change {
        Change::IntegrationAdded(it, secret) => {
            let place = Place::integration(it.id);
            let secret = secret.as_ref().map(|secret| sealer.sealed(&place, secret));
            let values = integration::values(it, secret.transpose()?);
            out.push(guarded(sql::INTEGRATION_ADD, values));
        }
        Change::IntegrationRemoved { integration, at } => {
            out.push(guarded(sql::INTEGRATION_ALONE, vec![text(integration)]));
            let values = vec![(*at).into(), text(integration)];
            out.push(guarded(sql::INTEGRATION_REMOVE, values));
            out.push(any(sql::INTEGRATIONS_SHRED, Vec::new()));
        }
        Change::IntegrationSecretSet {
            integration,
            secret,
        } => {
            let sealed = sealer.sealed(&Place::integration(*integration), secret)?;
            let values = vec![Value::Bytes(sealed), commit.at.into(), text(integration)];
            out.push(guarded(sql::INTEGRATION_SECRET_SET, values));
        }
        _ => {}
    }
    Ok(())
}

fn begin(
    consent: &Consent,
    secrets: &ConsentSecrets,
    sealer: &Sealer,
) -> Result<Statement, Outage> {
    let sealed = sealer.sealed(&Place::consent(&consent.state), secrets)?;
    let values = vec![
        consent.state.0.into(),
        text(&consent.team),
        text(&consent.integration),
        text(&consent.connection),
        text(&consent.grant),
        consent.redirect_uri.clone().into(),
        consent.browser.map_or(Value::Null, |it| it.0.into()),
        consent.created_at.into(),
        consent.expires_at.into(),
        consent.spent_at.into(),
        Value::Bytes(sealed),
    ];
    Ok(guarded(sql::CONSENT_BEGIN, values))
}

fn revoke(
    change: &Change,
    (commit, index): (&Commit, usize),
    sealer: &Sealer,
) -> Result<Option<Statement>, Outage> {
    Ok(match change {
        Change::RevocationDue {
            connection,
            grant,
            tokens,
        } => {
            let id = RevocationId::new(commit.at, numbered(commit, index));
            let sealed = sealer.sealed(&Place::revocation(id), tokens)?;
            let values = vec![
                text(&id),
                text(connection),
                text(grant),
                Value::Bytes(sealed),
                commit.at.into(),
                commit.at.into(),
            ];
            Some(guarded(sql::REVOCATION_DUE, values))
        }
        Change::RevocationEnded { revocation, done } => Some(guarded(
            sql::REVOCATION_END,
            vec![commit.at.into(), (*done).into(), text(revocation)],
        )),
        Change::RevocationPutOff {
            revocation,
            tries,
            due_at,
        } => Some(guarded(
            sql::REVOCATION_PUT_OFF,
            vec![(*tries).into(), (*due_at).into(), text(revocation)],
        )),
        _ => None,
    })
}
