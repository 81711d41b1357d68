//! Commands on the store itself: what they print, and how they end.

use serde_json::{Value, json};

use crate::harness::{Bed, OWNER, PASSWORD, mode, text};

fn names(document: &Value) -> Vec<&str> {
    document
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn init_makes_a_store_for_its_owner_alone_and_only_once() {
    let bed = Bed::new();
    let made = bed.team();
    assert_eq!(names(&made), ["team_id", "token", "user_id"]);
    assert!(text(&made, "token").starts_with("evg_pat_"));
    assert_eq!(mode(&bed.data()), 0o700);
    assert_eq!(mode(&bed.data().join("evergrant.key")), 0o600);
    assert_eq!(mode(&bed.data().join("evergrant.db")), 0o600);

    let again = [
        "init",
        "--team",
        "Other",
        "--email",
        "b@x.example",
        "--json",
    ];
    bed.run(&again).failed_as(1, "already_set_up");
    let ran = bed.run(&again[..5]).ended_with(1);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("has its first team"), "{}", ran.stderr);
}

#[test]
fn what_people_read_says_what_to_do_next_and_that_a_secret_is_shown_once() {
    let bed = Bed::new();
    let ran = bed
        .run(&["init", "--team", "Acme", "--email", OWNER])
        .succeeded();
    assert!(ran.stdout.contains("evg_pat_"), "{}", ran.stdout);
    assert!(ran.stdout.contains("shown this once"), "{}", ran.stdout);
    assert!(ran.stdout.contains("evergrant serve"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    let ran = bed.run(&["user", "list"]).succeeded();
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ran.stdout);
    assert!(lines[0].trim_start().starts_with("EMAIL"), "{}", ran.stdout);
    assert!(lines[1].contains(" UTC ("), "{}", ran.stdout);
}

#[test]
fn without_a_store_a_command_says_so_and_makes_none() {
    let bed = Bed::new();
    bed.run(&["user", "list", "--json"])
        .failed_as(1, "not_set_up");
    assert!(!bed.data().exists());
}

#[test]
fn wrong_usage_is_exit_2() {
    let bed = Bed::new();
    for arguments in [
        &["user"][..],
        &["user", "add"],
        &["user", "add", "a@x.example", "--role", "king"],
        &["client", "add", "x", "--replay", "soon"],
        &["client", "add", "x", "--access-ttl", "5 minutes"],
        &["pat", "create", "x", "--expires", "tomorrow"],
        &["keys", "rotate", "HS256"],
        &["fly"],
    ] {
        let ran = bed.run(arguments).ended_with(2);
        assert_eq!(ran.stdout, "", "{arguments:?}");
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
        let with_json: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
        bed.run(&with_json).failed_as(2, "wrong_usage");
    }
    assert!(
        bed.run(&["--help"])
            .succeeded()
            .stdout
            .contains("Exit codes")
    );
    assert!(
        bed.run(&["--version"])
            .succeeded()
            .stdout
            .starts_with("evergrant ")
    );
}

#[test]
fn users_are_added_listed_suspended_and_removed() {
    let bed = Bed::new();
    bed.team();
    let bob = bed.user("Bob@Acme.example", "member");
    assert_eq!(names(&bob), ["user_id"]);
    bed.run(&["user", "add", "bob@acme.example", "--json"])
        .failed_as(1, "exists");
    bed.run(&["user", "add", "nobody", "--json"])
        .failed_as(2, "value_not_acceptable");
    bed.run(&["user", "show", "eve@acme.example", "--json"])
        .failed_as(3, "not_found");

    let list = bed.json(&["user", "list"]);
    assert_eq!(names(&list), ["items", "next"]);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    let first = bed.json(&["user", "list", "--limit", "1"]);
    let next = text(&first, "next");
    let second = bed.json(&["user", "list", "--limit", "1", "--after", next]);
    assert_eq!(second["items"][0]["email"], "bob@acme.example");
    assert_eq!(second["next"], Value::Null);

    let shown = bed.json(&["user", "suspend", "bob@acme.example"]);
    assert_eq!(shown["state"], "suspended");
    assert!(text(&shown, "suspended_at").ends_with('Z'));
    assert_eq!(
        bed.json(&["user", "resume", "bob@acme.example"])["state"],
        "active"
    );
    assert_eq!(bed.json(&["user", "remove", text(&bob, "user_id")]), bob);
    bed.run(&["user", "show", "bob@acme.example", "--json"])
        .failed_as(3, "not_found");
}

#[test]
fn passwords_come_by_standard_input() {
    let bed = Bed::new();
    bed.team();
    let set = ["user", "password", OWNER, "--password-stdin", "--json"];
    bed.run_with_input(&set, "another long one\n").succeeded();
    bed.run_with_input(&set, "short\n")
        .failed_as(2, "value_not_acceptable");
    bed.run_with_input(&set, "").failed_as(2, "wrong_usage");
}

#[test]
fn a_client_has_the_promised_defaults_and_its_secret_is_seen_once() {
    let bed = Bed::new();
    bed.team();
    let add = [
        "client",
        "add",
        "Billing",
        "--redirect-uri",
        "https://b.example/cb",
    ];
    let made = bed.json(&add);
    assert_eq!(names(&made), ["client_id", "client_secret"]);
    let (id, secret) = (text(&made, "client_id"), text(&made, "client_secret"));
    let shown = bed.json(&["client", "show", id]);
    assert!(!shown.to_string().contains(secret));
    let expected = json!({
        "client_id": id, "name": "Billing", "public": false,
        "redirect_uris": ["https://b.example/cb"], "scopes": [],
        "grant_types": ["authorization_code", "refresh_token"],
        "replay": "1m", "live_access_tokens": 10, "live_grants": 100,
        "access_ttl": "5m", "idle_ttl": "30d", "absolute_ttl": "365d",
        "introspect": "own", "on_two_holders": "report", "signing": "EdDSA",
        "created_at": shown["created_at"],
    });
    assert_eq!(shown, expected);

    let another = bed.json(&["client", "secret", id]);
    assert_ne!(text(&another, "client_secret"), secret);
    bed.run(&["client", "remove", id, "--json"]).succeeded();
    bed.run(&["client", "show", id, "--json"])
        .failed_as(3, "not_found");
}

#[test]
fn every_flag_of_a_client_arrives() {
    let bed = Bed::new();
    bed.team();
    let made = bed.json(&[
        "client",
        "add",
        "Phone",
        "--public",
        "--redirect-uri",
        "com.acme:/cb",
        "--redirect-uri",
        "http://127.0.0.1/cb",
        "--scope",
        "a",
        "--scope",
        "b",
        "--replay",
        "strict",
        "--live-access-tokens",
        "3",
        "--live-grants",
        "2",
        "--access-ttl",
        "90s",
        "--idle-ttl",
        "1h",
        "--absolute-ttl",
        "2d",
        "--on-two-holders",
        "revoke",
        "--signing",
        "ES256",
    ]);
    assert_eq!(made["client_secret"], Value::Null);
    let shown = bed.json(&["client", "show", text(&made, "client_id")]);
    for (name, value) in [
        ("public", json!(true)),
        (
            "redirect_uris",
            json!(["com.acme:/cb", "http://127.0.0.1/cb"]),
        ),
        ("scopes", json!(["a", "b"])),
        ("replay", json!("strict")),
        ("live_access_tokens", json!(3)),
        ("live_grants", json!(2)),
        ("access_ttl", json!("90s")),
        ("idle_ttl", json!("1h")),
        ("absolute_ttl", json!("2d")),
        ("on_two_holders", json!("revoke")),
        ("signing", json!("ES256")),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    let machine = ["client", "add", "M", "--grant-type", "client_credentials"];
    let machine = bed.json(&[&machine[..], &["--introspect", "team"]].concat());
    let shown = bed.json(&["client", "show", text(&machine, "client_id")]);
    assert_eq!(shown["grant_types"], json!(["client_credentials"]));
    assert_eq!(shown["introspect"], "team");
    let wrong = [
        "client",
        "add",
        "x",
        "--redirect-uri",
        "http://b.example/cb",
        "--json",
    ];
    bed.run(&wrong).failed_as(2, "value_not_acceptable");
}

#[test]
fn a_personal_token_is_made_listed_and_deleted() {
    let bed = Bed::new();
    bed.team();
    let made = bed.json(&[
        "pat",
        "create",
        "backup",
        "--scope",
        "read",
        "--expires",
        "30d",
    ]);
    assert_eq!(names(&made), ["expires_at", "hint", "id", "token"]);
    let (id, token) = (text(&made, "id"), text(&made, "token"));
    assert!(token.starts_with(text(&made, "hint")));
    let shown = bed.json(&["pat", "show", id]);
    assert_eq!(shown["scopes"], json!(["read"]));
    assert_eq!(shown["state"], "live");
    assert_eq!(shown["expires_at"], made["expires_at"]);
    let list = bed.run(&["pat", "list", "--json"]).succeeded().stdout;
    assert!(list.contains(id) && !list.contains(token), "{list}");
    assert_eq!(
        bed.json(&["pat", "create", "x", "--expires", "never"])["expires_at"],
        Value::Null
    );
    bed.run(&["pat", "create", "x", "--scope", "fly", "--json"])
        .failed_as(2, "value_not_acceptable");
    assert_eq!(bed.json(&["pat", "delete", id]), json!({ "id": id }));
    bed.run(&["pat", "show", id, "--json"])
        .failed_as(3, "not_found");
}

#[test]
fn a_changed_password_shows_on_personal_tokens() {
    let bed = Bed::new();
    bed.team();
    let set = ["user", "password", OWNER, "--password-stdin"];
    bed.run_with_input(&set, PASSWORD).succeeded();
    let list = bed.json(&["pat", "list"]);
    assert_eq!(list["items"][0]["state"], "password_changed");
}

#[test]
fn keys_are_listed_without_their_secrets_and_rotated() {
    let bed = Bed::new();
    bed.team();
    let made = bed.json(&["keys", "rotate", "EdDSA"]);
    assert_eq!(made["state"], "announced");
    let keys = bed.json(&["keys", "list"]);
    assert_eq!(keys["items"].as_array().unwrap().len(), 3);
    assert_eq!(
        names(&keys["items"][0]),
        [
            "active_from",
            "created_at",
            "key_id",
            "kind",
            "retired_at",
            "state",
            "verifies_until"
        ]
    );
}

#[test]
fn completions_are_printed_for_every_shell() {
    let bed = Bed::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = bed.run(&["completions", shell]).succeeded();
        assert!(ran.stdout.contains("evergrant"), "{shell}");
    }
}

#[test]
fn reading_only_the_first_lines_is_no_crash() {
    let bed = Bed::new();
    let mut command = bed.command(&["config", "reference"]);
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}
