//! `POST /api/v1/explain`

use evergrant_sim::http::{OwnedResponse, Request};
use serde_json::{Value, json};

use super::{IDLE, LIMITED, MEMBERS, members};
use crate::harness::{Bed, Caller, OWNER, PASSWORD, Server, json, text};
use crate::scene::own_postgres;

async fn sent(server: &Server, token: &str, body: Vec<u8>) -> OwnedResponse {
    let site = server.site();
    let request = Request::new("POST", &site.url("/api/v1/explain"))
        .header("Authorization", &format!("Bearer {token}"))
        .header("Content-Type", "application/json")
        .body(body);
    site.send(&request).await.unwrap()
}

#[tokio::test]
async fn one_text_and_many_are_explained_as_by_the_command() {
    let bed = Bed::new();
    let token = text(&bed.team(), "token").to_owned();
    let server = bed.serve();
    let caller = Caller::with_token(&server, &token);
    let asked = json!({"text": IDLE, "provider": "google", "status": 400});
    let said = caller.ask("POST", "/explain", Some(&asked)).await;
    assert_eq!(said.status, 200, "{}", said.text());
    assert_eq!(members(&json(&said)), MEMBERS);
    let command = ["explain", IDLE, "--provider", "google", "--status", "400"];
    assert_eq!(json(&said), bed.json(&command));

    let many = json!({"texts": [asked, {"text": LIMITED}, {"text": ""}]});
    let said = json(&caller.ask("POST", "/explain", Some(&many)).await);
    assert_eq!(members(&said), ["items"]);
    let items = said["items"].as_array().unwrap();
    let causes: Vec<_> = items.iter().map(|it| text(it, "cause")).collect();
    assert_eq!(causes, ["idle_expiry", "rate_limited", "unknown"]);
    let none = caller
        .ask("POST", "/explain", Some(&json!({"texts": []})))
        .await;
    assert_eq!(json(&none), json!({"items": []}));
}

#[tokio::test]
async fn what_can_not_be_read_is_a_problem_that_says_what_to_send() {
    let bed = Bed::new();
    let token = text(&bed.team(), "token").to_owned();
    let server = bed.serve();
    let many: Vec<_> = (0..101).map(|_| json!({"text": ""})).collect();
    for (body, status, code) in [
        (json!({}), 400, "value_not_acceptable"),
        (
            json!({"text": "", "texts": []}),
            400,
            "value_not_acceptable",
        ),
        (
            json!({"texts": [], "provider": "x"}),
            400,
            "value_not_acceptable",
        ),
        (json!({"texts": many}), 400, "value_not_acceptable"),
        (
            json!({"text": "", "status": 99}),
            400,
            "value_not_acceptable",
        ),
        (json!({"text": 7}), 400, "request_malformed"),
        (
            json!({"text": "", "status": "soon"}),
            400,
            "request_malformed",
        ),
        (json!({"text": "", "more": ""}), 400, "request_malformed"),
        (json!({"texts": ["x"]}), 400, "request_malformed"),
        (json!("x"), 400, "request_malformed"),
    ] {
        let answer = sent(&server, &token, body.to_string().into_bytes()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text());
        assert_eq!(json(&answer)["code"], code, "{body}");
        let kind = answer.headers.first("content-type");
        assert_eq!(kind, Some("application/problem+json"));
    }
    let deep = format!("{{\"text\": {}", "[".repeat(100_000));
    let answer = sent(&server, &token, deep.into_bytes()).await;
    assert_eq!(json(&answer)["code"], "request_malformed");
    let long = json!({"text": "a".repeat(5 * 1024 * 1024)}).to_string();
    let answer = sent(&server, &token, long.into_bytes()).await;
    assert_eq!(answer.status, 413, "{}", answer.text());
    assert_eq!(json(&answer)["code"], "request_too_large");

    let site = server.site();
    let request = Request::new("POST", &site.url("/api/v1/explain"))
        .header("Authorization", &format!("Bearer {token}"))
        .header("Content-Type", "text/plain")
        .body(IDLE.into());
    assert_eq!(site.send(&request).await.unwrap().status, 415);
}

#[tokio::test]
async fn without_its_store_a_server_explains_all_the_same() {
    let Some(postgres) = own_postgres() else {
        return;
    };
    let bed = Bed::new().on_database(&postgres.create_database().unwrap());
    let token = text(&bed.team(), "token").to_owned();
    let server = bed.serve();
    postgres.stop().unwrap();
    let caller = Caller::with_token(&server, &token);
    assert_eq!(caller.ask("GET", "/me", None).await.status, 503);
    let body = json!({"text": IDLE});
    let said = caller.ask("POST", "/explain", Some(&body)).await;
    assert_eq!(said.status, 200, "{}", said.text());
    assert_eq!(json(&said)["cause"], "idle_expiry");
    // Who is nobody stays nobody.
    for nobody in [
        Caller::anonymous(&server),
        Caller::with_token(&server, "evg_pat_x"),
        Caller::with_token(&server, "x"),
    ] {
        assert_eq!(
            nobody.ask("POST", "/explain", Some(&body)).await.status,
            401
        );
    }
    let site = server.site();
    let page = site
        .send(&Request::get(&site.url("/explain")))
        .await
        .unwrap();
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("name=\"text\""));
}

#[tokio::test]
async fn a_browser_that_is_signed_in_may_ask() {
    let bed = Bed::new();
    bed.team();
    let server = bed.serve();
    let site = server.site();
    let person = evergrant_sim::actor::Person::new(&site, OWNER, PASSWORD);
    person.sign_in().await.unwrap();
    let cookie = person.cookie_header(&site.url("/")).unwrap();
    let browser = Caller::anonymous(&server).with("Cookie", &cookie);
    let body = json!({"text": LIMITED});
    let said = browser.ask("POST", "/explain", Some(&body)).await;
    assert_eq!(json(&said)["cause"], Value::from("rate_limited"));
}
