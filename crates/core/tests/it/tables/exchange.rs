//! Authorization codes: one grant each, and what a second redemption does.

use evergrant_core::Change;
use evergrant_core::Decision;
use evergrant_core::Refusal;
use evergrant_core::id::{ClientId, GrantId};
use evergrant_core::issued::exchange::{Answer, Fresh, Request, Snapshot, exchange};
use evergrant_core::issued::liveness::Epoch;
use evergrant_core::issued::{Client, IncidentKind, Reason, Rotation, StoreFacts};

use crate::make::{self, at};

fn request(second: i64) -> Request {
    Request {
        client: make::client_id(),
        redirect_uri: Some(make::REDIRECT.into()),
        verifier: make::VERIFIER.into(),
        resources: Vec::new(),
        presenter: make::presenter(at(second)),
    }
}

fn snapshot() -> Snapshot {
    Snapshot {
        code: make::code(),
        client: make::client(),
        grant: None,
        standing: make::standing(),
        live: Vec::new(),
        store: StoreFacts::default(),
    }
}

fn fresh(number: u64) -> Fresh {
    Fresh {
        grant: make::chance(number),
        incident: make::chance(number),
        nonce: make::nonce(number),
        mac_key: make::key(),
    }
}

fn redeem(request: &Request, snapshot: &Snapshot, number: u64) -> Decision<Answer> {
    exchange(request, snapshot, request.presenter.at, fresh(number))
}

/// A code that was redeemed at second 1.
fn redeemed() -> Snapshot {
    let mut snapshot = snapshot();
    let grant = redeem(&request(1), &snapshot, 1).answer.unwrap();
    snapshot.code.redeemed = Some((at(1), grant.id));
    snapshot.grant = Some(grant);
    snapshot
}

#[test]
fn a_first_redemption_begins_a_grant_at_generation_one() {
    let decision = redeem(&request(1), &snapshot(), 1);
    let grant = decision.answer.unwrap();
    assert_eq!(
        (grant.rotation.generation, grant.rotation.presented),
        (1, 0)
    );
    let [
        Change::CodeRedeemed { grant: id, .. },
        Change::GrantBegun(begun),
    ] = &decision.changes[..]
    else {
        panic!("{:?}", decision.changes);
    };
    assert_eq!((*id, &**begun), (grant.id, &grant));
}

#[test]
fn a_wrong_request_neither_redeems_nor_ends() {
    type Spoil = fn(&mut Request);
    let flaws: [(Spoil, Refusal); 6] = [
        (|it| it.client = another(), Refusal::CodeOfAnotherClient),
        (|it| it.redirect_uri = None, Refusal::RedirectDiffers),
        (
            |it| it.redirect_uri = Some("https://else.example".into()),
            Refusal::RedirectDiffers,
        ),
        (|it| it.verifier = "x".repeat(43), Refusal::VerifierWrong),
        (|it| it.verifier.clear(), Refusal::VerifierWrong),
        (
            |it| it.resources = vec!["https://else.example".into()],
            Refusal::ResourceNotGranted,
        ),
    ];
    for (spoil, refusal) in flaws {
        for (snapshot, second) in [(snapshot(), 1), (redeemed(), 2), (redeemed(), 500)] {
            let mut request = request(second);
            spoil(&mut request);
            let decision = redeem(&request, &snapshot, 2);
            assert_eq!(decision.answer, Err(refusal));
            assert!(decision.changes.is_empty(), "{refusal:?} at {second}");
        }
    }
}

fn another() -> ClientId {
    make::another_client_id()
}

#[test]
fn a_code_lives_a_minute() {
    assert!(redeem(&request(59), &snapshot(), 1).answer.is_ok());
    let late = redeem(&request(60), &snapshot(), 1);
    assert_eq!(late.answer, Err(Refusal::CodeExpired));
    assert!(late.changes.is_empty());
}

#[test]
fn redeemed_again_within_ten_seconds_it_gives_the_same_first_tokens() {
    for second in [1, 2, 11] {
        let snapshot = redeemed();
        let decision = redeem(&request(second), &snapshot, 2);
        assert_eq!(decision.answer.ok(), snapshot.grant, "at {second}");
        assert!(decision.changes.is_empty());
    }
}

#[test]
fn redeemed_again_later_it_ends_the_grant() {
    let decision = redeem(&request(12), &redeemed(), 2);
    assert_eq!(decision.answer, Err(Refusal::Ended(Reason::CodeReused)));
    let [
        Change::GrantEnded { reason, .. },
        Change::IncidentSeen(incident),
    ] = &decision.changes[..]
    else {
        panic!("{:?}", decision.changes);
    };
    assert_eq!(
        (*reason, incident.kind),
        (Reason::CodeReused, IncidentKind::CodeReuse)
    );
    assert_eq!(incident.first.as_ref().map(|first| first.at), Some(at(1)));
}

#[test]
fn redeemed_again_after_a_refresh_it_is_overtaken_and_then_reuse() {
    let mut snapshot = redeemed();
    if let Some(grant) = &mut snapshot.grant {
        grant.rotation = Rotation {
            generation: 2,
            presented: 1,
            ..grant.rotation
        };
    }
    let soon = redeem(&request(5), &snapshot, 2);
    assert_eq!(
        soon.answer,
        Err(Refusal::Overtaken),
        "its first tokens can't be made again"
    );
    assert!(soon.changes.is_empty());
    let late = redeem(&request(12), &snapshot, 2);
    assert_eq!(late.answer, Err(Refusal::Ended(Reason::CodeReused)));
}

#[test]
fn our_own_redemption_is_recognised_however_late_we_look() {
    let snapshot = redeemed();
    let request = request(1);
    let decision = exchange(&request, &snapshot, at(50), fresh(1));
    assert_eq!(decision.answer.ok(), snapshot.grant);
}

#[test]
fn one_grant_too_many_ends_the_one_used_longest_ago() {
    let client = Client {
        live_grants: 2,
        ..make::client()
    };
    let live: Vec<_> = (1..=3)
        .map(|it| GrantId::new(at(0), make::chance(it)))
        .collect();
    for (count, ended) in [(0, 0), (1, 0), (2, 1), (3, 2)] {
        let live = live[..count].to_vec();
        let snapshot = Snapshot {
            client: client.clone(),
            live: live.clone(),
            ..snapshot()
        };
        let decision = redeem(&request(1), &snapshot, 9);
        let superseded: Vec<_> = decision.changes.iter().filter_map(ended_by_cap).collect();
        assert_eq!(superseded, live[..ended], "{count} live ones");
        assert!(decision.answer.is_ok());
    }
}

fn ended_by_cap(change: &Change) -> Option<GrantId> {
    match change {
        Change::GrantEnded {
            grant,
            reason: Reason::Superseded,
            ..
        } => Some(*grant),
        _ => None,
    }
}

#[test]
fn a_code_rests_on_the_sign_in_and_dies_with_it() {
    let mut snapshot = snapshot();
    snapshot.standing.user = Epoch {
        now: 1,
        cause: Some(Reason::PasswordChanged),
    };
    let decision = redeem(&request(1), &snapshot, 1);
    assert_eq!(
        decision.answer,
        Err(Refusal::Ended(Reason::PasswordChanged))
    );
    assert!(decision.changes.is_empty());
}
