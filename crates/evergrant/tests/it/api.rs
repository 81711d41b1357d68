//! The API over HTTP: its errors, its limits, and who a browser's session lets in.

use evergrant_sim::actor::Person;
use evergrant_sim::http::{OwnedResponse, Request};
use serde_json::{Value, json};

use crate::harness::{Bed, Caller, OWNER, PASSWORD, Server, json, text};

fn team() -> (Bed, Server, String) {
    let bed = Bed::new();
    let token = text(&bed.team(), "token").to_owned();
    let server = bed.serve();
    (bed, server, token)
}

fn is_problem(answer: &OwnedResponse, status: u16, code: &str) -> Value {
    let problem = json(answer);
    assert_eq!(answer.status, status, "{problem}");
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(problem["code"], code, "{problem}");
    assert_eq!(
        answer.headers.first("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(answer.headers.first("cache-control"), Some("no-store"));
    problem
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let (_bed, server, token) = team();
    let owner = Caller::with_token(&server, &token);
    for (method, path, body, said) in [
        (
            "POST",
            "/users",
            json!({"email": "a@x.example", "rolle": "x"}),
            "`rolle`",
        ),
        ("POST", "/users", json!({}), "`email`"),
        ("POST", "/users", json!([]), "no JSON object"),
        (
            "POST",
            "/users",
            json!({"email": "a@x.example", "role": "king"}),
            "king",
        ),
        (
            "POST",
            "/users?x=1",
            json!({"email": "a@x.example"}),
            "takes no query",
        ),
        (
            "POST",
            "/users/a/suspend",
            json!({"name": "b"}),
            "`name` is said twice",
        ),
        ("GET", "/users?limit=many", Value::Null, "many"),
        ("GET", "/users?foo=1", Value::Null, "`foo`"),
    ] {
        let body = Some(&body).filter(|body| !body.is_null());
        let answer = owner.ask(method, path, body).await;
        let problem = is_problem(&answer, 400, "request_malformed");
        assert!(text(&problem, "detail").contains(said), "{problem}");
    }
    let answer = owner.ask("GET", "/users?limit=0", None).await;
    is_problem(&answer, 400, "value_not_acceptable");
    is_problem(&owner.ask("GET", "/nothing", None).await, 404, "not_found");
    let answer = owner.ask("PUT", "/users", None).await;
    is_problem(&answer, 405, "method_not_allowed");
    let allowed = answer.headers.first("allow").unwrap();
    assert!(
        allowed.contains("GET") && allowed.contains("POST"),
        "{allowed}"
    );
    let answer = Caller::anonymous(&server).ask("GET", "/me", None).await;
    is_problem(&answer, 401, "not_authenticated");
    assert!(
        answer
            .headers
            .first("www-authenticate")
            .unwrap()
            .starts_with("Bearer")
    );
}

#[tokio::test]
async fn a_body_is_json_and_at_most_64_kib() {
    let (_bed, server, token) = team();
    let url = server.site().url("/api/v1/users");
    let post = |body: Vec<u8>, media_type: &'static str| {
        Request::new("POST", &url)
            .header("Authorization", &format!("Bearer {token}"))
            .header("Content-Type", media_type)
            .body(body)
    };
    let answer = server
        .site()
        .send(&post(b"email=x".to_vec(), "text/plain"))
        .await
        .unwrap();
    is_problem(&answer, 415, "media_type_not_supported");
    let long = vec![b' '; 64 * 1024 + 1];
    let answer = server
        .site()
        .send(&post(long, "application/json"))
        .await
        .unwrap();
    is_problem(&answer, 413, "request_too_large");
    let answer = server
        .site()
        .send(&post(b"{\"email\":".to_vec(), "application/json"))
        .await;
    is_problem(&answer.unwrap(), 400, "request_malformed");
}

#[tokio::test]
async fn a_session_lets_a_browser_in_but_no_other_site() {
    let (_bed, server, _) = team();
    let person = Person::new(&server.site(), OWNER, PASSWORD);
    person.sign_in().await.unwrap();
    let cookie = person.cookie_header(&server.site().url("/")).unwrap();
    let browser = || Caller::anonymous(&server).with("Cookie", &cookie);
    let me = browser().ask("GET", "/me", None).await;
    assert_eq!(json(&me)["authority"], "session");
    assert_eq!(json(&me)["email"], OWNER);

    let bob = json!({"email": "bob@x.example"});
    let suspend = "/users/bob@x.example/suspend";
    let made = browser()
        .with("Origin", &server.url)
        .ask("POST", "/users", Some(&bob))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("X-Nothing", "said"),
    ] {
        let answer = browser().with(name, value).ask("POST", suspend, None).await;
        is_problem(&answer, 403, "not_allowed");
    }
    let same_site = browser().with("Sec-Fetch-Site", "same-origin");
    assert_eq!(same_site.ask("POST", suspend, None).await.status, 200);
    let forged = Caller::anonymous(&server).with("Cookie", "evergrant_session=evg_se_x");
    is_problem(
        &forged.ask("GET", "/me", None).await,
        401,
        "not_authenticated",
    );
}

#[tokio::test]
async fn a_secret_appears_only_in_the_answer_that_makes_it() {
    let (bed, server, token) = team();
    let owner = Caller::with_token(&server, &token);
    let client = json!({"name": "App", "redirect_uris": ["https://a.example/cb"]});
    let client = owner.ask("POST", "/clients", Some(&client)).await;
    assert_eq!(client.status, 201, "{}", client.text());
    let secret = text(&json(&client), "client_secret").to_owned();
    let made = owner
        .ask("POST", "/personal-tokens", Some(&json!({"purpose": "x"})))
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = text(&json(&made), "token").to_owned();
    for path in [
        "/clients",
        "/personal-tokens",
        "/keys",
        "/users",
        "/me",
        "/grants",
    ] {
        let answer = owner.ask("GET", path, None).await;
        assert_eq!(answer.status, 200, "{path}");
        for secret in [&secret, &made, &token] {
            assert!(!answer.text().contains(secret.as_str()), "{path}");
        }
    }
    let log = server.log();
    for secret in [&secret, &made, &token] {
        assert!(!log.contains(secret.as_str()), "{log}");
    }
    drop(bed);
}
