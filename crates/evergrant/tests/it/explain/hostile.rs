//! Texts that nobody meant well, and secrets in every place where something can be said.

use std::time::{Duration, Instant};

use evergrant_sim::http::{OwnedResponse, Request};
use serde_json::json;

use super::{cause_of, piped};
use crate::harness::{Bed, Caller, Server, json, text};

/// Far more than any of these takes, built without optimisation on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// What is known for tokens by its looks; none of it may ever be seen again.
const SECRETS: [&str; 5] = [
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "1//0gAbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlMTIzNDU2",
    "xoxe-1-My0xLTEyMzQ1Njc4OTAtYWJjZGVmZ2hpams",
    "evg_pat_0123456789abcdefghijABCDEFGHIJ0123456789abcdefg",
];

/// Numbers that look like chance, the same each time.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn wrapped(text: &str, times: usize) -> String {
    (0..times).fold(text.to_owned(), |inner, _| {
        json!({ "message": inner }).to_string()
    })
}

/// Texts with the names of what is wrong with them.
fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let large = 256 * 1024;
    let of = |text: &str, times: usize| text.repeat(times).into_bytes();
    vec![
        ("noise", noise(4 * large)),
        ("zeroes", vec![0; large]),
        ("one letter", of("a", large)),
        ("spaces", of(" ", large)),
        ("open brackets", of("[", large)),
        ("open objects", of("{\"error\":", large / 9)),
        ("closed", [of("[", large / 2), of("]", large / 2)].concat()),
        ("percent signs", of("%25", large / 3)),
        ("backslashes", of("\\", large)),
        ("references", of("&amp;", large / 5)),
        ("half references", of("&", large)),
        ("base64 of base64", of("YWFh", large / 4)),
        ("equals", of("=", large)),
        ("half dates", of("2026-11-", large / 2)),
        ("half clocks", of("2026-11-28T10:", large / 14)),
        ("days", of("11é", large / 4)),
        ("open tags", of("<", large)),
        ("half tags", of("<a ", large / 3)),
        ("half colours", of("\u{1b}[1", large / 3)),
        ("soft breaks", of("=\n=3D", large / 5)),
        (
            "phrases",
            of("invalid_grant token has been expired or ", large / 40),
        ),
        ("nearly", of("invalid_gran ", large / 13)),
        ("marks", of("e\u{301}\u{302}\u{303}", large / 7)),
        ("quotes", of("\"\\\"", large / 3)),
        ("wrapped", wrapped("invalid_grant", 12).into_bytes()),
    ]
}

