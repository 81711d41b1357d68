//! The server of the worlds: core's types are made again from the small state, and the real
//! `refresh` decides.
//!
//! A rule is taken away by withholding what it needs; production code has no switches for that.

use evergrant_core::issued::presenter::{Did, Entry};
use evergrant_core::issued::refresh::{self, How, Presented, refresh};
use evergrant_core::issued::{
    Absence, Client, Grant, Nonce, OnTwoHolders, Presenters, Reason, Replay, Rotation, StoreFacts,
};
use evergrant_core::{Change, Decision, Refusal, Span, Time};

use super::state::{Plan, Request, Row, State, Token, Who};
use super::world::{Rule, World};
use crate::make;

/// What the server made of a request.
pub(crate) enum Decided {
    /// Something must be committed before the answer leaves.
    Write(Plan),
    /// Our own commit, found again.
    Recognised,
    /// A refusal that changes nothing.
    Refused(Refusal),
}

/// Loads and decides the request in this slot.
pub(crate) fn decide(world: &World, state: &State, slot: u8, request: &Request) -> Decided {
    let snapshot = snapshot(world, state);
    let wanted = wanted(world, state, request);
    let mut fresh = make::fresh(1_000 + u64::from(slot));
    if state.row.by == Some(slot) && !world.is_without(Rule::OwnCommitRecognised) {
        fresh.nonce = snapshot.grant.rotation.nonce;
    }
    let now = time(state.now);
    read(state, &snapshot, refresh(&wanted, &snapshot, now, fresh))
}

fn snapshot(world: &World, state: &State) -> refresh::Snapshot {
    let restarts = !world.is_without(Rule::WindowsRestart);
    let absences = state.absences.iter().flatten().filter(|_| restarts);
    let absences = absences.map(|(from, until)| Absence {
        from: time(*from),
        until: time(*until),
    });
    let incarnation = match world.without {
        Some(Rule::Adoption) => incarnation(world, state.row.token),
        _ => store_incarnation(world, state),
    };
    refresh::Snapshot {
        grant: grant(world, &state.row),
        client: client(world),
        standing: make::standing(),
        store: StoreFacts {
            incarnation,
            absences: absences.collect(),
        },
    }
}

fn client(world: &World) -> Client {
    let replay = match world.width {
        None => Replay::Strict,
        Some(ticks) => Replay::Window(Span::from_seconds(i64::from(ticks))),
    };
    Client {
        replay,
        on_two_holders: OnTwoHolders::Report,
        ..make::client()
    }
}

fn grant(world: &World, row: &Row) -> Grant {
    let rotated_at = row.began[usize::from(row.token.generation)];
    let base = make::grant();
    let rotation = Rotation {
        generation: row.token.generation.into(),
        nonce: nonce(row.token),
        previous_nonce: nonce(row.before),
        rotated_at: time(rotated_at.unwrap()),
        previous_rotated_at: time(row.previous_began),
        incarnation: incarnation(world, row.token),
        presented: row.before.generation.into(),
        ..base.rotation
    };
    Grant {
        rotation,
        retries: if world.is_without(Rule::RetriesCapped) {
            0
        } else {
            row.retries.into()
        },
        chain: if world.is_without(Rule::ChainCounted) {
            0
        } else {
            row.chain.into()
        },
        presenters: presenters(row),
        ended: row.ended.map(|reason| (time(0), reason)),
        ..base
    }
}

/// Only rotations are told: retries are too few in these worlds to push one out, and what they
/// would push out of the row nobody asks for before the fourth generation.
fn presenters(row: &Row) -> Presenters {
    let mut presenters = Presenters::default();
    if row.token.generation < 4 {
        return presenters;
    }
    for (generation, began) in row.began.iter().enumerate().skip(2) {
        let Some(began) = began else { continue };
        presenters.push(&Entry {
            generation: generation as u64 - 1,
            did: Did::Rotated,
            presenter: make::presenter(time(*began)),
        });
    }
    presenters
}

fn wanted(world: &World, state: &State, request: &Request) -> refresh::Request {
    let row = &state.row;
    let known = if request.token == row.before {
        nonce(row.before)
    } else {
        nonce(row.token)
    };
    let nonce = match request.who {
        Who::Forger if world.is_without(Rule::NonceChecked) => known,
        Who::Forger => make::nonce(9_999),
        _ => nonce(request.token),
    };
    let presented = Presented {
        generation: request.token.generation.into(),
        nonce,
        incarnation: incarnation(world, request.token),
        expires_at: make::grant().rotation.expires_at,
    };
    let late = world.is_without(Rule::JudgedAsOfArrival);
    let mut wanted = make::request(
        presented,
        time(if late { state.now } else { request.arrived }),
    );
    if request.who == Who::Stranger && !world.is_without(Rule::RequestCheckedFirst) {
        wanted.client = make::another_client_id();
    }
    wanted
}

fn read(state: &State, snapshot: &refresh::Snapshot, it: Decision<refresh::Answer>) -> Decided {
    let saw = state.row.token;
    let noticed = it
        .changes
        .iter()
        .any(|change| matches!(change, Change::IncidentSeen(_)));
    let mut plan = None;
    for change in &it.changes {
        match change {
            Change::GrantRotated {
                from,
                retried,
                chain,
                to,
                ..
            } => {
                let row = &snapshot.grant.rotation;
                assert_eq!(
                    *from,
                    (row.generation, row.nonce),
                    "guarded by what was loaded"
                );
                let retried = *retried;
                let (chain, to, at) = (*chain as u8, to.generation as u8, tick(to.rotated_at));
                plan = Some(Plan::Rotate {
                    saw,
                    retried,
                    chain: chain.min(3),
                    at,
                    to,
                    noticed,
                });
            }
            Change::GrantRetried { .. } => plan = Some(Plan::Again { saw }),
            Change::GrantEnded { reason, .. } => {
                plan = Some(Plan::End {
                    reason: *reason,
                    noticed,
                });
            }
            Change::IncidentSeen(_) => {}
            other => panic!("a refresh never writes {other:?}"),
        }
    }
    match (plan, it.answer) {
        (Some(Plan::End { .. }), Ok(_)) => panic!("an answer with tokens of an ended grant"),
        (Some(plan), _) => Decided::Write(plan),
        (None, Ok(renewed)) => {
            assert_eq!(
                (renewed.how, renewed.rotation),
                (How::Recognised, snapshot.grant.rotation)
            );
            Decided::Recognised
        }
        (None, Err(refusal)) => Decided::Refused(refusal),
    }
}

/// Why nobody but the honest client's own doing may have ended the grant.
pub(crate) const BY_REUSE: Reason = Reason::ReuseDetected;

fn nonce(token: Token) -> Nonce {
    make::nonce(u64::from(token.line) * 100 + u64::from(token.generation))
}

fn incarnation(world: &World, token: Token) -> u32 {
    if world.is_without(Rule::IncarnationRaised) {
        0
    } else {
        token.line.into()
    }
}

fn store_incarnation(world: &World, state: &State) -> u32 {
    if world.is_without(Rule::IncarnationRaised) {
        0
    } else {
        state.line.into()
    }
}

fn time(tick: u8) -> Time {
    make::at(tick.into())
}

fn tick(time: Time) -> u8 {
    u8::try_from(time.since(make::at(0)).seconds()).unwrap()
}
