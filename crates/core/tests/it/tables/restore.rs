//! A store that went back in time.

use evergrant_core::Refusal;
use evergrant_core::issued::refresh::{How, Presented};
use evergrant_core::issued::{Absence, Reason};

use super::One;
use crate::make::{self, at};

/// A row that was backed up at generation 5; the client has RT(7) of the time after that.
fn restored() -> (One, Presented) {
    let mut one = One::new(make::snapshot(make::grant(), make::client()));
    for second in 1..=4 {
        one.rotate(second * 1_000);
    }
    let backup = one.grant().clone();
    one.rotate(5_000);
    one.rotate(6_000);
    let held = one.current();
    one.snapshot.grant = backup;
    one.snapshot.store.absences = vec![Absence {
        from: at(4_500),
        until: at(7_000),
    }];
    (one, held)
}

#[test]
fn without_a_restore_a_token_ahead_is_neither_success_nor_reuse() {
    let (mut one, held) = restored();
    let decision = one.decide(held, at(7_001), at(7_001));
    assert_eq!(decision.answer, Err(Refusal::StoreWentBack));
    assert!(decision.changes.is_empty());
}

#[test]
fn after_a_restore_the_first_token_ahead_is_adopted_and_another_is_reuse() {
    let (mut one, held) = restored();
    let other = Presented {
        generation: 6,
        nonce: make::nonce(105),
        ..held
    };
    one.snapshot.store.incarnation = 1;
    let renewed = one.present(held, 7_001).unwrap();
    assert_eq!(
        (renewed.how, renewed.rotation.generation),
        (How::Rotated, 8)
    );
    assert_eq!(
        one.present(held, 7_030).unwrap().how,
        How::Retried,
        "its window is open"
    );
    assert_eq!(
        one.present(other, 7_031),
        Err(Refusal::Ended(Reason::ReuseDetected))
    );
}

/// The second restore comes from the backup of before the first, so its row knows nothing of the
/// incarnation between the two, in which the client was served.
#[test]
fn a_token_of_the_time_between_two_restores_is_adopted_too() {
    let (mut one, held) = restored();
    let backup = one.grant().clone();
    one.snapshot.store.incarnation = 1;
    one.present(held, 7_001).unwrap();
    let between = one.current();
    assert_eq!(between.incarnation, 1);
    one.snapshot.grant = backup;
    one.snapshot.store.incarnation = 2;
    let renewed = one.present(between, 9_000).unwrap();
    assert_eq!(
        (renewed.how, renewed.rotation.incarnation),
        (How::Rotated, 2)
    );
    assert_eq!(renewed.rotation.generation, between.generation + 1);
}

/// Only who adopted an old token between two restores can hold one that is below its row.
#[test]
fn a_token_of_the_time_between_that_is_older_than_its_row_is_reuse() {
    let (mut one, held) = restored();
    one.snapshot.store.incarnation = 2;
    let below = Presented {
        generation: 3,
        incarnation: 1,
        ..held
    };
    assert_eq!(
        one.present(below, 9_000),
        Err(Refusal::Ended(Reason::ReuseDetected))
    );
}

#[test]
fn a_token_of_this_incarnation_that_its_row_does_not_know_is_ahead() {
    let (mut one, held) = restored();
    one.snapshot.store.incarnation = 1;
    let decision = one.decide(
        Presented {
            incarnation: 1,
            ..held
        },
        at(7_001),
        at(7_001),
    );
    assert_eq!(decision.answer, Err(Refusal::StoreWentBack));
}

/// What can't be had: between a restore and the first refresh, nothing in the row tells a token of
/// the lost time from one that was made with a stolen key.
#[test]
fn a_limit_after_a_restore_the_key_of_the_mac_is_enough_once() {
    let (mut one, held) = restored();
    one.snapshot.store.incarnation = 1;
    let forged = Presented {
        nonce: make::nonce(5),
        ..held
    };
    assert!(one.present(forged, 7_001).is_ok());
    let noticed = one.present(held, 7_002);
    assert_eq!(
        noticed,
        Err(Refusal::Ended(Reason::ReuseDetected)),
        "the client's own token"
    );
}
