//! Statements for teams, people, their sessions and their epochs.

use evergrant_core::Change;
use evergrant_core::issued::Reason;
use evergrant_core::people::{Effect, EpochSubject, Session};

use crate::audit;
use crate::commit::{Commit, any, guarded};
use crate::engine::{Statement, Value};
use crate::row::text;
use crate::sql;

pub(super) fn write(change: &Change, out: &mut Vec<Statement>) {
    match change {
        Change::PasswordSet { user, hash } => {
            out.push(guarded(
                sql::USER_PASSWORD,
                vec![hash.0.clone().into(), text(user)],
            ));
        }
        Change::SessionEnded { digest } => {
            out.push(any(sql::SESSION_END, vec![digest.0.into()]));
        }
        Change::SessionOpened(session) => out.push(open_session(session)),
        Change::StoreSetUp => out.push(guarded(sql::SET_UP, Vec::new())),
        Change::TeamMade(team) => out.push(guarded(
            sql::TEAM_MAKE,
            vec![
                text(&team.id),
                team.name.clone().into(),
                team.created_at.into(),
            ],
        )),
        Change::UserAdded(user, hash) => {
            let epochs = user.epochs;
            out.push(guarded(
                sql::USER_ADD,
                vec![
                    text(&user.id),
                    text(&user.email),
                    hash.as_ref()
                        .map_or(Value::Null, |hash| hash.0.clone().into()),
                    epochs.grants.into(),
                    epochs.personal_tokens.into(),
                    epochs.sessions.into(),
                    user.created_at.into(),
                ],
            ));
            let epoch = user.membership_epoch.into();
            out.push(guarded(
                sql::MEMBERSHIP_ADD,
                vec![
                    text(&user.team),
                    text(&user.id),
                    user.role.as_str().into(),
                    epoch,
                ],
            ));
        }
        Change::UserRemoved { user, at } => {
            out.push(guarded(sql::USER_REMOVE, vec![(*at).into(), text(user)]));
            out.push(any(sql::MEMBERSHIP_REMOVE, vec![text(user)]));
        }
        Change::UserRoleSet { user, team, role } => out.push(guarded(
            sql::MEMBERSHIP_ROLE,
            vec![role.as_str().into(), text(user), text(team)],
        )),
        Change::UserSuspended { user, at } => {
            out.push(guarded(sql::USER_SUSPEND, vec![(*at).into(), text(user)]));
        }
        _ => {}
    }
}

fn open_session(session: &Session) -> Statement {
    let values = vec![
        session.digest.0.into(),
        text(&session.user),
        session.epochs.grants.into(),
        session.epochs.personal_tokens.into(),
        session.epochs.sessions.into(),
        session.membership_epoch.into(),
        session.created_at.into(),
        session.expires_at.into(),
    ];
    guarded(sql::SESSION_OPEN, values)
}

/// Raises an epoch, says why, and stamps anew what is to be kept.
pub(super) fn raise(
    subject: EpochSubject,
    from: u32,
    (cause, effect): (Reason, Effect),
    commit: &Commit,
    out: &mut Vec<Statement>,
) {
    let seen = || Value::from(from);
    let (raise, owner, keep): (_, Vec<Value>, &[&'static str]) = match subject {
        EpochSubject::Client(client) => (
            sql::CLIENT_EPOCH,
            vec![text(&client)],
            &[sql::KEEP_GRANTS_OF_CLIENT, sql::KEEP_CODES_OF_CLIENT],
        ),
        EpochSubject::Membership(team, user) => (
            sql::MEMBERSHIP_EPOCH,
            vec![text(&team), text(&user)],
            &[
                sql::KEEP_GRANTS_OF_MEMBERSHIP,
                sql::KEEP_CODES_OF_MEMBERSHIP,
                sql::KEEP_PERSONAL_OF_MEMBERSHIP,
                sql::KEEP_SESSIONS_OF_MEMBERSHIP,
            ],
        ),
        EpochSubject::UserGrants(user) => (
            sql::USER_EPOCH_GRANTS,
            vec![text(&user)],
            &[
                sql::KEEP_GRANTS_OF_USER,
                sql::KEEP_CODES_OF_USER,
                sql::KEEP_SIGN_IN_FOR_GRANTS,
            ],
        ),
        EpochSubject::UserPersonalTokens(user) => (
            sql::USER_EPOCH_PERSONAL,
            vec![text(&user)],
            &[sql::KEEP_PERSONAL_OF_USER, sql::KEEP_SIGN_IN_FOR_PERSONAL],
        ),
        EpochSubject::UserSessions(user) => (
            sql::USER_EPOCH_SESSIONS,
            vec![text(&user)],
            &[sql::KEEP_SESSIONS_OF_USER],
        ),
    };
    let with_seen = |mut values: Vec<Value>| {
        values.push(seen());
        values
    };
    out.push(guarded(raise, with_seen(owner.clone())));
    out.push(guarded(
        sql::EPOCH_RAISE,
        vec![
            audit::subject(&subject).into(),
            from.saturating_add(1).into(),
            cause.as_str().into(),
            audit::effect(effect).into(),
            commit.at.into(),
            audit::actor(&commit.actor).into(),
        ],
    ));
    if effect == Effect::Keep {
        out.extend(keep.iter().map(|text| any(text, with_seen(owner.clone()))));
    }
}
