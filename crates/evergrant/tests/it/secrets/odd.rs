//! Tokens where none belong.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant_sim::actor::Pkce;
use evergrant_sim::http::Request;
use serde_json::json;

use super::run::Run;
use crate::scene::renewed;

const FORM: &str = "application/x-www-form-urlencoded";

/// Everything at once: each kind of secret in each kind of place.
pub(super) async fn places(run: &Run) {
    let pair = run.tokens().await;
    let secret = run.app.client_secret.clone().unwrap();
    let authorized = run.app.authorize(&run.ada).await.unwrap();
    for token in [
        &pair.refresh,
        &pair.access,
        &run.personal,
        &secret,
        &authorized.code,
    ] {
        addresses(run, token).await;
        headers(run, token).await;
        parameters(run, token).await;
        documents(run, token).await;
    }
    programs(run).await;
}

async fn addresses(run: &Run, token: &str) {
    for path in [
        format!("/{token}"),
        format!("/oauth2/token?refresh_token={token}"),
        format!("/oauth2/introspect?token={token}"),
        format!("/settings/integrations?done={token}"),
        format!("/settings/integrations/grants/{token}/end"),
        format!("/login?return_to=/settings?token={token}"),
        format!("/setup?link={token}"),
        format!("/sign-in?link={token}"),
        format!("/explain?text={token}"),
        format!("/api/v1/{token}"),
        format!("/readyz?{token}"),
        format!("/oauth2/authorize?client_id={token}"),
        format!(
            "/oauth2/authorize?client_id={}&redirect_uri={token}",
            run.app.client_id
        ),
    ] {
        run.get(&path, &[]).await;
        let url = run.site.url(&path);
        run.send(&Request::new("POST", &url).header("Content-Type", FORM))
            .await;
    }
    // What is wrong with the rest of a request goes to the client, as a person who is signed in.
    let pkce = Pkce::draw().unwrap();
    let good = run.app.authorize_url(&pkce, "state");
    for name in [
        "scope",
        "resource",
        "response_type",
        "code_challenge_method",
        "unknown",
    ] {
        let mut url = good.clone();
        let kept: Vec<_> = good.query_pairs().filter(|pair| pair.0 != name).collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(kept)
            .append_pair(name, token);
        run.ada.get(&url).await.unwrap();
    }
}

async fn headers(run: &Run, token: &str) {
    let basic = format!("Basic {}", STANDARD.encode(format!("{token}:{token}")));
    for path in [
        "/oauth2/token",
        "/oauth2/introspect",
        "/oauth2/revoke",
        "/api/v1/me",
        "/login",
    ] {
        for (name, value) in [
            ("Authorization", format!("Bearer {token}")),
            ("Authorization", basic.clone()),
            ("Authorization", token.to_owned()),
            (
                "Cookie",
                format!("evergrant_session={token}; evergrant_form={token}"),
            ),
            ("Referer", format!("https://app.example/?code={token}")),
            ("Origin", format!("https://{token}")),
            ("X-Forwarded-For", token.to_owned()),
            ("Content-Type", token.to_owned()),
            ("User-Agent", token.to_owned()),
        ] {
            let url = run.site.url(path);
            let fields = [
                ("grant_type", "refresh_token"),
                ("token", "x"),
                ("email", "a@b.example"),
            ];
            run.send(&Request::get(&url).header(name, &value)).await;
            run.send(&Request::post_form(&url, &fields).header(name, &value))
                .await;
        }
    }
}

