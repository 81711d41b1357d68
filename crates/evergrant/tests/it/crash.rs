//! A server that is killed, and one that is asked to stop, while clients refresh.
//!
//! What is asked of it (DESIGN section 9, numbers 12 and 13): a token that a client was given is
//! known for good, and a client that got no answer asks again with the same token and gets one.

mod chain;

use std::sync::Arc;
use std::time::{Duration, Instant};

use evergrant_sim::actor::App;
use evergrant_sim::http::Connection;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::harness::{Bed, Server, signal};
use crate::scene::{first_token, owner, postgres_or_left_out, successor};
use chain::{Chain, Gate};

const CHAINS: usize = 16;
const KILLS: u32 = 100;
/// Between the start of a server and its end, in milliseconds: from before its first answer on.
const LIVES: [u64; 7] = [15, 30, 60, 110, 180, 45, 80];

async fn chains(app: &App, server: &Server) -> (JoinSet<Chain>, Arc<Gate>) {
    let ada = owner(&server.site());
    let gate = Arc::new(Gate::default());
    let mut running = JoinSet::new();
    for _ in 0..CHAINS {
        let chain = Chain::new(app, first_token(app, &ada).await);
        running.spawn(chain.run(Arc::clone(&gate)));
    }
    (running, gate)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_log_nobody_out() {
    let bed = Bed::new();
    bed.team();
    let mut server = bed.serve();
    let address = server.site().address();
    let app = bed.app(&server.site(), &["--scope", "read"]);
    let (running, gate) = chains(&app, &server).await;
    let begun = Instant::now();
    for life in LIVES.into_iter().cycle().take(KILLS as usize) {
        tokio::time::sleep(Duration::from_millis(life)).await;
        server.kill();
        server = bed.serve_at(address);
    }
    gate.close();
    let chains = running.join_all().await;
    let renewed: u64 = chains.iter().map(|chain| chain.renewed).sum();
    let unanswered: u64 = chains.iter().map(|chain| chain.unanswered).sum();
    let repeated: u64 = chains.iter().map(|chain| chain.repeated).sum();
    report(&format!(
        "{KILLS} kills in {:?}: {renewed} renewals, {unanswered} requests without an answer, \
         {repeated} tokens presented again after one",
        begun.elapsed()
    ));
    // Else the server was not killed under load, and nothing was shown.
    assert!(renewed > u64::from(KILLS) && repeated > u64::from(KILLS));
    for chain in &chains {
        let answer = app.introspect(&chain.access_token).await.unwrap();
        assert_eq!(answer.active(), Some(true), "{answer}");
        assert_eq!(app.refresh(&chain.token).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_window_that_was_open_at_a_crash_starts_anew_on_sqlite() {
    window_starts_anew(&Bed::new()).await;
}

/// Here a node can't know whether others served meanwhile.
#[tokio::test]
async fn a_window_that_was_open_at_a_crash_starts_anew_on_postgresql() {
    if let Some(server) = postgres_or_left_out() {
        window_starts_anew(&Bed::new().on_database(&server.create_schema().unwrap())).await;
    }
}

async fn window_starts_anew(bed: &Bed) {
    bed.team();
    let server = bed.serve();
    let address = server.site().address();
    let app = bed.app(&server.site(), &["--scope", "read", "--replay", "1"]);
    let token = first_token(&app, &owner(&server.site())).await;
    let current = successor(&app.refresh(&token).await.unwrap());
    server.kill();
    let longer_than_the_window = Duration::from_millis(2_500);
    tokio::time::sleep(longer_than_the_window).await;
    let server = bed.serve_at(address);
    assert_eq!(successor(&app.refresh(&token).await.unwrap()), current);
    // While it serves, the window ends as it should.
    tokio::time::sleep(longer_than_the_window).await;
    let answer = app.refresh(&token).await.unwrap();
    assert_eq!(answer.error_code(), Some("reuse_detected"), "{answer}");
    assert_eq!(server.stop(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asked_to_stop_it_answers_every_request_that_was_begun() {
    let bed = Bed::new();
    bed.team();
    let mut server = bed.serve();
    let address = server.site().address();
    let app = bed.app(&server.site(), &["--scope", "read"]);
    let (running, gate) = chains(&app, &server).await;
    let ada = owner(&server.site());
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut begun = Vec::new();
        for _ in 0..CHAINS {
            begun.push(Begun::send_half(&app, &first_token(&app, &ada).await).await);
        }
        // The server has to have read what was sent, or it was not begun there.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let stopping = Instant::now();
        signal(server.id(), "TERM");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(
            Connection::open(address).await.is_err(),
            "it still takes new connections"
        );
        for request in begun {
            let answer = request.finish().await;
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer:.60}");
            assert!(
                answer.ends_with('}') && answer.contains("refresh_token"),
                "it was cut"
            );
        }
        assert_eq!(server.ended(), Some(0));
        assert!(stopping.elapsed() < Duration::from_secs(10));
        server = bed.serve_at(address);
    }
    gate.close();
    for chain in running.join_all().await {
        assert!(chain.renewed > 0);
    }
}

/// A request whose last byte is held back.
struct Begun {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Begun {
    async fn send_half(app: &App, token: &str) -> Self {
        let mut stream = TcpStream::connect(app.site().address()).await.unwrap();
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        let mut request = app
            .request("/oauth2/token", &fields)
            .encode(app.site().host());
        let rest = request.split_off(request.len() - 1);
        stream.write_all(&request).await.unwrap();
        Self { stream, rest }
    }

    /// Sends the last byte, and reads until the server closes.
    async fn finish(mut self) -> String {
        self.stream.write_all(&self.rest).await.unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

#[expect(clippy::print_stderr, reason = "the counts are what this test is for")]
fn report(text: &str) {
    eprintln!("{text}");
}
