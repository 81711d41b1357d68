//! The small worlds I1 to I9, explored in every order of steps, each decision made by the real
//! `refresh`. Clean worlds say what they covered, so that a clean result is not an empty one.
//!
//! `EVERGRANT_WORLDS=full` makes them larger, for the soak.

pub(crate) mod decide;
pub(crate) mod explore;
pub(crate) mod server;
pub(crate) mod state;
pub(crate) mod steps;
pub(crate) mod world;

use explore::explore;
use state::Who;
use world::{Promise, World};

/// Whether the large worlds are asked for.
pub(crate) fn is_full() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no configuration but this"
    )]
    std::env::var("EVERGRANT_WORLDS").is_ok_and(|it| it == "full")
}

fn sized(small: u8, full: u8) -> u8 {
    if is_full() { full } else { small }
}

/// I1: one request at a time, an answer may be lost.
pub(crate) fn honest() -> World {
    World {
        name: "I1 honest",
        losses: 1,
        generations: sized(4, 6),
        ..World::HONEST
    }
}

/// I2: strict, and the outcome of our own commit may be unknown.
pub(crate) fn strict_unknown() -> World {
    World {
        name: "I2 strict, unknown",
        width: None,
        unknown: true,
        ..World::HONEST
    }
}

/// I3: a request waits in our server while the client asks again and goes on.
pub(crate) fn stalled() -> World {
    let generations = sized(4, 6);
    let slots = usize::from(sized(2, 3));
    World {
        name: "I3 stalled",
        stall: true,
        slots,
        losses: 1,
        generations,
        ..World::HONEST
    }
}

/// I4: the store is away for longer than the window.
pub(crate) fn outage() -> World {
    World {
        name: "I4 outage",
        outages: usize::from(sized(1, 2)),
        unknown: true,
        losses: 1,
        generations: 3,
        ..World::HONEST
    }
}

/// I5: all of that at once, with a window of one tick for each fault.
pub(crate) fn all_faults() -> World {
    World {
        name: "I5 all faults",
        stall: true,
        slots: 2,
        unknown: false,
        outages: 1,
        width: Some(3),
        losses: sized(0, 1),
        ..outage()
    }
}

/// I6: two processes on one store of tokens.
pub(crate) fn two_processes() -> World {
    World {
        name: "I6 two processes",
        second_process: true,
        stall: true,
        slots: 2,
        reads_when_sending: true,
        generations: sized(4, 6),
        ..World::HONEST
    }
}

/// I7: a thief with a copy of the first token stays within the window of the client.
pub(crate) fn side_by_side() -> World {
    World {
        name: "I7 side by side",
        promise: Promise::NotUnnoticed,
        thief: true,
        thief_comes_first: true,
        slots: 2,
        generations: 5,
        width: Some(1),
        ..World::HONEST
    }
}

/// I7 with a strict client.
pub(crate) fn side_by_side_strict() -> World {
    World {
        name: "I7 side by side, strict",
        width: None,
        generations: 3,
        ..side_by_side()
    }
}

/// I8: a thief, and all faults.
pub(crate) fn displaced() -> World {
    World {
        name: "I8 displaced",
        promise: Promise::NotDisplaced,
        thief: true,
        unknown: true,
        stall: true,
        slots: 2,
        losses: sized(0, 1),
        generations: 3,
        width: Some(1),
        ..World::HONEST
    }
}

/// I9: a restore from a backup, with a thief and a user who may end the grant.
pub(crate) fn restored() -> World {
    World {
        name: "I9 restored",
        promise: Promise::RestoreIsMet,
        thief: true,
        restores: 1,
        user_ends: true,
        losses: sized(0, 1),
        generations: sized(3, 4),
        width: Some(1),
        ..World::HONEST
    }
}

/// I9 with the honest client alone.
pub(crate) fn restored_honest() -> World {
    World {
        name: "I9 restored, honest",
        thief: false,
        losses: 1,
        generations: 4,
        ..restored()
    }
}

