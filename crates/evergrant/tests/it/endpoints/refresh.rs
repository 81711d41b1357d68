//! The refresh: RFC 6749 section 6, RFC 8707 section 2.2, RFC 9700 section 4.14.

use evergrant_sim::actor::{Answer, App, Callback, Consent, Pkce};

use crate::scene::{
    Pair, REDIRECT, Scene, claims, has_ended, is_live, is_refused, renewed, successor,
};

/// A refresh that asks for something.
async fn asking(app: &App, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    fields.extend(more);
    app.ask("/oauth2/token", &fields).await.unwrap()
}

#[tokio::test]
async fn a_scope_may_be_narrowed_for_once_and_never_widened() {
    let scene = Scene::new();
    let mut app = scene.app(&["--scope", "admin"]);
    app.scope = Some("read write".to_owned());
    let first = scene.tokens(&app).await;
    assert_eq!(claims(&first.access)["scope"], "read write");
    for wider in ["admin", "read admin", "read write unknown", "\""] {
        let answer = asking(&app, &first.refresh, &[("scope", wider)]).await;
        is_refused(&answer, (400, "invalid_scope", "scope_not_granted"));
    }
    let narrow = asking(&app, &first.refresh, &[("scope", "read")]).await;
    assert_eq!(narrow.text("scope"), Some("read"));
    let narrow = Pair::from(narrow.tokens().unwrap());
    assert_eq!(claims(&narrow.access)["scope"], "read");
    let introspected = app.introspect(&narrow.access).await.unwrap();
    assert_eq!(introspected.text("scope"), Some("read"));
    // The refusals moved nothing, and the new refresh token has the scope of the old one.
    assert_eq!(scene.grant(&narrow.refresh)["generation"], 2);
    let whole = renewed(&app, &narrow.refresh).await;
    assert_eq!(claims(&whole.access)["scope"], "read write");
}

/// Consents to these resources, and redeems.
async fn with_resources(scene: &Scene, app: &App, resources: &[&str]) -> Pair {
    let pkce = Pkce::draw().unwrap();
    let mut url = app.authorize_url(&pkce, "state");
    for resource in resources {
        url.query_pairs_mut().append_pair("resource", resource);
    }
    let callback = scene
        .ada
        .answer_request(&url, REDIRECT, Consent::Allow)
        .await
        .unwrap();
    let Callback {
        code: Some(code), ..
    } = callback
    else {
        panic!("{callback:?}");
    };
    let answer = app.redeem(&code, &pkce.verifier).await.unwrap();
    Pair::from(answer.tokens().unwrap_or_else(|| panic!("{answer}")))
}

#[tokio::test]
async fn resources_are_the_audience_and_stay_within_the_grant() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let (one, two) = ("https://one.example/", "https://two.example/api");
    let plain = scene.tokens(&app).await;
    assert_eq!(
        claims(&plain.access)["aud"],
        scene.server.url,
        "the issuer, if nothing is asked"
    );
    let both = with_resources(&scene, &app, &[one, two]).await;
    assert_eq!(claims(&both.access)["aud"], serde_json::json!([one, two]));
    for foreign in [
        "https://three.example/",
        "https://one.example",
        "no address",
    ] {
        let answer = asking(&app, &both.refresh, &[("resource", foreign)]).await;
        is_refused(&answer, (400, "invalid_target", "resource_not_granted"));
    }
    let alone = asking(&app, &both.refresh, &[("resource", two)]).await;
    let alone = Pair::from(alone.tokens().unwrap_or_else(|| panic!("{alone}")));
    assert_eq!(claims(&alone.access)["aud"], two);
    // `resource` alone may stand there more than once (RFC 8707 section 2).
    let again = asking(
        &app,
        &alone.refresh,
        &[("resource", one), ("resource", two)],
    )
    .await;
    let again = Pair::from(again.tokens().unwrap_or_else(|| panic!("{again}")));
    assert_eq!(claims(&again.access)["aud"], serde_json::json!([one, two]));
    let introspected = app.introspect(&alone.access).await.unwrap();
    assert_eq!(introspected.text("aud"), Some(two));
    let answer = asking(&app, &plain.refresh, &[("resource", one)]).await;
    is_refused(&answer, (400, "invalid_target", "resource_not_granted"));
}

