//! The same commands through the API of a running server.

use std::io::{BufRead as _, BufReader};

use serde_json::Value;

use super::{FRESH, Keeper, STALE};
use crate::harness::{Bed, Server, text};

/// A token of the owner's with this scope.
fn token(bed: &Bed, scope: &str) -> String {
    let made = bed.json(&["pat", "create", "x", "--scope", scope]);
    text(&made, "token").to_owned()
}

fn serve(bed: &Bed) -> Server {
    bed.serve_with(&["--allow-private-providers", "1"])
}

#[test]
fn a_token_is_read_from_a_server_by_who_may() {
    let it = Keeper::with_connection(FRESH);
    it.import("other", FRESH);
    let one = token(&it.bed, "tokens:ci");
    let server = serve(&it.bed);
    let remote = it
        .bed
        .with("EVERGRANT_URL", &server.url)
        .with("EVERGRANT_TOKEN", &one)
        .with("EVERGRANT_DATA", "/nowhere");
    let read = remote.run(&["token", "ci"]).succeeded();
    assert_eq!(read.stdout, "at-imported\n");
    let read = remote.run(&["token", "ci", "--json"]).succeeded().json();
    assert_eq!(read, it.json(&["token", "ci"]));
    remote
        .run(&["token", "other", "--json"])
        .failed_as(4, "not_allowed");
    remote
        .run(&["connection", "list", "--json"])
        .failed_as(4, "not_allowed");
    let ran = remote.run(&["exec", "ci", "--", "env"]).succeeded();
    let ours: Vec<_> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("EVERGRANT"))
        .collect();
    assert_eq!(ours, ["EVERGRANT_TOKEN_CI=at-imported"]);
}

#[test]
fn a_server_tells_the_same_of_what_is_not_well() {
    let it = Keeper::with_connection(STALE);
    it.provider.next(400, r#"{"error":"invalid_grant"}"#);
    it.run(&["connection", "refresh", "ci"]).ended_with(5);
    it.import("stopped", FRESH);
    it.run(&["connection", "suspend", "stopped"]).succeeded();
    let write = token(&it.bed, "write");
    let tokens = token(&it.bed, "tokens");
    let server = serve(&it.bed);
    let remote = it.bed.with("EVERGRANT_URL", &server.url);
    let remote = remote.with("EVERGRANT_TOKEN", &tokens);
    for (name, exit, code) in [
        ("ci", 5, "needs_reauth"),
        ("stopped", 4, "suspended"),
        ("nothing", 3, "not_found"),
    ] {
        let ask = ["token", name, "--json"];
        let there = remote.run(&ask).failed_as(exit, code);
        assert_eq!(there, it.run(&ask).failed_as(exit, code));
    }
    let remote = it.bed.with("EVERGRANT_URL", &server.url);
    let remote = remote.with("EVERGRANT_TOKEN", &write);
    for arguments in [
        &["connection", "show", "ci", "--json"][..],
        &["connection", "list", "--json"],
        &["connection", "history", "ci", "--json"],
        &["connection", "refresh", "stopped", "--json"],
        &["integration", "list", "--limit", "0", "--json"],
    ] {
        let (here, there) = (it.run(arguments), remote.run(arguments));
        assert_eq!(here.code, there.code, "{here:#?}\n{there:#?}");
        assert_eq!(here.json(), there.json(), "{arguments:?}");
    }
}

#[test]
fn a_server_gives_a_link_to_itself_and_is_asked_until_somebody_came() {
    let it = Keeper::with_integration();
    let write = token(&it.bed, "write");
    let server = serve(&it.bed);
    let remote = it
        .bed
        .with("EVERGRANT_URL", &server.url)
        .with("EVERGRANT_TOKEN", &write);
    remote
        .run(&["connect", "acme", "--callback-port", "1"])
        .ended_with(2);
    let connect = ["connect", "acme", "--no-browser", "--json"];
    let mut child = remote.command(&connect).spawn().unwrap();
    let mut line = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut line).unwrap();
    let link = format!("{}/connect/", server.url);
    assert!(line.starts_with(&link), "{line}");
    assert_eq!(it.state("acme"), "pending");
    it.run(&["token", "acme"]).ended_with(3);
    // Whoever takes the connection away ends the waiting.
    it.run(&["connection", "remove", "acme"]).succeeded();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let problem: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(problem["code"], "not_connected", "{problem}");
}