/// I9 restored twice, from one backup or from two.
pub(crate) fn restored_twice() -> World {
    World {
        name: "I9 restored twice",
        restores: 2,
        generations: 3,
        user_ends: is_full(),
        ..restored_honest()
    }
}

/// Somebody with the key of the MAC, but without the row.
pub(crate) fn forger() -> World {
    let base = World {
        name: "forger",
        intruder: Some(Who::Forger),
        slots: 2,
        ..World::HONEST
    };
    World {
        promise: Promise::InvalidDoesNothing,
        ..base
    }
}

/// Somebody with the tokens, but without the client's secret.
pub(crate) fn stranger() -> World {
    World {
        name: "stranger",
        intruder: Some(Who::Stranger),
        ..forger()
    }
}

/// A thief who asks again and again within one window.
pub(crate) fn insistent() -> World {
    let base = World {
        name: "insistent",
        thief: true,
        counts: true,
        generations: 2,
        ..World::HONEST
    };
    World {
        promise: Promise::AnswersBounded,
        ..base
    }
}

/// The user ends the grant while requests are in flight.
pub(crate) fn ended_meanwhile() -> World {
    let base = World {
        name: "ended meanwhile",
        user_ends: true,
        losses: 1,
        slots: 2,
        ..World::HONEST
    };
    World {
        promise: Promise::DeadStaysAsItIs,
        second_process: true,
        ..base
    }
}

/// Explores a world that must be clean and must have met these situations.
fn clean(world: World, situations: &[&str]) {
    let found = explore(&world);
    println!("{}", found.report());
    assert!(found.violation.is_none(), "{}", found.report());
    for situation in situations {
        let met = found.covered.get(situation).copied().unwrap_or_default();
        assert!(met > 0, "never met: {situation}\n{}", found.report());
    }
}

#[test]
fn i1_an_honest_client_that_loses_answers_stays_in() {
    clean(honest(), &["last generation", "retried", "answer lost"]);
}

#[test]
fn i2_a_strict_server_recognises_its_own_commit() {
    clean(
        strict_unknown(),
        &["last generation", "own commit recognised"],
    );
}

#[test]
fn i3_a_request_that_waited_is_judged_as_of_its_arrival() {
    clean(stalled(), &["last generation", "retried", "overtaken"]);
}

#[test]
fn i4_a_window_starts_anew_after_an_outage() {
    clean(
        outage(),
        &["retried", "absence remembered", "own commit recognised"],
    );
}

#[test]
fn i5_all_faults_at_once() {
    clean(
        all_faults(),
        &["retried", "absence remembered", "overtaken"],
    );
}

#[test]
fn i6_two_processes_that_read_when_they_send_stay_in() {
    clean(
        two_processes(),
        &["last generation", "retried", "overtaken"],
    );
}

#[test]
fn i7_a_thief_beside_the_client_is_noticed() {
    clean(
        side_by_side(),
        &["thief got tokens", "chained", "two holders noticed"],
    );
    clean(
        side_by_side_strict(),
        &["thief got tokens", "ended by reuse"],
    );
}

#[test]
fn i8_whoever_is_refused_the_other_is_out_too() {
    clean(
        displaced(),
        &["thief got tokens", "client refused", "ended by reuse"],
    );
}

#[test]
fn i9_a_restore_is_met() {
    clean(
        restored(),
        &["restored", "adopted", "ended by reuse", "ended by the user"],
    );
    clean(
        restored_honest(),
        &["restored", "adopted", "retried", "last generation"],
    );
    clean(restored_twice(), &["restored twice", "adopted"]);
}

#[test]
fn an_invalid_request_does_nothing() {
    clean(forger(), &["last generation"]);
    clean(stranger(), &["last generation"]);
}

#[test]
fn a_thief_who_insists_is_capped() {
    clean(insistent(), &["thief got tokens", "retries capped"]);
}

#[test]
fn a_grant_that_ended_stays_as_it_is() {
    clean(ended_meanwhile(), &["ended by the user", "retried"]);
}