#[test]
fn large_texts_are_answered() {
    let bed = Bed::new();
    for (name, input) in texts() {
        let begun = Instant::now();
        let cause = cause_of(&bed, &[], &input);
        assert!(
            begun.elapsed() < LONGEST,
            "{name} took {:?}",
            begun.elapsed()
        );
        println!("{name}: {cause} after {:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_answers_them_and_everything_else_meanwhile() {
    let bed = Bed::new();
    let token = text(&bed.team(), "token").to_owned();
    let server = bed.serve();
    let short = |(_, bytes): (_, Vec<u8>)| {
        let length = bytes.len().min(64 * 1024);
        json!({ "text": String::from_utf8_lossy(&bytes[..length]) })
    };
    let texts: Vec<_> = texts().into_iter().map(short).collect();
    let many = json!({ "texts": texts });
    let caller = Caller::with_token(&server, &token);
    let asking = async {
        let said = caller.ask("POST", "/explain", Some(&many)).await;
        assert_eq!(said.status, 200, "{}", said.text());
        assert_eq!(json(&said)["items"].as_array().unwrap().len(), texts.len());
    };
    let meanwhile = async {
        let site = server.site();
        let healthy = site
            .send(&Request::get(&site.url("/healthz")))
            .await
            .unwrap();
        assert_eq!(healthy.status, 200);
    };
    tokio::join!(asking, meanwhile);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

fn clean(place: &str, shown: &str) {
    for secret in SECRETS {
        let piece = &secret[8..28];
        assert!(!shown.contains(piece), "{piece} is in {place}: {shown}");
    }
}

/// Texts that carry a secret, as people paste them.
fn carriers(secret: &str) -> Vec<String> {
    vec![
        secret.to_owned(),
        format!("invalid_grant: refresh_token {secret} has expired"),
        json!({"error": "invalid_grant", "refresh_token": secret}).to_string(),
        format!("curl -H 'Authorization: Bearer {secret}' https://a.example/?code={secret}"),
    ]
}

#[test]
fn no_secret_is_printed_wherever_it_was_put() {
    let bed = Bed::new();
    let file = bed.path("text");
    for (number, secret) in SECRETS.into_iter().enumerate() {
        // Each secret as it is, and each way of carrying one.
        for carrier in [&carriers(secret)[0], &carriers(secret)[number % 4]] {
            let carrier = carrier.as_str();
            std::fs::write(&file, carrier).unwrap();
            let file = file.display().to_string();
            let commands: [&[&str]; 12] = [
                &["explain", carrier],
                &["explain", "--file", &file],
                &["explain", "--file", &file, "--file", &file],
                &["explain", "--lines", carrier],
                &["explain", "invalid_grant", "--provider", carrier],
                &["explain", "invalid_grant", "--status", carrier],
                &["explain", "invalid_grant", carrier],
                &["explain", "--file", carrier],
                &["explain", &format!("--{carrier}")],
                &["explain", "invalid_grant", "--log", carrier],
                &["explain", "--log", "trace", carrier],
                &["--log", "trace", "explain", "--provider", carrier, "-"],
            ];
            for (place, command) in commands.into_iter().enumerate() {
                let json: &[&str] = [&[][..], &["--json"]][(number + place) % 2];
                let ran = bed.run(&[command, json].concat());
                assert!(ran.code.is_some_and(|it| it <= 2), "{ran:#?}");
                clean("standard output", &ran.stdout);
                clean("standard error", &ran.stderr);
            }
        }
        let (_, stdout, stderr) = piped(&bed, &["explain"], secret.as_bytes());
        clean("standard output", &stdout);
        clean("standard error", &stderr);
    }
}

/// Every answer's headers and body.
async fn asked(server: &Server, request: Request) -> OwnedResponse {
    server.site().send(&request).await.unwrap()
}

#[tokio::test]
async fn no_secret_is_answered_or_logged_wherever_it_was_put() {
    let bed = Bed::new();
    let token = text(&bed.team(), "token").to_owned();
    let server = bed.serve_with(&["--log", "trace"]);
    let site = server.site();
    let url = site.url("/api/v1/explain");
    for secret in SECRETS {
        for carrier in &carriers(secret) {
            let carrier = carrier.as_str();
            for body in [
                json!({"text": carrier}),
                json!({"text": carrier, "provider": carrier, "status": 400}),
                json!({"texts": [{"text": carrier, "provider": carrier}]}),
                json!({"text": "x", "status": carrier}),
                json!({"text": [carrier]}),
                json!({"text": "x", (carrier): carrier}),
                json!({ "texts": carrier }),
                json!(carrier),
            ] {
                let request = Request::new("POST", &url)
                    .header("Authorization", &format!("Bearer {token}"))
                    .header("Content-Type", "application/json")
                    .body(body.to_string().into_bytes());
                clean(
                    "an answer of the API",
                    &asked(&server, request).await.text(),
                );
            }
            let page = asked(&server, Request::get(&site.url("/explain"))).await;
            let html = page.text();
            let (_, field) = html.split_once("name=\"anti_forgery\" value=\"").unwrap();
            let field = field.split('"').next().unwrap();
            let cookie = page.headers.first("set-cookie").unwrap();
            let cookie = cookie.split(';').next().unwrap().to_owned();
            for (text, provider, status) in [
                (carrier, "", ""),
                (carrier, carrier, "400"),
                ("x", "", carrier),
                ("", carrier, ""),
            ] {
                let fields = [
                    ("anti_forgery", field),
                    ("text", text),
                    ("provider", provider),
                    ("status", status),
                ];
                let url = site.url("/explain");
                let request = Request::post_form(&url, &fields).header("Cookie", &cookie);
                let answer = asked(&server, request).await;
                assert!(matches!(answer.status, 200 | 422), "{}", answer.text());
                clean("a page", &answer.text());
            }
        }
    }
    clean("the log", &server.log());
    assert!(server.log().contains("serving"), "{:.500}", server.log());
}