#[tokio::test]
async fn a_retry_gets_the_same_refresh_token_byte_for_byte() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let first = scene.tokens(&app).await;
    let next = renewed(&app, &first.refresh).await;
    assert_ne!(next.refresh, first.refresh);
    assert_ne!(next.access, first.access);
    for _ in 0..3 {
        assert_eq!(renewed(&app, &first.refresh).await, next);
    }
    // A retry may ask for another scope: the access token differs, the successor does not.
    let narrow = asking(&app, &first.refresh, &[("scope", "read")]).await;
    assert_eq!(successor(&narrow), next.refresh);
    assert_eq!(scene.grant(&next.refresh)["generation"], 2);
}

#[tokio::test]
async fn reuse_ends_the_grant_and_tells_who_it_was() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let first = scene.tokens(&app).await;
    let second = renewed(&app, &first.refresh).await;
    let third = renewed(&app, &second.refresh).await;
    let bystander = scene.tokens(&app).await;
    // Nothing of a request that is wrong anyway ends a grant (OAuth 2.1 section 7.5.2).
    let thief = scene.app(&[]);
    let unknown = (400, "invalid_grant", "token_unknown");
    is_refused(&thief.refresh(&first.refresh).await.unwrap(), unknown);
    let mut unauthentic = app.clone();
    unauthentic.client_secret = Some("wrong".to_owned());
    assert_eq!(
        unauthentic.refresh(&first.refresh).await.unwrap().status,
        401
    );
    let wide = asking(&app, &first.refresh, &[("scope", "unknown")]).await;
    is_refused(&wide, (400, "invalid_scope", "scope_not_granted"));
    assert!(is_live(&app, &third.access).await);

    has_ended(&app, &first.refresh, "reuse_detected").await;
    for token in [&first, &second, &third] {
        has_ended(&app, &token.refresh, "reuse_detected").await;
        assert!(!is_live(&app, &token.access).await);
        assert!(!is_live(&app, &token.refresh).await);
    }
    let shown = scene.grant(&first.refresh);
    assert_eq!(shown["state"], "reuse_detected");
    let incidents = shown["incidents"].as_array().unwrap();
    let [incident] = incidents.as_slice() else {
        panic!("{incidents:?}");
    };
    assert_eq!(incident["kind"], "reuse");
    assert_eq!(incident["generation"], 1);
    // On a dead grant nothing more is written.
    assert_eq!(incident["count"], 1);
    for side in ["first", "second"] {
        assert_eq!(incident[side]["address"], "127.0.0.1", "{incident}");
    }
    assert!(
        is_live(&app, &bystander.access).await,
        "another grant suffers"
    );
}

#[tokio::test]
async fn what_is_no_refresh_token_of_this_client_is_unknown() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let pair = scene.tokens(&app).await;
    let (signed, mac) = pair.refresh.rsplit_once('.').unwrap();
    let (header, payload) = signed.split_once('.').unwrap();
    let flipped = if mac.starts_with('A') { "B" } else { "A" };
    let unsigned = "eyJhbGciOiJub25lIn0";
    for token in [
        pair.access.clone(),
        format!("{signed}.{flipped}{}", mac.get(1..).unwrap()),
        format!("{signed}."),
        signed.to_owned(),
        format!("{unsigned}.{payload}."),
        format!("{unsigned}.{payload}.{mac}"),
        format!("{header}.{payload}.{mac}.{mac}"),
        format!("{} ", pair.refresh),
        "x".repeat(20_000),
    ] {
        let answer = app.refresh(&token).await.unwrap();
        is_refused(&answer, (400, "invalid_grant", "token_unknown"));
    }
    renewed(&app, &pair.refresh).await;
}
