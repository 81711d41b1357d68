//! The redemption of a code: RFC 6749 section 4.1.3, RFC 7636 section 4.6, RFC 9700 section 4.5.

use std::time::Duration;

use evergrant_sim::actor::{App, Authorized};

use crate::scene::{Pair, Scene, has_ended, is_live, is_refused, renewed};

async fn redeemed(app: &App, authorized: &Authorized) -> Pair {
    let answer = app
        .redeem(&authorized.code, &authorized.verifier)
        .await
        .unwrap();
    Pair::from(answer.tokens().unwrap_or_else(|| panic!("{answer}")))
}

#[tokio::test]
async fn a_wrong_redemption_spends_nothing() {
    let scene = Scene::new();
    let app = scene.app(&["--redirect-uri", "http://127.0.0.1/other"]);
    let other = scene.app(&[]);
    let mut elsewhere = app.clone();
    "http://127.0.0.1/other".clone_into(&mut elsewhere.redirect_uri);
    let authorized = app.authorize(&scene.ada).await.unwrap();
    assert_eq!(
        authorized.issuer.as_deref(),
        Some(scene.server.url.as_str()),
        "RFC 9207"
    );
    let Authorized { code, verifier, .. } = &authorized;
    // RFC 7636 section 4.6.
    let mut wrong = verifier.clone();
    wrong.replace_range(..1, if verifier.starts_with('a') { "b" } else { "a" });
    for wrong in [wrong.as_str(), "short", "\u{e9}"] {
        let answer = app.redeem(code, wrong).await.unwrap();
        is_refused(&answer, (400, "invalid_grant", "verifier_wrong"));
    }
    // RFC 6749 section 4.1.3: the redirect address of the request, if it named one.
    let differs = (400, "invalid_grant", "redirect_uri_differs");
    is_refused(&elsewhere.redeem(code, verifier).await.unwrap(), differs);
    let unnamed = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", verifier),
    ];
    is_refused(&app.ask("/oauth2/token", &unnamed).await.unwrap(), differs);
    // RFC 6749 section 4.1.3: the client that it was issued to; others don't learn that it exists.
    let unknown = (400, "invalid_grant", "code_unknown");
    is_refused(&other.redeem(code, verifier).await.unwrap(), unknown);
    is_refused(
        &app.redeem(&format!("{code}x"), verifier).await.unwrap(),
        unknown,
    );
    let pair = redeemed(&app, &authorized).await;
    assert!(is_live(&app, &pair.access).await);
}

#[tokio::test]
async fn a_second_redemption_soon_gives_the_same_tokens() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let authorized = app.authorize(&scene.ada).await.unwrap();
    let first = redeemed(&app, &authorized).await;
    assert_eq!(redeemed(&app, &authorized).await, first);
    let next = renewed(&app, &first.refresh).await;
    // The answer is out of date by now, and whoever asks may still be the same client.
    let answer = app
        .redeem(&authorized.code, &authorized.verifier)
        .await
        .unwrap();
    is_refused(&answer, (400, "invalid_grant", "superseded"));
    // A thief of the code alone, without the verifier, ends nothing either.
    let answer = app.redeem(&authorized.code, "wrong").await.unwrap();
    is_refused(&answer, (400, "invalid_grant", "verifier_wrong"));
    assert!(is_live(&app, &next.access).await);
    renewed(&app, &next.refresh).await;
}

/// RFC 9700 section 4.5: a code that is redeemed twice ends what it began.
#[tokio::test]
async fn a_second_redemption_later_ends_the_grant() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let authorized = app.authorize(&scene.ada).await.unwrap();
    let pair = redeemed(&app, &authorized).await;
    tokio::time::sleep(Duration::from_millis(10_500)).await;
    let answer = app
        .redeem(&authorized.code, &authorized.verifier)
        .await
        .unwrap();
    is_refused(&answer, (400, "invalid_grant", "code_reused"));
    has_ended(&app, &pair.refresh, "code_reused").await;
    assert!(!is_live(&app, &pair.access).await);
    let shown = scene.grant(&pair.refresh);
    assert_eq!(shown["state"], "code_reused");
    assert_eq!(shown["incidents"][0]["kind"], "code_reuse");
}
