//! Refresh tokens: rotation, retry, reuse, expiry, and what a client may ask for.

use evergrant_core::Change;
use evergrant_core::Refusal;
use evergrant_core::Span;
use evergrant_core::issued::incident::Story;
use evergrant_core::issued::refresh::{How, MAX_RETRIES, refresh};
use evergrant_core::issued::{
    Client, GrantTypes, IncidentKind, OnTwoHolders, Reason, Replay, exchange,
};

use super::One;
use crate::make::{self, at};

fn windowed() -> One {
    One::new(make::snapshot(make::grant(), make::client()))
}

fn strict() -> One {
    let client = Client {
        replay: Replay::Strict,
        ..make::client()
    };
    One::new(make::snapshot(make::grant(), client))
}

fn reused() -> Refusal {
    Refusal::Ended(Reason::ReuseDetected)
}

#[test]
fn the_current_token_moves_the_counter() {
    let mut one = windowed();
    let renewed = one.present(one.current(), 100).unwrap();
    assert_eq!(
        (renewed.how, renewed.rotation.generation),
        (How::Rotated, 2)
    );
    assert_eq!(renewed.rotation.rotated_at, at(100));
    assert_eq!(renewed.rotation.expires_at, at(100 + 30 * 86_400));
}

#[test]
fn a_window_gives_the_same_successor_to_its_last_second() {
    for (second, answered) in [(100, true), (101, true), (160, true), (161, false)] {
        let mut one = windowed();
        let spent = one.rotate(100);
        let rotation = one.grant().rotation;
        match one.present(spent, second) {
            Ok(renewed) => {
                assert_eq!(
                    (renewed.how, renewed.rotation),
                    (How::Retried, rotation),
                    "{second}"
                );
                assert!(answered, "{second}");
            }
            Err(refusal) => {
                assert_eq!(refusal, reused(), "{second}");
                assert!(!answered, "{second}");
            }
        }
    }
}

#[test]
fn once_its_successor_was_used_a_token_is_reuse_even_within_the_window() {
    let mut one = windowed();
    let spent = one.rotate(100);
    one.rotate(110);
    assert_eq!(one.present(spent, 120), Err(reused()));
    assert_eq!(one.grant().ended, Some((at(120), Reason::ReuseDetected)));
    assert_eq!(
        one.present(one.current(), 121),
        Err(reused()),
        "all its tokens are dead"
    );
}

#[test]
fn for_a_strict_client_any_second_presentation_is_reuse() {
    let mut one = strict();
    let spent = one.rotate(100);
    assert_eq!(one.present(spent, 100), Err(reused()));
}

#[test]
fn our_own_commit_is_recognised_for_a_strict_client_too() {
    let mut one = strict();
    let token = one.current();
    let fresh = make::fresh(77);
    let request = make::request(token, at(100));
    let first = refresh(&request, &one.snapshot, at(100), fresh);
    one.write(&first.changes);
    let again = refresh(&request, &one.snapshot, at(101), fresh);
    assert!(again.changes.is_empty());
    let (first, again) = (first.answer.unwrap(), again.answer.unwrap());
    assert_eq!(
        (again.how, again.rotation),
        (How::Recognised, first.rotation)
    );
}

#[test]
fn the_sixty_fifth_retry_is_too_many_and_ends_nothing() {
    let mut one = windowed();
    let spent = one.rotate(100);
    for retry in 1..=MAX_RETRIES {
        assert!(one.present(spent, 101).is_ok(), "retry {retry}");
    }
    assert_eq!(one.present(spent, 101), Err(Refusal::TooManyRetries));
    assert_eq!(one.grant().ended, None);
    assert!(
        one.present(one.current(), 102).is_ok(),
        "the newest token still works"
    );
}

#[test]
fn who_was_overtaken_while_waiting_here_is_told_so_and_ends_nothing() {
    let mut one = windowed();
    let spent = one.rotate(100);
    one.rotate(110);
    one.rotate(115);
    for (arrived, answer) in [
        (99, Refusal::Overtaken),
        (105, Refusal::Overtaken),
        (110, Refusal::Overtaken),
        (111, reused()),
    ] {
        let decision = one.decide(spent, at(arrived), at(200));
        assert_eq!(decision.answer, Err(answer), "arrived at {arrived}");
        assert_eq!(decision.changes.is_empty(), answer == Refusal::Overtaken);
    }
}

#[test]
fn three_retried_generations_in_a_row_are_two_holders() {
    for (choice, ends) in [(OnTwoHolders::Report, false), (OnTwoHolders::Revoke, true)] {
        let client = Client {
            on_two_holders: choice,
            ..make::client()
        };
        let mut one = One::new(make::snapshot(make::grant(), client));
        for generation in 2..=4 {
            let second = generation * 1_000;
            let decision = one.decide(one.current(), at(second), at(second));
            let incident = |it: &Change| matches!(it, Change::IncidentSeen(_));
            assert!(
                !decision.changes.iter().any(incident),
                "generation {generation}"
            );
            let spent = one.rotate(second);
            assert!(one.present(spent, second + 1).is_ok());
        }
        let decision = one.decide(one.current(), at(9_000), at(9_000));
        let Some(Change::IncidentSeen(incident)) = decision.changes.first() else {
            panic!("no incident: {:?}", decision.answer);
        };
        assert_eq!(
            (incident.kind, incident.generation),
            (IncidentKind::TwoHolders, 3)
        );
        let ended = Err(Refusal::Ended(Reason::TwoHolders));
        assert_eq!(decision.answer == ended, ends, "{choice:?}");
        assert_eq!(decision.answer.is_ok(), !ends, "{choice:?}");
    }
}

