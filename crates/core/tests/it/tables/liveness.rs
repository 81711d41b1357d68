//! Which access tokens live, why a grant is dead, and what an access token is called.

use evergrant_core::issued::access_token::{Named, named, of_client, of_grant};
use evergrant_core::issued::liveness::{AccessToken, Epoch, Standing, end_of};
use evergrant_core::issued::{Client, Grant, Reason, Rotation};
use evergrant_core::{ScopeSet, Span};

use crate::make::{self, at};

fn at_generation(generation: u64) -> Grant {
    let grant = make::grant();
    let rotation = Rotation {
        generation,
        presented: generation - 1,
        ..grant.rotation
    };
    Grant {
        rotation,
        resources: Vec::new(),
        ..grant
    }
}

fn client(live_access_tokens: u32) -> Client {
    Client {
        live_access_tokens,
        ..make::client()
    }
}

fn live(grant: &Grant, client: &Client) -> Vec<u64> {
    let live = |it: &u64| make::access_token(grant, client, *it, 0) == AccessToken::Live;
    (0..=grant.rotation.generation).filter(live).collect()
}

#[test]
fn the_newest_n_live() {
    assert_eq!(live(&at_generation(1), &client(1)), [1]);
    assert_eq!(live(&at_generation(5), &client(1)), [5]);
    assert_eq!(live(&at_generation(5), &client(3)), [3, 4, 5]);
}

#[test]
fn n_is_at_least_the_number_of_resources() {
    let resources = vec![make::FILES.to_owned(), make::MAIL.to_owned()];
    let grant = Grant {
        resources,
        ..at_generation(5)
    };
    assert_eq!(live(&grant, &client(1)), [4, 5]);
}

#[test]
fn the_floor_ends_what_is_below_it() {
    let grant = Grant {
        access_floor: 5,
        ..at_generation(6)
    };
    assert_eq!(live(&grant, &client(10)), [5, 6]);
}

#[test]
fn a_token_newer_than_its_row_needs_a_restore_to_explain_it() {
    let grant = at_generation(5);
    assert_eq!(
        make::access_token(&grant, &client(10), 6, 0),
        AccessToken::Ahead
    );
    assert_eq!(
        make::access_token(&grant, &client(10), 6, 1),
        AccessToken::Live
    );
}

#[test]
fn reasons_are_told_in_order() {
    let raised = |cause| Epoch {
        now: 1,
        cause: Some(cause),
    };
    let mut standing = make::standing();
    let mut grant = make::grant();
    let late = grant.absolute_expires_at;
    let check = |grant: &Grant, standing: &Standing, reason| {
        assert_eq!(end_of(grant, standing, late), Some(reason));
    };
    check(&grant, &standing, Reason::AbsoluteExpired);
    standing.client = raised(Reason::ClientRemoved);
    check(&grant, &standing, Reason::ClientRemoved);
    standing.membership = None;
    check(&grant, &standing, Reason::RemovedFromTeam);
    standing.user = raised(Reason::MfaEnabled);
    check(&grant, &standing, Reason::MfaEnabled);
    grant.ended = Some((at(1), Reason::RevokedByUser));
    check(&grant, &standing, Reason::RevokedByUser);
}

#[test]
fn a_grant_dies_by_the_clock_at_the_second_of_its_end() {
    let grant = make::grant();
    let idle = grant.rotation.expires_at;
    let just_before = idle.minus(Span::from_millis(1));
    assert_eq!(end_of(&grant, &make::standing(), just_before), None);
    assert_eq!(
        end_of(&grant, &make::standing(), idle),
        Some(Reason::IdleExpired)
    );
}

#[test]
fn the_name_of_an_access_token_differs_by_scope_and_resources() {
    let grant = at_generation(3);
    let make = |scope: &str, resources: &[&str]| {
        let resources = resources.iter().map(|it| (*it).to_owned()).collect();
        of_grant(
            &grant,
            &client(10),
            ScopeSet::parse(scope).unwrap(),
            resources,
        )
        .jti
    };
    let names = [
        make("read", &[]),
        make("read write", &[]),
        make("read", &[make::FILES]),
        make("read", &[make::FILES, make::MAIL]),
    ];
    for (index, name) in names.iter().enumerate() {
        assert_eq!(named(name), Some(Named::Grant(grant.id, 3)));
        assert!(!names[..index].contains(name), "{name}");
    }
    assert_eq!(
        make("read write", &[]),
        make("write read", &[]),
        "order does not matter"
    );
}

#[test]
fn its_times_come_from_the_row_so_that_a_retry_gives_the_same() {
    let mut grant = at_generation(2);
    grant.rotation.rotated_at = at(100).plus(Span::from_millis(750));
    let claims = of_grant(&grant, &client(10), ScopeSet::default(), Vec::new());
    assert_eq!((claims.issued_at, claims.expires_at), (at(100), at(400)));
    grant.absolute_expires_at = at(200);
    let claims = of_grant(&grant, &client(10), ScopeSet::default(), Vec::new());
    assert_eq!(claims.expires_at, at(200), "no later than the grant");
}

#[test]
fn a_clients_own_token_names_its_epoch_and_lives_an_hour_at_most() {
    let client = Client {
        access_ttl: Span::from_days(1),
        epoch: 7,
        ..make::client()
    };
    let claims = of_client(&client, ScopeSet::default(), at(0), [1; 16]);
    assert_eq!(claims.expires_at, at(3_600));
    assert_eq!(named(&claims.jti), Some(Named::Client(client.id, 7)));
}
