//! The same commands through the API of a running server.

use serde_json::json;

use crate::harness::{Bed, OWNER, Ran, text};

/// What a command printed, without how long ago things were: a second may pass between two.
fn at_any_time(ran: &Ran) -> String {
    let told = |part: &str| {
        part.split_once(')')
            .map(|(_, rest)| rest.trim_start().to_owned())
    };
    let mut parts = ran.stdout.split(" UTC (");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + " UTC " + &told(part).unwrap_or_default()
    })
}

#[test]
fn a_command_prints_the_same_by_the_api_as_on_the_store() {
    let bed = Bed::new();
    let made = bed.team();
    bed.user("bob@acme.example", "member");
    let add = [
        "client",
        "add",
        "Billing",
        "--redirect-uri",
        "https://b.example/cb",
    ];
    let client = bed.json(&add);
    let token = bed.json(&["pat", "create", "x", "--scope", "read"]);
    let server = bed.serve();
    let remote = bed
        .with("EVERGRANT_URL", &server.url)
        .with("EVERGRANT_TOKEN", text(&made, "token"))
        // What is there must not matter.
        .with("EVERGRANT_DATA", "/nowhere");
    // The first use of a token is noted, and so changes what is shown of it.
    remote.run(&["user", "list"]).succeeded();
    for arguments in [
        &["user", "list"][..],
        &["user", "list", "--limit", "1"],
        &["user", "show", OWNER],
        &["user", "suspend", "bob@acme.example"],
        &["user", "show", "nobody@acme.example"],
        &["user", "add", "no address"],
        &["user", "list", "--limit", "0"],
        &["client", "list"],
        &["client", "show", text(&client, "client_id")],
        &["client", "show", "client_x"],
        &["grant", "list"],
        &["grant", "revoke", "grant_x"],
        &["pat", "list"],
        &["pat", "show", text(&token, "id")],
        &["keys", "list"],
    ] {
        for json in [&[][..], &["--json"]] {
            let arguments = [arguments, json].concat();
            let (here, there) = (bed.run(&arguments), remote.run(&arguments));
            assert_eq!(here.code, there.code, "{here:#?}\n{there:#?}");
            if !arguments.contains(&"suspend") {
                let (here_text, there_text) = (at_any_time(&here), at_any_time(&there));
                assert_eq!(here_text, there_text, "{arguments:?}");
                assert_eq!(here.stderr, there.stderr, "{arguments:?}");
            }
        }
    }
}

#[test]
fn a_server_sees_at_once_what_a_command_wrote_and_the_other_way_round() {
    let bed = Bed::new();
    let made = bed.team();
    let server = bed.serve();
    let remote = bed
        .with("EVERGRANT_URL", &server.url)
        .with("EVERGRANT_TOKEN", text(&made, "token"));
    bed.run(&["user", "add", "bob@acme.example"]).succeeded();
    remote
        .run(&["user", "show", "bob@acme.example"])
        .succeeded();
    remote
        .run(&["user", "remove", "bob@acme.example"])
        .succeeded();
    bed.run(&["user", "show", "bob@acme.example"]).ended_with(3);
    let pats = bed.json(&["pat", "list"]);
    bed.run(&["pat", "delete", text(&pats["items"][0], "id")])
        .succeeded();
    remote
        .run(&["user", "list", "--json"])
        .failed_as(4, "not_authenticated");
}

#[test]
fn a_token_may_do_what_its_scopes_say() {
    let bed = Bed::new();
    bed.team();
    let server = bed.serve();
    let read = bed.json(&["pat", "create", "x", "--scope", "read"]);
    let remote = bed
        .with("EVERGRANT_URL", &server.url)
        .with("EVERGRANT_TOKEN", text(&read, "token"));
    remote.run(&["grant", "list"]).succeeded();
    let problem = remote
        .run(&["user", "add", "x@x.example", "--json"])
        .failed_as(4, "not_allowed");
    assert_eq!(problem["status"], json!(403));
}

#[test]
fn a_server_that_does_not_answer_is_a_temporary_failure() {
    let bed = Bed::new();
    let token = "evg_pat_nothing";
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let url = format!("http://{closed}");
    let remote = bed
        .with("EVERGRANT_URL", &url)
        .with("EVERGRANT_TOKEN", token);
    let ran = remote.run(&["user", "list", "--json"]);
    assert!(!ran.stdout.contains(token), "{}", ran.stdout);
    ran.failed_as(6, "server_unreachable");
}
