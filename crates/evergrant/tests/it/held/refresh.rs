//! What a refresh came to, and the exit codes that tell it.

use std::io::Read as _;
use std::time::{Duration, Instant};

use super::{FRESH, Keeper, STALE, allowed, members};
use crate::harness::{signal, text};

#[test]
fn a_refresh_brings_new_tokens_and_is_in_the_history() {
    let it = Keeper::with_connection(FRESH);
    let refreshed = it.json(&["connection", "refresh", "ci"]);
    assert_eq!(refreshed["renewed"], true);
    assert_eq!(refreshed["connection"]["generation"], 2);
    let asked = it.provider.asked("token");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["grant_type"], "refresh_token");
    assert_eq!(asked[0]["refresh_token"], "rt-imported");
    assert_eq!(it.run(&["token", "ci"]).stdout, "at-given-1\n");

    let history = it.json(&["connection", "history", "ci"]);
    let attempt = &history["items"][0];
    let mut found = members(attempt);
    found.sort_unstable();
    let expected = [
        "diagnosis",
        "ended_at",
        "generation",
        "http_status",
        "outcome",
        "phase",
        "started_at",
    ];
    assert_eq!(found, expected);
    assert_eq!(attempt["http_status"], 200);
    let people = it.run(&["connection", "history", "ci"]).succeeded();
    assert!(people.stdout.contains("STARTED"), "{}", people.stdout);
}

#[test]
fn whoever_reads_a_token_that_ended_gets_a_new_one() {
    let it = Keeper::with_connection(STALE);
    assert_eq!(it.run(&["token", "ci"]).succeeded().stdout, "at-given-1\n");
    assert_eq!(it.run(&["token", "ci"]).succeeded().stdout, "at-given-1\n");
    assert_eq!(it.provider.asked("token").len(), 1);
    // More life than any token has can't be had.
    let problem = it
        .run(&["token", "ci", "--min-ttl", "2h", "--json"])
        .failed_as(2, "min_ttl_too_long");
    assert_eq!(problem["status"], 422);
    assert!(
        text(&problem, "detail").contains("3600 seconds"),
        "{problem}"
    );
    assert_eq!(it.provider.asked("token").len(), 1, "and costs nothing");
    it.run(&["token", "ci", "--min-ttl", "0s"]).succeeded();
}

#[test]
fn a_dead_grant_needs_a_person() {
    let it = Keeper::with_connection(STALE);
    let dead = r#"{"error":"invalid_grant","error_description":"Token has been revoked."}"#;
    it.provider.next(400, dead);
    let problem = it
        .run(&["connection", "refresh", "ci", "--json"])
        .failed_as(5, "needs_reauth");
    let diagnosis = &problem["diagnosis"];
    for member in [
        "cause",
        "party",
        "confidence",
        "summary",
        "next_step",
        "evidence",
    ] {
        assert!(!diagnosis[member].is_null(), "{problem}");
    }
    assert!(members(&problem).contains(&"reauthorize_url"), "{problem}");
    assert_eq!(it.state("ci"), "needs_reauth");
    let problem = it
        .run(&["token", "ci", "--json"])
        .failed_as(5, "needs_reauth");
    assert_eq!(problem["diagnosis"], *diagnosis);
    assert!(members(&problem).contains(&"reauthorize_url"), "{problem}");
    it.run(&["connection", "check", "ci"]).ended_with(5);
    let people = it.run(&["connection", "refresh", "ci"]).ended_with(5);
    assert!(people.stderr.contains("authorize"), "{}", people.stderr);
    // A token that is known to be dead is not sent again.
    assert_eq!(it.provider.asked("token").len(), 1);
    let shown = it.run(&["connection", "show", "ci"]).succeeded();
    assert!(
        shown.stdout.contains("needs reauth since"),
        "{}",
        shown.stdout
    );
    assert!(shown.stdout.contains("Next:"), "{}", shown.stdout);
}

#[test]
fn what_is_temporary_and_what_is_our_own_fault_are_told_apart() {
    for (status, body, exit, code, state) in [
        (500, "", 6, "not_now", "in_doubt"),
        (429, "", 6, "not_now", "degraded"),
        (
            401,
            r#"{"error":"invalid_client"}"#,
            1,
            "app_fault",
            "app_fault",
        ),
    ] {
        let it = Keeper::with_connection(STALE);
        it.provider.next(status, body);
        let refresh = ["connection", "refresh", "ci", "--json"];
        let problem = it.run(&refresh).failed_as(exit, code);
        assert!(!problem["diagnosis"]["summary"].is_null(), "{problem}");
        assert_eq!(it.state("ci"), state);
        it.run(&["token", "ci", "--min-ttl", "30s"]).ended_with(6);
        it.run(&["connection", "check", "ci"]).ended_with(exit);
    }
}

