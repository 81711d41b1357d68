//! Giving a token back: RFC 7009.

use evergrant_sim::actor::Answer;

use crate::scene::{Pair, Scene, has_ended, is_live, is_refused, renewed};

fn is_done(answer: &Answer) {
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn any_generation_of_a_refresh_token_ends_its_grant() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    for given_back in 0..3 {
        let first = scene.tokens(&app).await;
        let second = renewed(&app, &first.refresh).await;
        let third = renewed(&app, &second.refresh).await;
        let all = [first, second, third];
        is_done(&app.revoke(&all[given_back].refresh).await.unwrap());
        for pair in &all {
            has_ended(&app, &pair.refresh, "revoked_by_client").await;
            assert!(!is_live(&app, &pair.access).await);
        }
        // That is no reuse, and giving it back twice is no error (section 2.2).
        let shown = scene.grant(&all[0].refresh);
        assert_eq!(shown["incidents"], serde_json::json!([]));
        is_done(&app.revoke(&all[given_back].refresh).await.unwrap());
    }
}

#[tokio::test]
async fn an_access_token_ends_with_the_older_ones_and_newer_ones_live() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let mut pairs = vec![scene.tokens(&app).await];
    for _ in 0..3 {
        let next = renewed(&app, &pairs.last().unwrap().refresh).await;
        pairs.push(next);
    }
    is_done(&app.revoke(&pairs[1].access).await.unwrap());
    let mut live = Vec::new();
    for pair in &pairs {
        live.push(is_live(&app, &pair.access).await);
    }
    assert_eq!(live, [false, false, true, true]);
    // An older one than the floor lowers nothing.
    is_done(&app.revoke(&pairs[0].access).await.unwrap());
    assert!(is_live(&app, &pairs[2].access).await);
    let next = renewed(&app, &pairs[3].refresh).await;
    assert!(is_live(&app, &next.access).await);
}

#[tokio::test]
async fn what_is_no_token_is_no_error_and_what_is_anothers_is() {
    let scene = Scene::new();
    let app = scene.app(&[
        "--grant-type",
        "client_credentials",
        "--grant-type",
        "authorization_code",
        "--grant-type",
        "refresh_token",
    ]);
    let other = scene.app(&[]);
    let pair = scene.tokens(&app).await;
    // Section 2.2: an invalid token is as good as revoked.
    for token in [
        "x",
        "a.b.c",
        &format!("{}x", pair.refresh),
        &format!("{}x", pair.access),
    ] {
        is_done(&app.revoke(token).await.unwrap());
    }
    // Section 2.1: a token of another client is refused, and lives.
    for token in [&pair.access, &pair.refresh] {
        let answer = other.revoke(token).await.unwrap();
        is_refused(&answer, (400, "invalid_grant", "token_unknown"));
    }
    assert!(is_live(&app, &pair.access).await && is_live(&app, &pair.refresh).await);
    // A hint may be wrong (section 2.1).
    let hinted = [
        ("token", pair.access.as_str()),
        ("token_type_hint", "refresh_token"),
    ];
    is_done(&app.ask("/oauth2/revoke", &hinted).await.unwrap());
    assert!(!is_live(&app, &pair.access).await && is_live(&app, &pair.refresh).await);
    // Section 2.2.1: it has no row by which it could end alone.
    let own = app
        .client_credentials()
        .await
        .unwrap()
        .tokens()
        .unwrap()
        .access_token;
    let answer = app.revoke(&own).await.unwrap();
    is_refused(
        &answer,
        (400, "unsupported_token_type", "token_not_revocable"),
    );
    assert!(is_live(&app, &own).await);
}

#[tokio::test]
async fn a_public_client_gives_back_by_its_id_alone() {
    let scene = Scene::new();
    let app = scene.app(&["--public"]);
    let Pair { refresh, .. } = scene.tokens(&app).await;
    is_done(&app.revoke(&refresh).await.unwrap());
    has_ended(&app, &refresh, "revoked_by_client").await;
}
