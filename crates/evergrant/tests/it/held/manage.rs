//! Integrations and connections: added, imported, shown, stopped, removed.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::{FRESH, Keeper, STALE, members};
use crate::harness::{Bed, OWNER, text};

#[test]
fn an_integration_is_added_shown_and_removed() {
    let it = Keeper::new();
    let made = it.add_integration(&["--replay", "window:30", "--client-auth", "post"]);
    assert_eq!(members(&made), ["integration_id", "name", "redirect_uri"]);
    assert_eq!(made["name"], "acme");
    // There is no server.
    let here = "http://127.0.0.1:PORT/oauth/callback";
    assert_eq!(text(&made, "redirect_uri"), here);
    let shown = it.json(&["integration", "show", "acme"]);
    assert_eq!(shown["integration_id"], made["integration_id"]);
    assert_eq!(shown["replay"], "window:30");
    assert_eq!(shown["has_secret"], true);
    let listed = it.json(&["integration", "list"]);
    assert_eq!(listed["items"][0], shown);
    assert_eq!(listed["next"], Value::Null);

    let people = it.run(&["integration", "show", "acme"]).succeeded();
    assert!(people.stdout.contains("window:30"), "{}", people.stdout);
    let secret = ["integration", "secret", "acme", "--client-secret-stdin"];
    it.run_with_input(&secret, "another-secret\n").succeeded();
    let again = [
        "integration",
        "add",
        "github",
        "--name",
        "acme",
        "--client-id",
        "x",
        "--json",
    ];
    it.run(&again).failed_as(1, "exists");

    it.import("ci", FRESH);
    let remove = ["integration", "remove", "acme", "--yes", "--json"];
    let problem = it.run(&remove).failed_as(1, "in_use");
    assert_eq!(problem["status"], 409);
    it.run(&["connection", "remove", "ci", "--yes"]).succeeded();
    it.run(&remove).succeeded();
    it.run(&["integration", "show", "acme", "--json"])
        .failed_as(3, "not_found");
}

#[test]
fn what_is_imported_serves_at_once() {
    let it = Keeper::with_integration();
    let made = it.import("ci", FRESH);
    assert!(
        text(&made, "connection_id").starts_with("connection_"),
        "{made}"
    );

    let token = it.run(&["token", "ci"]).succeeded();
    assert_eq!(token.stdout, "at-imported\n");
    assert_eq!(token.stderr, "");
    let token = it.json(&["token", "ci"]);
    assert_eq!(members(&token), ["access_token", "expires_at", "scope"]);
    assert_eq!(token["access_token"], "at-imported");
    assert_eq!(token["scope"], "read write");

    let shown = it.json(&["connection", "show", "ci"]);
    let mut expected = [
        "connection_id",
        "name",
        "integration",
        "provider",
        "state",
        "since",
        "owner",
        "account",
        "scopes",
        "missing_scopes",
        "generation",
        "access_expires_at",
        "refresh_expires_at",
        "next_refresh_at",
        "diagnosis",
    ];
    expected.sort_unstable();
    let mut found = members(&shown);
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(shown["connection_id"], made["connection_id"]);
    assert_eq!(shown["state"], "active");
    assert_eq!(shown["owner"], OWNER);
    assert_eq!(shown["access_expires_at"], token["expires_at"]);
    assert_eq!(shown["missing_scopes"], Value::Array(Vec::new()));
    let listed = it.json(&["connection", "list"]);
    assert_eq!(listed["items"][0]["name"], "ci");
    assert_eq!(listed["next"], Value::Null);
    let history = it.json(&["connection", "history", "ci"]);
    assert_eq!(history["items"], Value::Array(Vec::new()));
    // Nothing of all that is the provider's business.
    assert!(it.provider.asked("token").is_empty());
}

#[test]
fn what_is_no_import_is_refused_without_repeating_a_secret() {
    let it = Keeper::with_integration();
    let import = ["connection", "import", "acme", "--name", "ci", "--json"];
    for input in [
        "",
        "hush-hush",
        "\"hush-hush\"",
        "[\"hush-hush\"]",
        "{}",
        r#"{"refresh_token":""}"#,
        r#"{"refresh_token":"hush\u0000hush"}"#,
        r#"{"refresh_token":["hush-hush"]}"#,
        r#"{"refresh_token":"x","expires_in":"hush-hush"}"#,
        r#"{"refresh_token":"x","expires_in":-5}"#,
        r#"{"refresh_token":"hush-hush"#,
    ] {
        let ran = it.run_with_input(&import, input).ended_with(2);
        assert!(!ran.stdout.contains("hush"), "{input}: {}", ran.stdout);
        assert!(!ran.stderr.contains("hush"), "{input}: {}", ran.stderr);
    }
    let other = ["connection", "import", "nothing", "--name", "ci", "--json"];
    it.run_with_input(&other, FRESH).failed_as(3, "not_found");
    let odd = ["connection", "import", "acme", "--name", "c i", "--json"];
    it.run_with_input(&odd, FRESH)
        .failed_as(2, "value_not_acceptable");
    it.import("ci", FRESH);
    it.run_with_input(&import, FRESH).failed_as(1, "exists");
    it.run(&["token", "nothing", "--json"])
        .failed_as(3, "not_found");
    it.run(&["token", "ci", "--min-ttl", "soon"]).ended_with(2);
}