async fn parameters(run: &Run, token: &str) {
    for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
        for name in [
            "grant_type",
            "client_id",
            "client_secret",
            "refresh_token",
            "code",
            "code_verifier",
            "redirect_uri",
            "scope",
            "resource",
            "token",
            "token_type_hint",
            "unknown",
        ] {
            let mut fields = vec![
                ("grant_type", "refresh_token"),
                ("code", "x"),
                ("token", "x"),
            ];
            fields.retain(|field| field.0 != name);
            fields.push((name, token));
            run.app.ask(path, &fields).await.unwrap();
            fields.push((name, token));
            run.app.ask(path, &fields).await.unwrap();
        }
        let url = run.site.url(path);
        let cut = format!("grant_type=refresh_token&refresh_token={token}%");
        run.send(
            &Request::new("POST", &url)
                .header("Content-Type", FORM)
                .body(cut.into()),
        )
        .await;
        let json = json!({"refresh_token": token}).to_string().into_bytes();
        run.send(&Request::new("POST", &url).body(json)).await;
        let large = format!("token={token}&large={}", "a".repeat(100_000)).into_bytes();
        run.send(
            &Request::new("POST", &url)
                .header("Content-Type", FORM)
                .body(large),
        )
        .await;
    }
}

/// Documents of the API with a token for a value, a name, or in a broken text.
async fn documents(run: &Run, token: &str) {
    let owner = &run.personal;
    for path in ["/users", "/clients", "/personal-tokens", "/keys/rotate"] {
        for body in [
            json!({"email": token}),
            json!({"email": "c@d.example", "role": token}),
            json!({"email": "c@d.example", "password": [token]}),
            json!({"name": "x", "redirect_uris": [token]}),
            json!({"name": "x", "scopes": [format!("{token} {token}")]}),
            json!({"name": "x", "access_ttl": token}),
            json!({"name": "x", "live_grants": token}),
            json!({"purpose": "x", "scopes": [token]}),
            json!({"purpose": "x", "expires": token}),
            json!({"kind": token}),
            json!({ token: token }),
            json!(token),
        ] {
            let answer = run.api(owner, ("POST", path), Some(body)).await;
            assert_ne!(answer.status, 201, "{path}: a token was taken for a value");
        }
        let url = run.site.url(&format!("/api/v1{path}"));
        let broken = format!("{{\"email\": \"{token}").into_bytes();
        let request = Request::new("POST", &url)
            .header("Authorization", &format!("Bearer {owner}"))
            .header("Content-Type", "application/json")
            .body(broken);
        run.send(&request).await;
    }
    for body in [
        json!({"text": format!("invalid_grant {token}"), "provider": token}),
        json!({"texts": [{"text": token, "status": token}]}),
        json!({ "text": "x", token: token }),
    ] {
        run.api(owner, ("POST", "/explain"), Some(body)).await;
    }
    for path in [
        format!("/grants/{token}"),
        format!("/clients/{token}"),
        format!("/users/{token}"),
        format!("/personal-tokens/{token}"),
        format!("/grants?after={token}"),
        format!("/grants?limit={token}"),
        format!("/grants?{token}={token}"),
    ] {
        run.api(owner, ("GET", &path), None).await;
        run.api(owner, ("DELETE", &path), None).await;
    }
}

/// A program that says a secret where it should say its name, on requests that are good otherwise:
/// who presented a token is kept, and shown.
async fn programs(run: &Run) {
    let secret = run.app.client_secret.clone().unwrap();
    let pair = run.tokens().await;
    let says = [
        run.personal.clone(),
        format!("app/1 {secret}"),
        format!("app/1 ({})", pair.access),
        format!("token={}", run.personal),
    ];
    let mut token = pair.refresh.clone();
    for name in &says {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token.as_str()),
        ];
        let request = run
            .app
            .request("/oauth2/token", &fields)
            .header("User-Agent", name);
        let answer = run.send(&request).await.unwrap();
        assert_eq!(answer.status, 200);
        token = evergrant_sim::actor::Answer::from(&answer)
            .tokens()
            .unwrap()
            .refresh_token
            .unwrap();
    }
    renewed(&run.app, &token).await;
    // Reuse makes an incident of it.
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", pair.refresh.as_str()),
    ];
    let request = run
        .app
        .request("/oauth2/token", &fields)
        .header("User-Agent", &says[0]);
    assert_eq!(run.send(&request).await.unwrap().status, 400);
    let shown = run.api(&run.personal, ("GET", "/incidents"), None).await;
    assert_eq!(shown.status, 200);
    let grant = crate::scene::grant_of(&pair.refresh);
    run.api(&run.personal, ("GET", &format!("/grants/{grant}")), None)
        .await;
}
