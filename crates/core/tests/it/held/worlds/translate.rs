//! Between the small rows of a world and the core's own types.

use std::sync::LazyLock;

use evergrant_core::held::attempt::{Ended, Kind};
use evergrant_core::held::{
    Access, Attempt, Connection, Grant, Habits, Kept, RawAnswer, Sending, Situation, Standing,
    Tokens,
};
use evergrant_core::id::{
    AttemptId, Chance, ConnectionId, GrantId, IntegrationId, ProcessId, TeamId,
};
use evergrant_core::{Change, ScopeSet, Secret, Span, Time};
use zeroize::Zeroizing;

use super::state::{At, Held, Row, Said, Send, State, Token, Try, Write};

/// The moment that all times of a state are counted from.
pub(crate) const NOW: Time = Time::from_seconds(1_800_000_000);
/// How long an access token lives.
pub(crate) const LIFETIME: Span = Span::from_seconds(1_200);
/// The version of every row that a decision sees; what it expects must be just that.
const SEEN: u64 = 7;

pub(crate) fn time(at: At) -> Time {
    Time::from_micros(NOW.micros() + i64::from(at) * 1_000)
}

fn at(time: Time) -> At {
    At::try_from(time.millis() - NOW.millis()).unwrap_or(At::MAX / 2)
}

fn chance(last: u8) -> Chance {
    let mut bytes = [0; 16];
    bytes[15] = last;
    Chance(bytes)
}

pub(crate) fn process(pid: u8) -> ProcessId {
    ProcessId::new(Time::default(), chance(pid))
}

pub(crate) fn attempt_id(id: u8) -> AttemptId {
    AttemptId::new(Time::default(), chance(id))
}

pub(crate) fn low(spread: u64) -> u8 {
    u8::try_from(spread & 0xff).unwrap()
}

static CONNECTION: LazyLock<Connection> = LazyLock::new(|| Connection {
    id: ConnectionId::new(Time::default(), chance(1)),
    team: TeamId::new(Time::default(), chance(1)),
    name: "c".into(),
    integration: IntegrationId::new(Time::default(), chance(1)),
    owner: None,
    scopes: ScopeSet::default(),
    account: None,
    grant: Some(GrantId::new(Time::default(), chance(1))),
    created_at: NOW,
    standing: Standing::new(evergrant_core::held::State::Active, NOW),
    version: SEEN,
});

fn grant_id(era: u8) -> GrantId {
    GrantId::new(Time::default(), chance(1 + era))
}

/// What a process sees when it looks.
pub(crate) fn situation(state: &State, habits: Habits) -> Situation {
    let mut connection = CONNECTION.clone();
    connection.grant = Some(grant_id(state.era));
    connection.standing.state = state.row.state;
    connection.standing.failures = state.row.failures.into();
    connection.standing.retry_at = state.row.retry.map(time);
    connection.standing.due_at = state.row.due.map(time);
    let held = state.held;
    let code = held.generation == 0;
    Situation {
        grant: Grant {
            id: grant_id(state.era),
            team: connection.team,
            connection: connection.id,
            generation: held.generation.into(),
            scopes: None,
            consented_at: NOW,
            renewed_at: time(held.end).minus(LIFETIME),
            access: Access::Until(time(held.end)),
            refreshable: !code,
            refresh_expires_at: None,
            refresh_at: held.refresh.map(time),
            runner_up: held.runner_up,
        },
        connection,
        attempt: state.binding().map(attempt),
        habits,
    }
}

/// The same, of the grant that an attempt belongs to.
pub(crate) fn scene_of(state: &State, habits: Habits, it: &Try) -> Situation {
    let mut scene = situation(state, habits);
    if it.era != state.era {
        scene.grant.id = grant_id(it.era);
        scene.grant.generation = it.generation.into();
        scene.attempt = it.phase.binds().then(|| attempt(it));
    }
    scene
}

pub(crate) fn attempt(it: &Try) -> Attempt {
    let connection = &*CONNECTION;
    let sends = it.sends.iter().map(|it| Sending {
        process: process(it.by),
        begun_at: time(it.begun),
        ended: it.ended.map(|(at, how, answered)| Ended {
            at: time(at),
            how,
            status: answered.then_some(200),
        }),
    });
    Attempt {
        id: attempt_id(it.id),
        connection: connection.id,
        grant: grant_id(it.era),
        generation: it.generation.into(),
        kind: if it.generation == 0 {
            Kind::Code
        } else {
            Kind::Refresh
        },
        phase: it.phase,
        claimed_by: process(it.by),
        claimed_at: time(it.claimed),
        sends: sends.collect(),
        ended_at: None,
        diagnosis: None,
        revision: SEEN,
    }
}

