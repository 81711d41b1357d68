//! Why a connection failed, over HTTP: what the provider says, and what the history adds to it.

use std::time::Duration;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Keeper, STALE};
use crate::harness::{Caller, json as document};

/// What the provider says, the cause that it has, who must act.
const SAID: [(u16, &str, &str, &str); 8] = [
    (
        400,
        r#"{"error":"invalid_grant","error_description":"Token has been revoked by the user."}"#,
        "user_revoked",
        "end_user",
    ),
    (
        400,
        r#"{"error":"invalid_grant","error_description":"The user account has been disabled."}"#,
        "account_unconfirmed_or_disabled",
        "account_admin",
    ),
    (
        400,
        r#"{"error":"invalid_grant","error_description":"The user was removed by an admin."}"#,
        "user_removed_by_admin",
        "account_admin",
    ),
    (
        400,
        r#"{"error":"invalid_grant","error_description":"The user's password was changed."}"#,
        "password_changed",
        "end_user",
    ),
    (
        400,
        r#"{"error":"invalid_grant","error_description":"Refresh token was already used."}"#,
        "refresh_token_reused",
        "operator",
    ),
    (
        401,
        r#"{"error":"invalid_client","error_description":"The client is disabled."}"#,
        "app_or_client_misconfigured",
        "app_developer",
    ),
    (429, r#"{"error":"slow_down"}"#, "rate_limited", "nobody"),
    (503, "", "provider_outage", "nobody"),
];

/// A clock that is not waited for: the rows are of so many seconds earlier.
fn earlier(it: &Keeper, column: &str, seconds: i64) {
    let store = Connection::open(it.bed.data().join("evergrant.db")).unwrap();
    let text = format!(
        "UPDATE held_grants SET {column} = {column} - {}",
        seconds * 1_000_000
    );
    assert!(store.execute(&text, []).unwrap() > 0);
}

fn refused(it: &Keeper, name: &str) -> Value {
    let problem = it.run(&["connection", "refresh", name, "--json"]);
    problem.json()["diagnosis"].clone()
}

#[track_caller]
fn has(diagnosis: &Value, part: &str) {
    let evidence = diagnosis["evidence"].as_array().unwrap();
    let found = evidence
        .iter()
        .any(|it| it.as_str().unwrap().contains(part));
    assert!(found, "{part:?} is not in {diagnosis:#}");
}

#[test]
fn what_a_provider_says_has_its_cause_everywhere_the_same() {
    let it = Keeper::with_integration();
    for (index, (status, body, cause, party)) in SAID.into_iter().enumerate() {
        let name = format!("c{index}");
        it.import(&name, STALE);
        it.provider.next(status, body);
        let told = refused(&it, &name);
        assert_eq!(told["cause"], cause, "{told:#}");
        assert_eq!(told["party"], party, "{told:#}");
        for member in ["also_possible", "evidence", "dates"] {
            assert!(told[member].is_array(), "{member}: {told:#}");
        }
        assert_eq!(told["transient"], party == "nobody", "{told:#}");
        let shown = it.json(&["connection", "show", &name]);
        assert_eq!(shown["diagnosis"], told);
        let history = it.json(&["connection", "history", &name]);
        assert_eq!(history["items"][0]["diagnosis"], told);
        let people = it.run(&["connection", "history", &name]).succeeded();
        assert!(people.stdout.contains("must act"), "{}", people.stdout);
    }
}

#[test]
fn a_second_use_elsewhere_is_told_as_such() {
    let it = Keeper::with_integration();
    it.provider.is_strict(Duration::from_secs(60));
    it.provider.book(|book| book.begin("rt-imported"));
    it.import("ci", STALE);
    // Another program has the same token, and is faster.
    it.provider.book(|book| book.present("rt-imported"));
    let told = refused(&it, "ci");
    assert_eq!(told["cause"], "refresh_token_reused", "{told:#}");
    assert_eq!(told["party"], "operator");
    has(&told, "another copy of it is in use elsewhere");
}

#[test]
fn a_secret_that_was_changed_here_is_in_the_evidence() {
    let it = Keeper::with_connection(STALE);
    it.run(&["connection", "refresh", "ci"]).succeeded();
    let change = ["integration", "secret", "acme", "--client-secret-stdin"];
    it.run_with_input(&change, "hush-a-wrong-secret\n")
        .succeeded();
    it.provider.next(401, r#"{"error":"invalid_client"}"#);
    let told = refused(&it, "ci");
    assert_eq!(told["cause"], "app_or_client_misconfigured");
    has(&told, "client secret was changed here");
    has(&told, "after the last success");
}

#[test]
fn the_stated_end_of_a_token_is_why() {
    let it = Keeper::with_connection(STALE);
    let short = r#"{"access_token":"at","refresh_token":"rt","expires_in":3600,
        "refresh_token_expires_in":86400}"#;
    it.provider.next(200, short);
    it.run(&["connection", "refresh", "ci"]).succeeded();
    for column in ["consented_at", "renewed_at", "refresh_expires_at"] {
        earlier(&it, column, 90_000);
    }
    it.provider.next(400, r#"{"error":"invalid_grant"}"#);
    let told = refused(&it, "ci");
    assert_eq!(told["cause"], "hard_lifetime_limit", "{told:#}");
    assert_eq!(told["confidence"], "likely");
    has(&told, "said that it ends after 24 hours");
}

#[test]
fn one_text_of_googles_is_told_apart_by_the_history() {
    let text =
        r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#;
    let days = |count: i64| count * 86_400;
    for (age, idle, cause, part) in [
        (
            days(7),
            3_600,
            "app_in_testing_mode",
            "The grant was 7 days old",
        ),
        (
            days(200),
            days(190),
            "idle_expiry",
            "not been used for 190 days",
        ),
        (
            days(40),
            3_600,
            "user_revoked",
            "speaks against idle_expiry",
        ),
    ] {
        let it = Keeper::new();
        let token = it.provider.url("token");
        let mut add = vec!["integration", "add", "google", "--name", "acme", "--json"];
        add.extend([
            "--client-id",
            "ours",
            "--client-secret-stdin",
            "--token-url",
            &token,
        ]);
        it.run_with_input(&add, "client-secret-of-ours\n")
            .succeeded();
        it.import("ci", STALE);
        earlier(&it, "consented_at", age);
        earlier(&it, "renewed_at", idle);
        it.provider.next(400, text);
        let told = refused(&it, "ci");
        assert_eq!(told["cause"], cause, "{told:#}");
        has(&told, part);
        assert!(
            told["summary"].as_str().unwrap().contains("Google"),
            "{told:#}"
        );
    }
}

#[test]
fn many_that_fail_alike_are_no_persons_doing() {
    let it = Keeper::with_integration();
    for index in 0..4 {
        let name = format!("c{index}");
        it.import(&name, STALE);
        it.provider.next(400, r#"{"error":"invalid_grant"}"#);
        let told = refused(&it, &name);
        let alike = index == 3;
        assert_eq!(
            told["cause"] == "app_or_client_misconfigured",
            alike,
            "{told:#}"
        );
        if alike {
            has(
                &told,
                "3 other connections of the same integration failed with invalid_grant",
            );
        }
    }
}

/// What nobody understands, with secrets of ours and ids of its own in it.
fn riddle(number: u32) -> String {
    json!({
        "error": "flux_capacitor",
        "error_description": format!(
            "Warp core {number}7654321 of user{number}@acme.example refuses rt-imported-hush, \
             client-secret-of-ours and eyJhbGciOiJIUzI1NiJ9.eyJzdWIi{number}."
        ),
    })
    .to_string()
}

#[test]
fn what_nothing_matches_is_kept_once_without_secrets() {
    let it = Keeper::with_integration();
    for number in 1..=3 {
        let name = format!("c{number}");
        it.import(&name, r#"{"refresh_token":"rt-imported-hush"}"#);
        it.provider.next(400, riddle(number));
        it.run(&["connection", "refresh", &name]);
    }
    let list = it.json(&["unmatched", "list"]);
    assert_eq!(list["next"], Value::Null);
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list:#}");
    let kept = &list["items"][0];
    assert_eq!(kept["count"], 3);
    assert_eq!(kept["provider"], "generic");
    assert_eq!(kept["http_status"], 400);
    let text = kept["text"].as_str().unwrap();
    assert!(text.contains("flux_capacitor"), "{text}");
    assert!(text.contains("Warp core # of # refuses ***"), "{text}");

    let id = kept["unmatched_id"].as_str().unwrap();
    assert_eq!(it.json(&["unmatched", "show", id]), *kept);
    let all = it.run(&["unmatched", "export"]).succeeded().stdout;
    let one = it.run(&["unmatched", "export", id]).succeeded().stdout;
    assert_eq!(all, one);
    let file: toml::Table = one.parse().unwrap();
    let signature = &file["signature"][0];
    assert_eq!(signature["cause"].as_str(), Some(""));
    assert_eq!(signature["example"].as_str(), Some(text));
    assert!(one.contains("seen 3 times"), "{one}");

    let people = ["list", "show"].map(|it| ["unmatched", it]);
    let listed = it.run(&people[0]).succeeded().stdout;
    let shown = it
        .run(&[people[1].as_slice(), &[id]].concat())
        .succeeded()
        .stdout;
    let told = it.run(&["connection", "show", "c1"]).succeeded().stdout;
    let mut places = vec![listed, shown, told, one, list.to_string()];
    for file in ["evergrant.db", "evergrant.db-wal"] {
        let bytes = std::fs::read(it.bed.data().join(file)).unwrap_or_default();
        places.push(String::from_utf8_lossy(&bytes).into_owned());
    }
    for place in places {
        for secret in ["rt-imported-hush", "client-secret-of-ours", "eyJhbGci"] {
            assert!(!place.contains(secret), "{secret}");
        }
    }

    it.run(&["unmatched", "remove", id]).succeeded();
    assert_eq!(it.json(&["unmatched", "list"])["items"], json!([]));
    it.run(&["unmatched", "show", id, "--json"])
        .failed_as(3, "not_found");
    it.run(&["unmatched", "export", id, "--json"])
        .failed_as(3, "not_found");
}

#[test]
fn what_a_signature_explains_is_not_kept() {
    let it = Keeper::with_integration();
    for (index, (status, body, ..)) in SAID.into_iter().take(5).enumerate() {
        let name = format!("c{index}");
        it.import(&name, STALE);
        it.provider.next(status, body);
        refused(&it, &name);
    }
    assert_eq!(it.json(&["unmatched", "list"])["items"], json!([]));
    // No more than a code: that it is all they say is worth counting.
    it.import("bare", STALE);
    it.provider.next(400, r#"{"error":"invalid_grant"}"#);
    refused(&it, "bare");
    let list = it.json(&["unmatched", "list"]);
    assert_eq!(list["items"][0]["text"], r#"{"error":"invalid_grant"}"#);
}

#[tokio::test]
async fn a_reader_over_the_api_is_told_the_same() {
    let it = Keeper::with_connection(STALE);
    it.provider.next(400, SAID[3].1);
    let told = refused(&it, "ci");
    let pat = it.json(&["pat", "create", "x"]);
    let server = it.bed.serve();
    let caller = Caller::with_token(&server, pat["token"].as_str().unwrap());
    let answer = caller.ask("GET", "/connections/ci/token", None).await;
    assert_eq!(answer.status, 409);
    assert_eq!(document(&answer)["diagnosis"], told);
    let answer = caller.ask("GET", "/connections/ci/history", None).await;
    assert_eq!(document(&answer)["items"][0]["diagnosis"], told);
    let exit = it
        .run(&["token", "ci", "--json"])
        .failed_as(5, "needs_reauth");
    assert_eq!(exit["diagnosis"], told);
}
