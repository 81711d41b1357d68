//! Whole runs against the stub: chains that hold, chains that break, and how fast the loop is.

use std::collections::HashMap;
use std::sync::Mutex;

use clap::Parser as _;

use crate::load::{Arguments, LoadError, Report, load};
use crate::stub::{Pieces, Stub, StubRequest, answer, json};

/// A wrong answer to the presentation of a generation.
type Forge = fn(u64) -> Option<Pieces>;

/// Gives each code a grant and rotates it; says `reuse_detected` to any token but the current.
fn rotating(forge: Forge) -> Stub {
    let generations = Mutex::new(HashMap::<u64, u64>::new());
    Stub::start(move |request| rotate(request, &mut generations.lock().unwrap(), forge))
}

fn rotate(request: &StubRequest<'_>, generations: &mut HashMap<u64, u64>, forge: Forge) -> Pieces {
    match request.path() {
        "/oauth2/authorize" => {
            let target = request.query("redirect_uri").unwrap();
            let state = request.query("state").unwrap();
            let location = format!("Location: {target}?code=c&state={state}\r\n");
            return answer(303, &location, "");
        }
        "/oauth2/introspect" => {
            let token = request.form("token").unwrap();
            return json(
                200,
                &format!(r#"{{"active":{}}}"#, token.starts_with("at.")),
            );
        }
        _ => {}
    }
    let (grant, presented) = match request.form("refresh_token") {
        None => (u64::try_from(generations.len()).unwrap(), 0),
        Some(token) => {
            let mut parts = token
                .split('.')
                .skip(1)
                .map(|part| part.parse::<u64>().unwrap());
            (parts.next().unwrap(), parts.next().unwrap())
        }
    };
    let current = generations.entry(grant).or_default();
    if *current != presented {
        return json(
            400,
            r#"{"error":"invalid_grant","error_code":"reuse_detected"}"#,
        );
    }
    if let Some(pieces) = forge(presented) {
        return pieces;
    }
    *current += 1;
    let body = format!(
        r#"{{"access_token":"at.{grant}.{current}","token_type":"bearer","expires_in":300,
        "refresh_token_expires_in":9,"refresh_token":"rt.{grant}.{current}"}}"#
    );
    json(200, &body)
}

fn run(stub: &Stub, command: &str) -> Result<Report, LoadError> {
    let url = stub.url();
    let line = format!("load {command} --url {url} --seconds 1 --warmup 0");
    load(&Arguments::try_parse_from(line.split(' ')).unwrap())
}

const PERSON: &str = "--client-id app --email a@example.com --password p";

#[test]
fn chains_go_on_with_the_token_that_they_got() {
    let stub = rotating(|_| None);
    let report = run(&stub, &format!("refresh {PERSON} --chains 5 --threads 2")).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(
        (report.scenario.as_str(), report.connections),
        ("refresh", 5)
    );
    assert!(
        report.operations > 100 && report.max_ms >= report.p50_ms,
        "{report:?}"
    );
}

#[test]
fn a_broken_chain_is_counted_by_what_broke_it() {
    let cases: [(Forge, &str); 5] = [
        (
            |g| (g == 9).then(|| json(400, r#"{"error":"invalid_grant"}"#)),
            "400/invalid_grant",
        ),
        (
            |g| (g == 9).then(|| json(200, r#"{"access_token":"x"}"#)),
            "200/no_refresh_token",
        ),
        (
            |g| (g == 9).then(|| json(200, r#"{"refresh_token":"rt.0.9"}"#)),
            "200/same_refresh_token",
        ),
        (|g| (g == 9).then(Vec::new), "connection/"),
        (
            |g| (g == 9).then(|| json(200, r#"{"refresh_token":"rt.0.7"}"#)),
            "400/reuse_detected",
        ),
    ];
    for (forge, name) in cases {
        let stub = rotating(forge);
        let command = format!("refresh {PERSON} --chains 1 --max-operations 12");
        let report = run(&stub, &command).unwrap();
        assert!(
            report.errors.keys().all(|key| key.starts_with(name)),
            "{name}: {report:?}"
        );
        assert!(!report.errors.is_empty(), "{name}: {report:?}");
    }
}

#[test]
fn introspection_goes_round_the_tokens_of_a_few_grants() {
    let stub = rotating(|_| None);
    let command = format!("introspect {PERSON} --tokens 50 --grants 3 --connections 4");
    let report = run(&stub, &format!("{command} --max-operations 400")).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.operations, 400);
}

#[test]
fn own_tokens_and_pages_are_asked_for() {
    let stub = rotating(|_| None);
    let own = run(
        &stub,
        "client-credentials --client-id app --client-secret s",
    )
    .unwrap();
    assert!(own.is_clean(), "{own:?}");

    let pages = Stub::start(|request| match request.header("authorization") {
        Some("Bearer t") => answer(200, "", "ok"),
        _ => answer(401, "", ""),
    });
    let report = run(
        &pages,
        "get --path /healthz --bearer t --max-operations 100",
    )
    .unwrap();
    assert!(report.is_clean() && report.operations == 96, "{report:?}");
    let refused = run(&pages, "get --path /healthz").unwrap();
    assert_eq!(refused.errors.get("401/-"), Some(&16));
}

#[test]
#[ignore = "a measurement: cargo test --release -p evergrant-sim -- --ignored --nocapture"]
fn generator_capability() {
    let padding = "x".repeat(760);
    let body = format!(r#"{{"token_type":"bearer","access_token":"{padding}"}}"#);
    let stub = Stub::echoing(json(200, &body).concat());
    for command in ["get --path /healthz", "client-credentials --client-id app"] {
        let report = run(&stub, &format!("{command} --connections 64")).unwrap();
        println!("{command}: {report:?}");
    }
}
