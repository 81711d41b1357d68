//! The rules of held grants as tables: states, what is sent when, what is served, what an answer
//! does.

mod judge;
mod pause;
mod replay;
mod serve;
mod spared;
mod state;
mod timing;
mod words;

use evergrant_core::held::attempt::Ended;
use evergrant_core::held::habits::Renews;
use evergrant_core::held::{
    Access, Attempt, Connection, Grant, Habits, How, Kind, Phase, ReplayPolicy, Sending, Situation,
    Standing, State,
};
use evergrant_core::id::{
    AttemptId, Chance, ConnectionId, GrantId, IntegrationId, ProcessId, TeamId,
};
use evergrant_core::{ScopeSet, Span, Time};

const NOW: Time = super::NOW;
const LIFETIME: Span = Span::from_seconds(3_600);

fn chance(last: u8) -> Chance {
    let mut bytes = [0; 16];
    bytes[15] = last;
    Chance(bytes)
}

fn process(number: u8) -> ProcessId {
    ProcessId::new(Time::default(), chance(number))
}

const fn secs(count: i64) -> Span {
    Span::from_seconds(count)
}

/// A moment that lies so many seconds from now.
fn at(seconds: i64) -> Time {
    Time::from_micros(NOW.micros() + seconds * 1_000_000)
}

fn habits(replay: ReplayPolicy) -> Habits {
    Habits {
        replay,
        renews: Renews::ByRefreshToken,
        assumed_lifetime: Habits::LIFETIME,
        idle_limit: None,
        request: secs(20),
    }
}

/// A connection in this state whose access token ends so many seconds from now.
fn situation(state: State, end: i64) -> Situation {
    let connection = ConnectionId::new(Time::default(), chance(1));
    let (team, id) = (
        TeamId::new(Time::default(), chance(2)),
        GrantId::new(Time::default(), chance(3)),
    );
    Situation {
        connection: Connection {
            id: connection,
            team,
            name: "mail".into(),
            integration: IntegrationId::new(Time::default(), chance(4)),
            owner: None,
            scopes: ScopeSet::default(),
            account: None,
            grant: Some(id),
            created_at: at(-9_999),
            standing: Standing::new(state, at(-9_999)),
            version: 5,
        },
        grant: Grant {
            id,
            team,
            connection,
            generation: 3,
            scopes: None,
            consented_at: at(-9_999),
            renewed_at: at(end).minus(LIFETIME),
            access: Access::Until(at(end)),
            refreshable: true,
            refresh_expires_at: None,
            refresh_at: Some(at(end - 300)),
            runner_up: false,
        },
        attempt: None,
        habits: habits(ReplayPolicy::Strict),
    }
}

fn sent(seconds: i64, ended: Option<(i64, How)>) -> Sending {
    Sending {
        process: process(1),
        begun_at: at(seconds),
        ended: ended.map(|(when, how)| Ended {
            at: at(when),
            how,
            status: None,
        }),
    }
}

/// The attempt of a situation's generation, by the first process.
fn attempt(it: &Situation, phase: Phase, sends: Vec<Sending>) -> Attempt {
    Attempt {
        id: AttemptId::new(Time::default(), chance(9)),
        connection: it.connection.id,
        grant: it.grant.id,
        generation: it.grant.generation,
        kind: Kind::Refresh,
        phase,
        claimed_by: process(1),
        claimed_at: sends.first().map_or(NOW, |it| it.begun_at),
        sends,
        ended_at: None,
        diagnosis: None,
        revision: 2,
    }
}

/// A situation with an attempt in it.
fn with(mut it: Situation, phase: Phase, sends: Vec<Sending>) -> Situation {
    it.attempt = Some(attempt(&it, phase, sends));
    it
}

/// Situations of every state and phase, with one send or two.
pub(super) fn every_situation() -> Vec<Situation> {
    let mut all = Vec::new();
    for state in State::ALL {
        for phase in Phase::ALL {
            for first in [How::Silent, How::Received, How::Unspent, How::Tokens] {
                for end in [-100, 100] {
                    let one = vec![sent(-30, Some((-20, first)))];
                    let two = [one.clone(), vec![sent(-9, Some((-5, How::Received)))]].concat();
                    let made = [one, two].map(|sends| with(situation(*state, end), *phase, sends));
                    all.extend(made);
                }
            }
        }
    }
    all
}
