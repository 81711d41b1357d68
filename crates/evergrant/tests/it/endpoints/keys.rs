//! What others verify our tokens by: RFC 8414, RFC 7517, RFC 9068.

use std::time::Duration;

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde_json::{Value, json};

use crate::harness::{json as document, text};
use crate::scene::{Scene, claims, is_live, renewed, unbase64url};

fn header(token: &str) -> Value {
    serde_json::from_slice(&unbase64url(token.split('.').next().unwrap())).unwrap()
}

/// The key of a set that a token names.
fn key_of<'a>(keys: &'a Value, token: &str) -> &'a Value {
    let header = header(token);
    let mut all = keys["keys"].as_array().unwrap().iter();
    let found = all.find(|key| key["kid"] == header["kid"]);
    found.unwrap_or_else(|| panic!("no key {header} in {keys}"))
}

/// Checks a signature as an API does that has nothing but the published set.
fn verify(token: &str, key: &Value) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (signed, signature) = (signed.as_bytes(), unbase64url(signature));
    let part = |name| unbase64url(text(key, name));
    let verified = match text(key, "alg") {
        "EdDSA" => UnparsedPublicKey::new(&ED25519, part("x")).verify(signed, &signature),
        "ES256" => {
            let point = [vec![4], part("x"), part("y")].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, &signature)
        }
        "RS256" => RsaPublicKeyComponents {
            n: part("n"),
            e: part("e"),
        }
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed, &signature),
        other => panic!("{other}"),
    };
    assert!(verified.is_ok(), "{key}");
}

async fn published(scene: &Scene) -> Value {
    let answer = scene.get("/oauth2/jwks").await;
    assert_eq!(answer.status, 200);
    document(&answer)
}

#[tokio::test]
async fn every_algorithm_verifies_with_the_published_keys_only() {
    let scene = Scene::new();
    for (algorithm, kind) in [("EdDSA", "OKP"), ("ES256", "EC"), ("RS256", "RSA")] {
        let app = scene.app(&["--signing", algorithm]);
        let pair = scene.tokens(&app).await;
        let next = renewed(&app, &pair.refresh).await;
        let keys = published(&scene).await;
        for token in [&pair.access, &next.access] {
            let head = header(token);
            assert_eq!(
                (text(&head, "alg"), text(&head, "typ")),
                (algorithm, "at+jwt")
            );
            let key = key_of(&keys, token);
            assert_eq!((text(key, "kty"), text(key, "use")), (kind, "sig"));
            for private in ["d", "p", "q", "k", "dp", "dq", "qi"] {
                assert_eq!(key.get(private), None, "{algorithm} publishes {private}");
            }
            verify(token, key);
        }
        // RFC 9068 section 2.2; `iss` is the public URL, letter by letter.
        let said = claims(&pair.access);
        assert_eq!(said["iss"], scene.server.url);
        assert_eq!(said["aud"], scene.server.url);
        assert_eq!(said["client_id"], app.client_id.as_str());
        assert!(text(&said, "sub").starts_with("user_"));
        let life = said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap();
        assert_eq!(life, 300);
        assert_ne!(
            said["jti"],
            claims(&next.access)["jti"],
            "every refresh gives a new one"
        );
        // The refresh token is ours to read: its key is in no set.
        let refresh = header(&pair.refresh);
        assert_eq!(
            (text(&refresh, "alg"), text(&refresh, "typ")),
            ("HS256", "rt+jwt")
        );
        let mut known = keys["keys"].as_array().unwrap().iter();
        assert!(known.all(|key| key["kid"] != refresh["kid"]));
    }
}

#[tokio::test]
async fn the_next_key_is_announced_before_it_signs() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let first = scene.tokens(&app).await;
    assert_eq!(published(&scene).await["keys"].as_array().unwrap().len(), 1);
    let rotate = ["keys", "rotate", "EdDSA"];
    let rotated = scene
        .bed
        .with("EVERGRANT_SIGNING_ANNOUNCE", "3s")
        .run(&rotate);
    rotated.succeeded();
    let keys = published(&scene).await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    let second = renewed(&app, &first.refresh).await;
    assert_eq!(header(&second.access)["kid"], header(&first.access)["kid"]);
    tokio::time::sleep(Duration::from_millis(3_200)).await;
    let third = renewed(&app, &second.refresh).await;
    assert_ne!(header(&third.access)["kid"], header(&first.access)["kid"]);
    // Who has had the set since the announcement can verify both.
    for pair in [&first, &second, &third] {
        verify(&pair.access, key_of(&keys, &pair.access));
        assert!(is_live(&app, &pair.access).await);
    }
    // A key for refresh tokens needs no announcement; old tokens go on.
    scene.bed.run(&["keys", "rotate", "refresh"]).succeeded();
    tokio::time::sleep(Duration::from_millis(11_000)).await;
    let fourth = renewed(&app, &third.refresh).await;
    assert_ne!(
        header(&fourth.refresh)["kid"],
        header(&third.refresh)["kid"]
    );
    assert_eq!(
        renewed(&app, &third.refresh).await,
        fourth,
        "a retry across the change"
    );
    renewed(&app, &fourth.refresh).await;
}

/// RFC 8414 section 2.
#[tokio::test]
async fn the_metadata_says_where_everything_is() {
    let scene = Scene::new();
    let answer = scene.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(
        answer.headers.first("content-type"),
        Some("application/json")
    );
    let metadata = document(&answer);
    let at = |path: &str| json!(format!("{}{path}", scene.server.url));
    let methods = json!(["client_secret_basic", "client_secret_post", "none"]);
    for (member, value) in [
        ("issuer", at("")),
        ("authorization_endpoint", at("/oauth2/authorize")),
        ("token_endpoint", at("/oauth2/token")),
        ("jwks_uri", at("/oauth2/jwks")),
        ("revocation_endpoint", at("/oauth2/revoke")),
        ("introspection_endpoint", at("/oauth2/introspect")),
        ("response_types_supported", json!(["code"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("token_endpoint_auth_methods_supported", methods.clone()),
        ("revocation_endpoint_auth_methods_supported", methods),
        (
            "authorization_response_iss_parameter_supported",
            json!(true),
        ),
    ] {
        assert_eq!(metadata[member], value, "{member}");
    }
    let kinds = metadata["grant_types_supported"].as_array().unwrap();
    for kind in ["authorization_code", "refresh_token", "client_credentials"] {
        assert!(kinds.contains(&json!(kind)), "{kind}");
    }
    // Programs in a browser read both.
    for path in ["/.well-known/oauth-authorization-server", "/oauth2/jwks"] {
        let answer = scene.get(path).await;
        assert_eq!(
            answer.headers.first("access-control-allow-origin"),
            Some("*")
        );
    }
}

/// The public URL is the issuer, whatever the address is that is listened on.
#[tokio::test]
async fn the_issuer_is_the_public_url_exactly() {
    let mut scene = Scene::new();
    let public = "https://auth.acme.example";
    scene.server = scene.bed.serve_with(&["--public-url", public]);
    let metadata = document(&scene.get("/.well-known/oauth-authorization-server").await);
    assert_eq!(metadata["issuer"], public);
    assert_eq!(metadata["token_endpoint"], format!("{public}/oauth2/token"));
    let app = scene.app(&["--grant-type", "client_credentials"]);
    let own = app
        .client_credentials()
        .await
        .unwrap()
        .tokens()
        .unwrap()
        .access_token;
    assert_eq!(claims(&own)["iss"], public);
    assert_eq!(claims(&own)["aud"], public);
}
