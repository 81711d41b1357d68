//! What is told of a token, and to whom: RFC 7662.

use evergrant_sim::actor::App;
use serde_json::{Value, json};

use crate::harness::text;
use crate::scene::{Scene, claims, is_live, renewed};

async fn told(app: &App, token: &str) -> Value {
    let answer = app.introspect(token).await.unwrap();
    assert_eq!(answer.status, 200, "{answer}");
    answer.json
}

#[tokio::test]
async fn a_client_sees_its_own_and_a_foreign_token_is_only_not_active() {
    let scene = Scene::new();
    let (app, stranger) = (scene.app(&[]), scene.app(&[]));
    let colleague = scene.app(&["--introspect", "team"]);
    let pair = scene.tokens(&app).await;
    let inactive = json!({"active": false});
    for seer in [&app, &colleague] {
        let access = told(seer, &pair.access).await;
        assert_eq!(access["active"], true);
        assert_eq!(access["token_type"], "bearer");
        let said = claims(&pair.access);
        for member in [
            "scope",
            "client_id",
            "sub",
            "aud",
            "iss",
            "iat",
            "exp",
            "jti",
        ] {
            assert_eq!(access[member], said[member], "{member}");
        }
        let refresh = told(seer, &pair.refresh).await;
        assert_eq!(refresh["active"], true);
        assert_eq!(refresh["token_type"], "refresh_token");
        assert_eq!(refresh["exp"], claims(&pair.refresh)["exp"]);
    }
    // Section 2.2: nothing more than that, whatever it is.
    for token in [&pair.access, &pair.refresh] {
        assert_eq!(told(&stranger, token).await, inactive);
    }
    for token in ["x", "a.b.c", &format!("{}x", pair.access), "evg_pat_x"] {
        assert_eq!(told(&colleague, token).await, inactive);
    }
    renewed(&app, &pair.refresh).await;
    assert_eq!(
        told(&app, &pair.refresh).await,
        inactive,
        "a spent refresh token"
    );
    assert!(
        is_live(&app, &pair.access).await,
        "an access token outlives its refresh token"
    );
}

#[tokio::test]
async fn personal_tokens_are_told_to_who_may_see_the_team() {
    let scene = Scene::new();
    let own = scene.app(&[]);
    let team = scene.app(&["--introspect", "team"]);
    let inactive = json!({"active": false});
    let made = scene.bed.json(&[
        "pat",
        "create",
        "job",
        "--scope",
        "read",
        "--expires",
        "30d",
    ]);
    let endless = scene
        .bed
        .json(&["pat", "create", "job", "--expires", "never"]);
    let token = text(&made, "token");
    let seen = told(&team, token).await;
    assert_eq!(seen["active"], true, "{seen}");
    assert_eq!(seen["token_type"], "personal_access_token");
    assert_eq!(seen["scope"], "read");
    assert_eq!(seen["jti"], made["id"]);
    assert!(seen["exp"].is_i64());
    assert_eq!(told(&team, text(&endless, "token")).await.get("exp"), None);
    assert_eq!(told(&own, token).await, inactive);
    scene
        .bed
        .json(&["pat", "delete", text(&made, "id"), "--yes"]);
    assert_eq!(told(&team, token).await, inactive);
}

#[tokio::test]
async fn a_clients_own_token_ends_with_the_client() {
    let scene = Scene::new();
    let app = scene.app(&["--grant-type", "client_credentials"]);
    let team = scene.app(&["--introspect", "team"]);
    let own = app
        .client_credentials()
        .await
        .unwrap()
        .tokens()
        .unwrap()
        .access_token;
    assert!(is_live(&app, &own).await && is_live(&team, &own).await);
    assert_eq!(
        claims(&own)["sub"],
        app.client_id.as_str(),
        "RFC 9068 section 2.2"
    );
    scene
        .bed
        .json(&["client", "remove", &app.client_id, "--yes"]);
    assert!(!is_live(&team, &own).await);
}

/// Of the generations of access tokens only the newest live.
#[tokio::test]
async fn so_many_access_tokens_live_and_one_more_ends_the_oldest() {
    let scene = Scene::new();
    for live in [1, 3] {
        let app = scene.app(&["--live-access-tokens", &live.to_string()]);
        let mut pairs = vec![scene.tokens(&app).await];
        for _ in 0..5 {
            let next = renewed(&app, &pairs.last().unwrap().refresh).await;
            pairs.push(next);
            for (age, pair) in pairs.iter().rev().enumerate() {
                assert_eq!(
                    is_live(&app, &pair.access).await,
                    age < live,
                    "{age} of {live}"
                );
            }
        }
    }
}