#[test]
fn a_check_asks_for_the_account_and_never_refreshes() {
    let it = Keeper::with_connection(FRESH);
    let checked = it.json(&["connection", "check", "ci"]);
    assert_eq!(checked["serves"], true);
    assert_eq!(checked["accepted"], true);
    let shown = it.json(&["connection", "show", "ci"]);
    assert_eq!(shown["account"]["id"], "account-1");
    assert!(it.provider.asked("token").is_empty());
}

#[test]
fn a_check_tells_a_token_that_is_not_taken_from_one_that_lacks_a_scope() {
    for (status, accepted, scope_missing, exit) in [(401, false, false, 6), (403, true, true, 0)] {
        let it = Keeper::with_connection(FRESH);
        it.provider.tells_accounts_with(status);
        let check = it.run(&["connection", "check", "ci", "--json"]);
        let checked = check.ended_with(exit).json();
        if exit == 0 {
            assert_eq!(checked["serves"], true, "{status}");
            assert_eq!(checked["accepted"], accepted, "{status}");
            assert_eq!(checked["scope_missing"], scope_missing, "{status}");
            let said = it.run(&["connection", "check", "ci"]).succeeded().stdout;
            assert!(said.contains("lacks the scope"), "{said}");
        } else {
            assert!(
                text(&checked, "detail").contains("does not take"),
                "{checked}"
            );
        }
        assert!(it.provider.asked("token").is_empty());
    }
}

#[test]
fn what_is_degraded_is_refreshed_next_when_it_is_tried_again() {
    let it = Keeper::with_connection(FRESH);
    it.provider.next(429, "");
    it.run(&["connection", "refresh", "ci"]).ended_with(6);
    let shown = it.json(&["connection", "show", "ci"]);
    assert_eq!(shown["state"], "degraded");
    let next = text(&shown, "next_refresh_at");
    assert!(next < text(&shown, "access_expires_at"), "{shown}");
    let since = text(&shown, "since");
    assert_eq!(next[..16], since[..16], "within the minute: {shown}");
}

#[test]
fn a_connection_that_nothing_renews_says_so() {
    let it = Keeper::with_connection(r#"{"access_token":"at-only","expires_in":3600}"#);
    it.run(&["connection", "refresh", "ci", "--json"])
        .failed_as(1, "not_renewable");
    it.run(&["token", "ci"]).succeeded();
}

#[test]
fn a_refresh_that_was_sent_outlives_ctrl_c() {
    for (name, exit) in [("INT", 130), ("TERM", 143)] {
        let it = Keeper::with_connection(STALE);
        it.provider.next_after(Duration::from_secs(2), 200, "");
        let refresh = allowed(&["connection", "refresh", "ci"]);
        let mut child = it.bed.command(&refresh).spawn().unwrap();
        let began = Instant::now();
        while it.provider.asked("token").is_empty() && began.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
        signal(child.id(), name);
        signal(child.id(), name);
        let mut said = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(exit), "{said}");
        assert!(said.contains("Waiting for the provider"), "{said}");
        let shown = it.json(&["connection", "show", "ci"]);
        assert_eq!(shown["generation"], 2, "{shown}");
        assert_eq!(it.run(&["token", "ci"]).stdout, "at-given-1\n");
        assert_eq!(it.provider.asked("token").len(), 1);
    }
}

#[test]
fn a_server_refreshes_by_itself_and_finishes_what_it_sent() {
    let it = Keeper::with_connection(STALE);
    it.provider.next_after(Duration::from_secs(1), 200, "");
    let server = it.bed.serve_with(&["--allow-private-providers", "1"]);
    let began = Instant::now();
    while it.provider.asked("token").is_empty() && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(server.stop(), Some(0));
    let shown = it.json(&["connection", "show", "ci"]);
    assert_eq!(shown["generation"], 2, "{shown}");
    assert_eq!(it.provider.asked("token").len(), 1);
    // Whoever ends well leaves nothing to look after.
    assert!(it.spools().is_empty());
}
