//! Giving tokens back (RFC 7009).

use evergrant_core::Change;
use evergrant_core::Refusal;
use evergrant_core::issued::{Reason, revoke};

use super::One;
use crate::make::{self, at};

fn third_generation() -> One {
    let mut one = One::new(make::snapshot(make::grant(), make::client()));
    one.rotate(100);
    one.rotate(200);
    one
}

#[test]
fn any_generation_of_a_valid_refresh_token_ends_its_own_grant() {
    let mut one = One::new(make::snapshot(make::grant(), make::client()));
    let tokens = [one.rotate(100), one.rotate(200), one.current()];
    for token in tokens {
        let decision = revoke::refresh_token(make::client_id(), &token, one.grant(), at(300));
        assert_eq!(decision.answer, Ok(()));
        let [Change::GrantEnded { reason, .. }] = &decision.changes[..] else {
            panic!("RT({}): {:?}", token.generation, decision.changes);
        };
        assert_eq!(*reason, Reason::RevokedByClient, "that is no reuse");
    }
}

#[test]
fn what_is_not_valid_ends_nothing() {
    let one = third_generation();
    let token = one.current();
    let other = make::another_client_id();
    let stolen = revoke::refresh_token(other, &token, one.grant(), at(300));
    assert_eq!(stolen.answer, Err(Refusal::TokenOfAnotherClient));
    let expired = revoke::refresh_token(make::client_id(), &token, one.grant(), token.expires_at);
    assert_eq!(expired.answer, Ok(()));
    let mut forged = token;
    forged.nonce = make::nonce(5);
    let forged = revoke::refresh_token(make::client_id(), &forged, one.grant(), at(300));
    assert_eq!(
        forged.answer,
        Ok(()),
        "RFC 7009 section 2.2: invalid tokens are no error"
    );
    for decision in [stolen, expired, forged] {
        assert!(decision.changes.is_empty());
    }
}

#[test]
fn an_access_token_given_back_takes_older_ones_with_it_and_leaves_newer_ones() {
    let one = third_generation();
    let decision = revoke::access_token(make::client_id(), 2, one.grant());
    let [Change::AccessFloorRaised { floor, .. }] = &decision.changes[..] else {
        panic!("{:?}", decision.changes);
    };
    assert_eq!(*floor, 3);
    let mut raised = one.grant().clone();
    raised.access_floor = 3;
    let older = revoke::access_token(make::client_id(), 1, &raised);
    assert!(older.changes.is_empty(), "the floor never falls");
}

#[test]
fn a_dead_grant_is_not_ended_again() {
    let mut one = third_generation();
    one.snapshot.grant.ended = Some((at(250), Reason::RevokedByUser));
    let token = one.current();
    let by_client = revoke::refresh_token(make::client_id(), &token, one.grant(), at(300));
    let by_admin = revoke::end(one.grant(), Reason::RemovedByAdmin, at(300));
    for decision in [by_client, by_admin] {
        assert_eq!(decision.answer, Ok(()));
        assert!(decision.changes.is_empty());
    }
    assert_eq!(
        one.present(token, 301),
        Err(Refusal::Ended(Reason::RevokedByUser))
    );
}