fn small(it: &Attempt) -> Try {
    let sends = it.sends.iter().map(|it| Send {
        by: low(it.process.spread()),
        begun: at(it.begun_at),
        ended: it
            .ended
            .map(|end| (at(end.at), end.how, end.status.is_some())),
    });
    Try {
        id: low(it.id.spread()),
        era: low(it.grant.spread()) - 1,
        generation: u8::try_from(it.generation).unwrap(),
        phase: it.phase,
        by: low(it.claimed_by.spread()),
        claimed: at(it.claimed_at),
        sends: sends.collect(),
    }
}

fn held(it: &Grant) -> Held {
    assert_eq!(it.lifetime(), LIFETIME, "every access token lives as long");
    Held {
        generation: u8::try_from(it.generation).unwrap(),
        end: it.access.end().map_or(0, at),
        refresh: it.refresh_at.map(at),
        runner_up: it.runner_up,
    }
}

fn secret(token: Token) -> Option<Secret> {
    (token != 0).then(|| Secret::new(format!("r{token}")))
}

fn number(tokens: &Tokens) -> Token {
    let refresh = tokens.refresh.as_ref();
    refresh.map_or(0, |it| it.expose()[1..].parse().unwrap())
}

/// The tokens in the row, opened.
pub(crate) fn kept(state: &State) -> Kept {
    let tokens = |token| Tokens {
        access: secret(token),
        refresh: secret(token),
    };
    Kept {
        tokens: tokens(state.token),
        runner_up: (state.beside != 0).then(|| tokens(state.beside)),
    }
}

/// An answer as it comes over the wire.
pub(crate) fn raw(said: Said) -> RawAnswer {
    let (status, body) = match said {
        Said::Tokens(token) => (
            200,
            format!(
                r#"{{"access_token":"a{token}","refresh_token":"r{token}","expires_in":{}}}"#,
                LIFETIME.seconds()
            ),
        ),
        Said::Dead => (400, r#"{"error":"invalid_grant"}"#.into()),
        Said::Limited => (429, String::new()),
        Said::NotThisApp => (401, r#"{"error":"invalid_client"}"#.into()),
        Said::Unclear => (502, "<html>".into()),
    };
    RawAnswer {
        status,
        headers: Vec::new(),
        body: Zeroizing::new(body.into_bytes()),
        complete: true,
    }
}

fn said(answer: &RawAnswer) -> Said {
    match answer.status {
        200 => {
            let text = std::str::from_utf8(&answer.body).unwrap();
            let (_, rest) = text.split_once("\"refresh_token\":\"r").unwrap();
            Said::Tokens(rest.split('"').next().unwrap().parse().unwrap())
        }
        400 => Said::Dead,
        429 => Said::Limited,
        401 => Said::NotThisApp,
        _ => Said::Unclear,
    }
}

/// The rows of a commit. A decision that expects another version than it saw is a mistake.
pub(crate) fn writes(changes: &[Change]) -> Vec<Write> {
    changes.iter().map(write).collect()
}

fn write(change: &Change) -> Write {
    match change {
        Change::AttemptClaimed(it) => Write::Claimed(small(it)),
        Change::AttemptAdvanced { seen, to } => {
            assert_eq!((*seen, to.revision), (SEEN, SEEN + 1), "the guard");
            Write::Advanced(small(to))
        }
        Change::AnswerKept {
            attempt,
            send,
            answer,
            ..
        } => Write::Kept(
            low(attempt.spread()),
            u8::try_from(*send).unwrap(),
            said(answer),
        ),
        Change::AnswerShredded { attempt, send } => {
            Write::Shredded(low(attempt.spread()), u8::try_from(*send).unwrap())
        }
        Change::ConnectionMoved { seen, to, .. } => {
            assert_eq!(*seen, SEEN, "the guard");
            Write::Moved(Row {
                state: to.state,
                failures: u8::try_from(to.failures.min(3)).unwrap(),
                retry: to.retry_at.map(at),
                due: to.due_at.map(at),
            })
        }
        Change::TokensApplied {
            from,
            grant,
            tokens,
        } => Write::Applied(u8::try_from(*from).unwrap(), held(grant), number(tokens)),
        Change::RunnerUpKept {
            grant,
            tokens,
            swap,
        } => Write::Beside(held(grant), number(tokens), *swap),
        Change::RevocationDue { tokens, .. } => Write::Revoke(number(tokens)),
        Change::TokensShredded { .. } => Write::Forget,
        other => panic!("no change of this world: {other:?}"),
    }
}