#[test]
fn a_suspended_connection_gives_no_token_until_it_goes_on() {
    let it = Keeper::with_connection(FRESH);
    it.run(&["connection", "suspend", "ci"]).succeeded();
    assert_eq!(it.state("ci"), "suspended");
    it.run(&["token", "ci", "--json"]).failed_as(4, "suspended");
    it.run(&["connection", "refresh", "ci", "--json"])
        .failed_as(4, "suspended");
    it.run(&["connection", "check", "ci", "--json"])
        .failed_as(4, "suspended");
    assert!(it.provider.asked("token").is_empty());
    it.run(&["connection", "resume", "ci"]).succeeded();
    it.run(&["token", "ci"]).succeeded();
}

#[test]
fn a_removed_connection_is_ended_at_the_provider_and_gives_its_name_free() {
    let it = Keeper::with_connection(FRESH);
    let began = Instant::now();
    let removed = it.json(&["connection", "remove", "ci"]);
    assert_eq!(removed["name"], "ci");
    assert!(began.elapsed() < Duration::from_secs(5));
    let revoked = it.provider.asked("revoke");
    assert!(
        revoked.iter().any(|form| form["token"] == "rt-imported"),
        "{revoked:?}"
    );
    it.run(&["token", "ci", "--json"]).failed_as(3, "not_found");
    it.import("ci", FRESH);
}

#[test]
fn a_private_address_is_refused_unless_it_is_allowed() {
    let it = Keeper::new();
    let token_url = it.provider.url("token");
    let mut add = vec!["integration", "add", "generic", "--client-id", "x"];
    add.extend(["--token-url", &token_url, "--json"]);
    it.bed.run(&add).failed_as(2, "value_not_acceptable");
    it.run(&add).succeeded();
    // Nor is one asked that got in while it was allowed.
    let import = ["connection", "import", "generic", "--name", "ci"];
    it.run_with_input(&import, STALE).succeeded();
    let refused = it.bed.run(&["token", "ci"]).ended_with(6);
    assert!(refused.stderr.contains("https only"), "{}", refused.stderr);
    assert!(it.provider.asked("token").is_empty());
    it.run(&["connection", "refresh", "ci"]).succeeded();
}

#[test]
fn nothing_secret_is_printed_or_logged() {
    let it = Keeper::with_connection(STALE);
    let mut said = String::new();
    it.provider.next(200, "");
    it.provider.next(500, r#"{"error":"server_error"}"#);
    for arguments in [
        &["connection", "refresh", "ci"][..],
        &["connection", "refresh", "ci", "--json"],
        &["connection", "show", "ci"],
        &["connection", "list"],
        &["connection", "check", "ci"],
        &["connection", "history", "ci"],
        &["connection", "history", "ci", "--json"],
        &["integration", "show", "acme"],
        &["connection", "suspend", "ci"],
        &["connection", "remove", "ci", "--yes"],
    ] {
        let ran = it.run(&[arguments, &["--log", "trace"]].concat());
        said.push_str(&ran.stdout);
        said.push_str(&ran.stderr);
    }
    assert_eq!(it.provider.asked("token").len(), 2);
    for secret in [
        "rt-imported",
        "at-given-1",
        "rt-given",
        "client-secret-of-ours",
    ] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
}

#[test]
fn settings_about_providers_are_checked() {
    let bed = Bed::new();
    for (name, value, said) in [
        ("EVERGRANT_PROVIDER_TOTAL", "2m", "provider_total (from"),
        ("EVERGRANT_PROVIDER_CONNECT", "x", "provider_connect (from"),
        ("EVERGRANT_PROVIDER_AT_ONCE", "0", "provider_at_once (from"),
        ("EVERGRANT_ALLOW_PRIVATE_PROVIDERS", "x", "neither 1 nor 0"),
        (
            "EVERGRANT_PROVIDER_CA",
            "/nowhere.pem",
            "provider_ca: /nowhere.pem",
        ),
    ] {
        let ran = bed
            .with(name, value)
            .run(&["config", "check"])
            .ended_with(2);
        assert!(ran.stderr.contains(said), "{name}={value}: {}", ran.stderr);
    }
    let no_certificate = bed.path("ca.pem");
    std::fs::write(&no_certificate, "nothing of the kind").unwrap();
    let path = no_certificate.display().to_string();
    bed.with("EVERGRANT_PROVIDER_CA", &path)
        .run(&["config", "check"])
        .ended_with(2);
}
