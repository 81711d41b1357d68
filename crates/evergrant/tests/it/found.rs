//! Bugs that were found, each as it showed itself.

use std::thread;

use crate::harness::{Bed, Caller, OWNER, json, text};
use crate::scene::{Scene, first_token, owner, successor};
use crate::storm::crowd::Crowd;

/// Times were whole milliseconds, and a token presented in the one in which its successor's
/// successor was made seemed to have waited here: it was `superseded`, and the grant lived on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_comes_back_at_once_is_reuse() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let ada = owner(&scene.server.site());
    let mut one = Crowd::gather(&app, 1).await;
    for round in 0..60 {
        let first = first_token(&app, &ada).await;
        let second = successor(&one.present(&first).await[0]);
        one.present(&second).await;
        let answers = one.present(&first).await;
        let said = answers[0].error_code();
        assert_eq!(
            said,
            Some("reuse_detected"),
            "round {round}: {}",
            answers[0]
        );
    }
}

/// For the same reason the demo ended badly every fourth time.
#[test]
fn the_demo_comes_out_as_told_time_after_time() {
    let bed = Bed::new();
    // All at once: each waits for some seconds until a token has grown old.
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| bed.run(&["demo", "--exit"]).succeeded());
        }
    });
}

/// A token with the scope `write` could set its owner's password, and so become its owner.
#[tokio::test]
async fn a_token_sets_no_password_unless_it_may_manage() {
    let scene = Scene::new();
    let asked = ["pat", "create", "Script", "--scope", "write"];
    let token = text(&scene.bed.json(&asked), "token").to_owned();
    let caller = Caller::with_token(&scene.server, &token);
    let path = format!("/users/{OWNER}/password");
    let body = serde_json::json!({ "password": "taken over by a script" });
    let answer = caller.ask("POST", &path, Some(&body)).await;
    assert_eq!(answer.status, 403, "{}", json(&answer));
}

/// Several that began a store at once made several teams.
#[test]
fn one_of_several_sets_a_store_up() {
    let bed = Bed::new();
    // The store itself is there, so that all of them meet at its first row.
    bed.run(&["user", "list"]);
    let tries = ["ada@example.org", "bob@example.org", "eve@example.org"];
    let codes: Vec<_> = thread::scope(|scope| {
        let begin = |email| {
            let command = bed.command(&["init", "--team", "Acme", "--email", email, "--json"]);
            scope.spawn(move || { command }.output().unwrap().status.code())
        };
        let all: Vec<_> = tries.map(begin).into_iter().collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let done = codes.iter().filter(|code| **code == Some(0)).count();
    assert_eq!(done, 1, "{codes:?}");
}

/// A client's own token was for the issuer, whatever resource it asked for.
#[tokio::test]
async fn a_clients_own_token_is_for_the_resource_it_asks_for() {
    let scene = Scene::new();
    let app = scene.app(&["--grant-type", "client_credentials"]);
    let asked = [
        ("grant_type", "client_credentials"),
        ("resource", "https://files.example/"),
    ];
    let answer = app.ask("/oauth2/token", &asked).await.unwrap();
    let claims = crate::scene::claims(answer.text("access_token").unwrap());
    assert_eq!(claims["aud"], "https://files.example/");
}
