//! Starting and stopping a server.

use std::time::{Duration, Instant};

use evergrant_sim::http::Request;

use crate::harness::{Bed, Caller, signal, text};

#[tokio::test]
async fn a_server_is_ready_at_once_and_stops_when_asked() {
    let bed = Bed::new();
    bed.team();
    let begun = Instant::now();
    let server = bed.serve();
    // A tenth of a second is the promise; a loaded machine gets more.
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    let ready = server
        .site()
        .send(&Request::get(&server.site().url("/readyz")))
        .await
        .unwrap();
    assert_eq!(ready.status, 200);
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn an_empty_store_is_served_with_a_one_time_set_up_link() {
    let bed = Bed::new();
    let server = bed.serve();
    let link = format!("{}/setup?link=evg_su_", server.url);
    assert!(server.log().contains(&link), "{}", server.log());
    assert!(!bed.serve_log_after_init().contains("/setup?link="));
}

impl Bed {
    fn serve_log_after_init(&self) -> String {
        self.team();
        let server = self.serve();
        server.log()
    }
}

#[test]
fn a_port_in_use_is_said_clearly() {
    let bed = Bed::new();
    bed.team();
    let server = bed.serve();
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let problem = bed
        .run(&["serve", "--listen", &address, "--json"])
        .failed_as(1, "not_listening");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains(&address) && detail.contains("in use"),
        "{detail}"
    );
}

#[test]
fn a_newer_store_is_not_touched() {
    let bed = Bed::new();
    bed.team();
    let store = rusqlite::Connection::open(bed.data().join("evergrant.db")).unwrap();
    store
        .execute("INSERT INTO schema_versions (version) VALUES (999)", [])
        .unwrap();
    drop(store);
    let serve = ["serve", "--listen", "127.0.0.1:0", "--json"];
    let problem = bed.run(&serve).failed_as(1, "store_not_opened");
    assert!(
        problem["detail"].as_str().unwrap().contains("schema 999"),
        "{problem}"
    );
}

#[tokio::test]
async fn after_a_crash_it_serves_what_was_acknowledged() {
    let bed = Bed::new();
    let token = text(&bed.team(), "token").to_owned();
    let server = bed.serve();
    let owner = Caller::with_token(&server, &token);
    let body = serde_json::json!({"email": "bob@x.example"});
    assert_eq!(owner.ask("POST", "/users", Some(&body)).await.status, 201);
    server.kill();
    let server = bed.serve();
    let owner = Caller::with_token(&server, &token);
    assert_eq!(
        owner.ask("GET", "/users/bob@x.example", None).await.status,
        200
    );
}

#[tokio::test]
async fn a_client_that_a_command_added_gets_tokens_at_once_whatever_signs_them() {
    let bed = Bed::new();
    bed.team();
    let server = bed.serve();
    for algorithm in ["EdDSA", "ES256", "RS256"] {
        let add = [
            "client",
            "add",
            "M",
            "--grant-type",
            "client_credentials",
            "--scope",
            "a",
        ];
        let client = bed.json(&[&add[..], &["--signing", algorithm]].concat());
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", text(&client, "client_id")),
            ("client_secret", text(&client, "client_secret")),
        ];
        let request = Request::post_form(&server.site().url("/oauth2/token"), &fields);
        let answer = server.site().send(&request).await.unwrap();
        assert_eq!(answer.status, 200, "{algorithm}: {}", answer.text());
    }
}

#[test]
fn the_public_url_is_the_issuer_exactly() {
    let bed = Bed::new();
    let ran = bed.run(&["serve", "--listen", "0.0.0.0:0", "--json"]);
    ran.failed_as(2, "setting_not_acceptable");
    let server = bed.serve_with(&["--public-url", "https://auth.acme.example"]);
    assert!(
        server
            .log()
            .contains("https://auth.acme.example/setup?link="),
        "{}",
        server.log()
    );
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let bed = Bed::new();
    bed.team();
    let server = bed.serve();
    // A request that never ends keeps the first signal waiting.
    let mut stuck = std::net::TcpStream::connect(server.site().address()).unwrap();
    std::io::Write::write_all(
        &mut stuck,
        b"POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Type: \
          application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\n",
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    signal(server.id(), "TERM");
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    assert_eq!(server.stop(), Some(1));
    assert!(begun.elapsed() < Duration::from_secs(5));
}