#[test]
fn one_generation_without_a_retry_begins_the_count_anew() {
    let mut one = windowed();
    for (generation, retried) in [(2, true), (3, true), (4, false), (5, true), (6, true)] {
        let spent = one.rotate(generation * 1_000);
        if retried {
            assert!(one.present(spent, generation * 1_000).is_ok());
        }
    }
    let decision = one.decide(one.current(), at(9_000), at(9_000));
    assert_eq!(decision.changes.len(), 1, "only the rotation");
}

#[test]
fn what_is_wrong_with_the_request_is_said_before_its_token_is_judged() {
    let mut one = windowed();
    let spent = one.rotate(100);
    one.rotate(101);
    let valid = make::request(spent, at(500));
    let mut wrong = vec![(valid.clone(), Refusal::TokenOfAnotherClient)];
    wrong[0].0.client = make::another_client_id();
    let mut request = valid.clone();
    request.scope = Some(make::scope("admin"));
    wrong.push((request, Refusal::ScopeNotGranted));
    let mut request = valid.clone();
    request.resources = vec!["https://else.example".into()];
    wrong.push((request, Refusal::ResourceNotGranted));
    let mut request = valid.clone();
    request.presenter.at = spent.expires_at;
    wrong.push((request, Refusal::TokenExpired));
    for (request, refusal) in wrong {
        let decision = refresh(&request, &one.snapshot, at(500), make::fresh(9));
        assert_eq!(decision.answer, Err(refusal));
        assert!(decision.changes.is_empty(), "{refusal:?} changes nothing");
    }
    let decision = refresh(&valid, &one.snapshot, at(500), make::fresh(9));
    assert_eq!(
        decision.answer,
        Err(reused()),
        "the same token on a right request"
    );
}

#[test]
fn idle_absolute_and_expired_are_told_apart() {
    let day = 86_400;
    let mut one = windowed();
    let spent = one.rotate(day);
    let idle = one.decide(one.current(), at(31 * day), at(31 * day));
    assert_eq!(idle.answer, Err(Refusal::Ended(Reason::IdleExpired)));
    let older = one.decide(spent, at(31 * day), at(31 * day));
    assert_eq!(older.answer, Err(Refusal::TokenExpired));
    for at_day in [25, 50, 75] {
        one.rotate(at_day * day);
    }
    assert_eq!(
        one.grant().rotation.expires_at,
        at(90 * day),
        "no later than the hard end"
    );
    let absolute = one.decide(one.current(), at(90 * day), at(90 * day));
    assert_eq!(
        absolute.answer,
        Err(Refusal::Ended(Reason::AbsoluteExpired))
    );
    let codes = [idle, older, absolute].map(|it| it.answer.unwrap_err().code());
    assert_eq!(codes, ["idle_expired", "expired", "absolute_expired"]);
}

#[test]
fn a_client_without_refresh_tokens_has_grants_that_end_with_their_access_token() {
    let types = GrantTypes {
        refresh_token: false,
        ..GrantTypes::DEFAULT
    };
    let client = Client {
        grant_types: types,
        ..make::client()
    };
    let end = evergrant_core::issued::grant::expiry(&client, at(10), at(1_000_000));
    assert_eq!(end, at(310));
}

#[test]
fn the_key_of_the_mac_alone_forges_neither_the_current_token_nor_the_one_before() {
    let mut one = windowed();
    let spent = one.rotate(100);
    for mut token in [one.current(), spent] {
        token.nonce = make::nonce(5);
        let decision = one.decide(token, at(101), at(101));
        assert_eq!(decision.answer, Err(Refusal::TokenUnknown));
        assert!(decision.changes.is_empty());
    }
}

#[test]
fn the_incident_tells_who_was_first_and_guesses_the_story() {
    let mut one = windowed();
    let spent = one.rotate(100);
    one.rotate(200);
    for (second, elsewhere, story) in [
        (300, false, Story::LostAnswer),
        (100 + 601, false, Story::SecondProcess),
        (300, true, Story::OtherHands),
    ] {
        let mut request = make::request(spent, at(second));
        if elsewhere {
            request.presenter.user_agent = "curl/8".into();
        }
        let decision = refresh(&request, &one.snapshot, at(second), make::fresh(9));
        let [Change::GrantEnded { .. }, Change::IncidentSeen(incident)] = &decision.changes[..]
        else {
            panic!("{:?}", decision.changes);
        };
        assert_eq!((incident.generation, incident.story), (1, story));
        assert_eq!(incident.first.as_ref().map(|first| first.at), Some(at(100)));
    }
}

#[test]
fn a_clock_that_went_back_makes_no_generation_older_than_the_one_before() {
    let mut one = windowed();
    one.rotate(100);
    let spent = one.rotate(98);
    assert_eq!(one.grant().rotation.rotated_at, at(100));
    assert!(one.present(spent, 99).is_ok(), "an age below zero is zero");
}

#[test]
fn a_window_is_never_wider_than_an_hour_and_a_repeated_code_has_ten_seconds() {
    assert_eq!(
        Replay::parse("3600"),
        Some(Replay::Window(Span::from_seconds(3_600)))
    );
    assert_eq!(Replay::parse("3601"), None);
    assert_eq!(Replay::parse("0"), Some(Replay::Strict));
    assert_eq!(exchange::REDEEM_AGAIN, Span::from_seconds(10));
}
