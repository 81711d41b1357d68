//! Hostile answers of a provider: bounded time and memory, a clear state, nothing lost.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::tricks::{Stage, TAKEN, Trick, UNCLEAR};
use crate::harness::{Bed, Caller, Server, json as document, text};

/// What an exchange may take here.
const TOTAL: &str = "2s";
/// By then every exchange is over, and what followed it: generous, for machines are busy.
const OVER: Duration = Duration::from_secs(15);
/// What the server may grow by: a body is let in up to a mebibyte, and twenty are in the air.
const GROWTH: u64 = 64 << 20;

/// A server, and integrations whose provider plays tricks.
struct Theatre {
    bed: Bed,
    server: Server,
    caller: Caller,
    stage: Stage,
    /// Where redirects lead. Nobody may come.
    elsewhere: TcpListener,
}

impl Theatre {
    /// One connection for each trick, which is due at once, and one that is well.
    async fn open(tricks: &'static [Trick], replay: &str) -> Self {
        let bed = Bed::new();
        let made = bed.team();
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let there = format!("http://{}/", elsewhere.local_addr().unwrap());
        let bounds = ["--provider-connect", "2s", "--provider-total", TOTAL];
        let private = ["--allow-private-providers", "1"];
        let server = bed.serve_with(&[&bounds[..], &private].concat());
        let it = Self {
            caller: Caller::with_token(&server, text(&made, "token")),
            stage: Stage::open(tricks, there),
            bed,
            server,
            elsewhere,
        };
        it.add("healthy", replay, "access-healthy").await;
        for trick in tricks {
            it.add(trick.name, replay, "").await;
        }
        it
    }

    async fn add(&self, name: &str, replay: &str, access_token: &str) {
        let integration = json!({
            "provider": "generic", "name": name, "client_id": "ours", "client_auth": "none",
            "token_url": self.stage.url(name), "replay": replay,
        });
        self.done("POST", "/integrations", Some(integration)).await;
        let mut tokens = json!({
            "integration": name, "name": name, "refresh_token": format!("refresh-of-{name}"),
        });
        if !access_token.is_empty() {
            tokens["access_token"] = access_token.into();
            tokens["expires_in"] = 3600.into();
        }
        self.done("POST", "/connections/import", Some(tokens)).await;
    }

    async fn done(&self, method: &'static str, path: &str, body: Option<Value>) -> Value {
        let answer = self.caller.ask(method, path, body.as_ref()).await;
        assert!(answer.status < 300, "{path}: {}", answer.text());
        document(&answer)
    }

    async fn shown(&self, name: &str) -> Value {
        self.done("GET", &format!("/connections/{name}"), None)
            .await
    }

    /// Waits until every trick was played and has come to this state; meanwhile the connection
    /// that is well is served and refreshed.
    ///
    /// Gives the most memory that the server was seen to have.
    async fn all_come_to(&self, tricks: &[Trick], state: &str) -> Option<u64> {
        let began = Instant::now();
        let path = "/connections/healthy/token";
        let refreshed = "/connections/healthy/refresh";
        self.done("POST", refreshed, None).await;
        let mut open: Vec<_> = tricks.iter().map(|trick| trick.name).collect();
        let (mut last, mut most) = (Value::Null, memory(&self.server));
        while !open.is_empty() {
            let waited = began.elapsed();
            assert!(waited < OVER, "{open:?} did not come to {state}: {last}");
            let token = self.done("GET", path, None).await;
            assert_eq!(token["access_token"], "access-later");
            let mut left = Vec::new();
            for name in open {
                let shown = self.shown(name).await;
                let there = shown["state"] == state && self.stage.asked(name) > 0;
                if !there || (state == "active" && shown["generation"] == 1) {
                    left.push(name);
                    last = shown;
                }
            }
            open = left;
            most = most.max(memory(&self.server));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        most
    }

    /// Nobody followed a redirect, and nothing broke.
    fn ended_well(self) {
        let visit = self.elsewhere.accept().map(drop);
        assert_eq!(visit.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
        let log = self.server.log();
        assert!(!log.contains("panicked"), "{log}");
        assert_eq!(self.server.stop(), Some(0));
        drop(self.bed);
    }
}

/// The memory that a process has, or ever had where the system says that, in bytes.
fn memory(server: &Server) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).ok()?;
    let told = status.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let kilobytes = value.trim().strip_suffix(" kB")?;
        let known = ["VmHWM", "VmRSS"].contains(&name);
        known.then(|| kilobytes.parse::<u64>().unwrap() << 10)
    });
    told.max()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_can_read_leaves_a_strict_connection_in_doubt() {
    let it = Theatre::open(UNCLEAR, "strict").await;
    let before = memory(&it.server);
    let after = it.all_come_to(UNCLEAR, "in_doubt").await;
    if let (Some(before), Some(after)) = (before, after) {
        let grown = after.saturating_sub(before);
        assert!(grown < GROWTH, "from {before} to {after} bytes");
    }
    for trick in UNCLEAR {
        let shown = it.shown(trick.name).await;
        let summary = text(&shown["diagnosis"], "summary");
        assert!(!summary.is_empty(), "{shown}");
        let path = format!("/connections/{}/token", trick.name);
        let answer = it.caller.ask("GET", &path, None).await;
        assert_eq!(answer.status, 503, "{}: {}", trick.name, answer.text());
        assert!(answer.headers.first("retry-after").is_some());
        // Even whoever asks for it does not have a one-time token sent again.
        let path = format!("/connections/{}/refresh", trick.name);
        it.caller.ask("POST", &path, None).await;
        assert_eq!(it.stage.asked(trick.name), 1, "{}", trick.name);
    }
    // Tokens that were got anew go on under the same name.
    it.done("DELETE", "/connections/drip", None).await;
    let tokens = json!({
        "integration": "drip", "name": "drip", "refresh_token": "another",
    });
    it.done("POST", "/connections/import", Some(tokens)).await;
    let token = it.done("GET", "/connections/drip/token", None).await;
    assert_eq!(token["access_token"], "access-later");
    it.ended_well();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_token_may_come_again_the_next_good_answer_mends_it() {
    let it = Theatre::open(UNCLEAR, "reusable").await;
    it.all_come_to(UNCLEAR, "active").await;
    for trick in UNCLEAR {
        let path = format!("/connections/{}/token", trick.name);
        let token = it.done("GET", &path, None).await;
        assert_eq!(token["access_token"], "access-later", "{}", trick.name);
        assert_eq!(it.stage.asked(trick.name), 2, "{}", trick.name);
    }
    it.ended_well();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_are_taken_whatever_else_is_wrong_with_their_answer() {
    let it = Theatre::open(TAKEN, "strict").await;
    it.all_come_to(TAKEN, "active").await;
    for trick in TAKEN {
        let path = format!("/connections/{}/token?min_ttl=0", trick.name);
        let token = it.done("GET", &path, None).await;
        let expected = format!("access-{}", trick.name);
        assert_eq!(token["access_token"], expected.as_str());
        assert_eq!(it.stage.asked(trick.name), 1, "{}", trick.name);
        // What was given is what is used next.
        let path = format!("/connections/{}/refresh", trick.name);
        it.done("POST", &path, None).await;
        assert_eq!(it.shown(trick.name).await["generation"], 3);
    }
    it.ended_well();
}
