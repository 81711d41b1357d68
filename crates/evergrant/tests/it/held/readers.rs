//! Sixteen readers on access tokens that live for two seconds: no reader is ever given a dead
//! token, and no generation is refreshed twice.
//!
//! Six seconds by default; `EVERGRANT_READERS_SECONDS` makes it a soak.

use std::sync::Arc;
use std::time::{Duration, Instant};

use evergrant_sim::http::{Connection, Request, Site};
use serde_json::Value;

use super::{Keeper, STALE};
use crate::harness::{Server, text};

const READERS: usize = 16;
const LIFETIME: Duration = Duration::from_secs(2);
/// How long a provider takes that is slower than a token is renewed before its end.
const SLOWLY: Duration = Duration::from_millis(700);
/// No generation is renewed earlier than this; a little less, for clocks are read in turn.
const EARLIEST: Duration = Duration::from_millis(1_400);
const PAUSE: Duration = Duration::from_millis(5);

/// What one reader saw.
#[derive(Default)]
struct Tally {
    reads: u64,
    /// Tokens that ended between the question and the use.
    overtaken: u64,
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test's own question, not a setting of ours"
)]
fn how_long() -> Duration {
    let said = std::env::var("EVERGRANT_READERS_SECONDS");
    Duration::from_secs(said.map_or(6, |text| text.parse().unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixteen_readers_never_get_a_dead_token_and_cause_no_second_refresh() {
    sixteen_readers(Duration::ZERO).await;
}

/// The old token dies before the new one comes: whoever asks in between has to wait.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_when_the_provider_takes_longer_than_a_token_has_left() {
    sixteen_readers(SLOWLY).await;
}

async fn sixteen_readers(provider_takes: Duration) {
    let it = Keeper::with_integration();
    it.provider.is_strict(LIFETIME);
    it.provider.takes(provider_takes);
    it.provider.book(|book| book.begin("rt-imported"));
    it.import("ci", STALE);
    let made = it.bed.json(&["pat", "create", "x", "--scope", "tokens:ci"]);
    let personal: Arc<str> = text(&made, "token").into();
    let server = it.bed.serve_with(&["--allow-private-providers", "1"]);
    let it = Arc::new(it);
    let began = Instant::now();
    let end = began + how_long();
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..READERS {
        let reader = Reader::new(&it, &server, &personal).await;
        readers.spawn(reader.read_until(end));
    }
    let tallies = readers.join_all().await;
    let reads: u64 = tallies.iter().map(|it| it.reads).sum();
    let overtaken: u64 = tallies.iter().map(|it| it.overtaken).sum();
    assert_eq!(server.stop(), Some(0));
    let refreshes = it.provider.asked("token").len();
    report(&format!(
        "{READERS} readers in {:?}: {reads} reads, {refreshes} refreshes, {overtaken} tokens \
         that ended on the way",
        began.elapsed()
    ));
    it.provider.book(|book| {
        let twice = book.presented().iter().find(|(_, times)| **times != 1);
        assert_eq!(twice, None);
        assert_eq!(book.ended(), 0);
        assert_eq!(book.presented().len(), refreshes);
    });
    // Every generation was needed, and there were some.
    let most = began.elapsed().as_millis() / EARLIEST.as_millis() + 2;
    assert!(refreshes > 1 && refreshes as u128 <= most, "{refreshes}");
    assert!(reads > READERS as u64);
}

/// Reads a token and presents it, again and again.
struct Reader {
    it: Arc<Keeper>,
    connection: Connection,
    question: Vec<u8>,
    resource: Site,
}

impl Reader {
    async fn new(it: &Arc<Keeper>, server: &Server, personal: &str) -> Self {
        let site = server.site();
        let bearer = format!("Bearer {personal}");
        let question = Request::get(&site.url("/api/v1/connections/ci/token"));
        Self {
            it: Arc::clone(it),
            connection: Connection::open(site.address()).await.unwrap(),
            question: question
                .header("Authorization", &bearer)
                .encode(site.host()),
            resource: Site::new(&it.provider.url("resource")).unwrap(),
        }
    }

    async fn read_until(mut self, end: Instant) -> Tally {
        let mut tally = Tally::default();
        while Instant::now() < end {
            let asked = Instant::now();
            let token = self.token().await;
            let bearer = format!("Bearer {token}");
            let request = Request::get(&self.resource.url("")).header("Authorization", &bearer);
            let answer = self.resource.send(&request).await.unwrap();
            if answer.status != 200 {
                self.was_alive_when_it_was_asked_for(&token, asked);
                tally.overtaken += 1;
            }
            tally.reads += 1;
            tokio::time::sleep(PAUSE).await;
        }
        tally
    }

    async fn token(&mut self) -> String {
        let answer = self.connection.exchange(&self.question).await.unwrap();
        assert_eq!(
            answer.status,
            200,
            "{}",
            String::from_utf8_lossy(answer.body)
        );
        let read: Value = serde_json::from_slice(answer.body).unwrap();
        text(&read, "access_token").to_owned()
    }

    /// What is promised is a token that lives when it is given. When that was is not known, only
    /// that it was not before the question: a token that had ended by then was given dead.
    fn was_alive_when_it_was_asked_for(&self, token: &str, asked: Instant) {
        let end = self.it.provider.book(|book| book.lived_until(token));
        let end = end.unwrap_or_else(|| panic!("{token} was given, and is not of this family"));
        assert!(
            end > asked,
            "a dead token was given: it ended {:?} before the question",
            asked.saturating_duration_since(end)
        );
    }
}

#[expect(clippy::print_stderr, reason = "the counts are what this test is for")]
fn report(text: &str) {
    eprintln!("{text}");
}
