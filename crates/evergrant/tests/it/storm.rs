//! Many at once with one refresh token (DESIGN section 9, number 12).
//!
//! 1. Sixty-four connections present the same token in the same moment: all are answered, with
//!    one and the same successor, round after round.
//! 2. Under `strict` at most one of them is, and the grant ends.
//! 3. Beside one another, two servers on one database do the same.
//! 4. Who asks again without end is told to stop, and nobody loses anything.

pub(crate) mod crowd;

use evergrant_sim::actor::App;

use crate::harness::Bed;
use crate::scene::{REDIRECT, first_token, owner, postgres_or_left_out, successor};
use crowd::Crowd;

/// Simultaneous presentations that are all answered: what SURFACE.md promises.
const CROWD: usize = 64;
const ROUNDS: usize = 200;
const STRICT_ROUNDS: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_at_once_get_one_successor_on_sqlite() {
    one_successor(&Bed::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_at_once_get_one_successor_on_postgresql() {
    if let Some(server) = postgres_or_left_out() {
        one_successor(&Bed::new().on_database(&server.create_schema().unwrap())).await;
    }
}

async fn one_successor(bed: &Bed) {
    bed.team();
    let server = bed.serve();
    let app = bed.app(&server.site(), &["--scope", "read"]);
    let mut token = first_token(&app, &owner(&server.site())).await;
    let mut crowd = Crowd::gather(&app, CROWD).await;
    for round in 0..ROUNDS {
        let answers = crowd.present(&token).await;
        assert_eq!(answers.len(), CROWD);
        for answer in &answers {
            assert_eq!(answer.status, 200, "round {round}: {answer}");
        }
        let mut pairs: Vec<_> = answers
            .iter()
            .map(|answer| (successor(answer), answer.tokens().unwrap().access_token))
            .collect();
        pairs.sort();
        pairs.dedup();
        // The signature of EdDSA is a function of its text, so the access tokens are one too.
        let [(next, access)] = pairs.as_slice() else {
            panic!("round {round}: {} different successors", pairs.len());
        };
        assert_ne!(*next, token);
        if round % 50 == 0 {
            assert_eq!(app.introspect(access).await.unwrap().active(), Some(true));
        }
        token.clone_from(next);
    }
    assert_eq!(app.refresh(&token).await.unwrap().status, 200);
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strict_client_gets_one_answer_at_most_and_the_grant_ends_on_sqlite() {
    one_answer_at_most(&Bed::new()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_strict_client_gets_one_answer_at_most_and_the_grant_ends_on_postgresql() {
    if let Some(server) = postgres_or_left_out() {
        one_answer_at_most(&Bed::new().on_database(&server.create_schema().unwrap())).await;
    }
}

async fn one_answer_at_most(bed: &Bed) {
    bed.team();
    let server = bed.serve();
    let app = bed.app(&server.site(), &["--scope", "read", "--replay", "strict"]);
    let ada = owner(&server.site());
    let mut crowd = Crowd::gather(&app, CROWD).await;
    for round in 0..STRICT_ROUNDS {
        let token = first_token(&app, &ada).await;
        let answers = crowd.present(&token).await;
        let (granted, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 200);
        assert!(
            granted.len() <= 1,
            "round {round}: {} were answered",
            granted.len()
        );
        for answer in &refused {
            let said = (answer.status, answer.error(), answer.error_code());
            let reuse = (400, Some("invalid_grant"), Some("reuse_detected"));
            assert_eq!(said, reuse, "round {round}: {answer}");
        }
        for winner in &granted {
            is_dead(&app, &successor(winner)).await;
            let access = winner.tokens().unwrap().access_token;
            assert_eq!(app.introspect(&access).await.unwrap().active(), Some(false));
        }
        is_dead(&app, &token).await;
    }
}

async fn is_dead(app: &App, token: &str) {
    let answer = app.refresh(token).await.unwrap();
    assert_eq!(answer.error_code(), Some("reuse_detected"), "{answer}");
}

/// Two servers on one database: a refresh token has one successor, and an end is one, on both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_give_one_successor_and_see_the_same_end() {
    let Some(postgres) = postgres_or_left_out() else {
        return;
    };
    let bed = Bed::new().on_database(&postgres.create_schema().unwrap());
    bed.team();
    let (one, two) = (bed.serve(), bed.serve());
    let app = bed.app(&one.site(), &["--scope", "read"]);
    let secret = app.client_secret.as_deref().unwrap();
    let there = App::confidential(&two.site(), &app.client_id, secret, REDIRECT);
    let first = first_token(&app, &owner(&one.site())).await;
    let mut token = first.clone();
    let mut here = Crowd::gather(&app, CROWD / 2).await;
    let mut away = Crowd::gather(&there, CROWD / 2).await;
    for round in 0..ROUNDS / 4 {
        let (mut answers, more) = tokio::join!(here.present(&token), away.present(&token));
        answers.extend(more);
        let mut successors: Vec<_> = answers.iter().map(successor).collect();
        successors.sort();
        successors.dedup();
        assert_eq!(successors.len(), 1, "round {round}");
        token = successors.remove(0);
    }
    is_dead(&there, &first).await;
    is_dead(&app, &token).await;
    is_dead(&there, &token).await;
}

#[tokio::test]
async fn too_many_retries_are_told_to_stop_and_end_nothing() {
    let bed = Bed::new();
    bed.team();
    let server = bed.serve();
    let app = bed.app(&server.site(), &["--scope", "read"]);
    let token = first_token(&app, &owner(&server.site())).await;
    let current = successor(&app.refresh(&token).await.unwrap());
    for _ in 0..CROWD {
        assert_eq!(successor(&app.refresh(&token).await.unwrap()), current);
    }
    for _ in 0..8 {
        let answer = app.refresh(&token).await.unwrap();
        assert_eq!(answer.status, 429, "{answer}");
        assert_eq!(answer.error_code(), Some("too_many_retries"));
        assert!(answer.headers.first("retry-after").is_some());
    }
    let next = successor(&app.refresh(&current).await.unwrap());
    assert_eq!(app.refresh(&next).await.unwrap().status, 200);
}
