//! A client that refreshes without end, and asks again with the same token when no answer came.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use evergrant_sim::actor::{Answer, App};
use evergrant_sim::http::{HttpError, OwnedResponse};

/// How long one token may go without an answer; a server is away for less than this.
const PATIENCE: Duration = Duration::from_secs(30);

/// Open as long as the clients shall go on.
pub(super) struct Gate(AtomicBool);

impl Default for Gate {
    fn default() -> Self {
        Self(AtomicBool::new(true))
    }
}

impl Gate {
    /// Each client ends with its next answer.
    pub(super) fn close(&self) {
        self.0.store(false, Ordering::Release);
    }

    fn is_open(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// A client with one grant, and what became of its requests.
pub(super) struct Chain {
    app: App,
    pub(super) token: String,
    pub(super) access_token: String,
    /// Answers with a successor.
    pub(super) renewed: u64,
    /// Requests that reached a server and got no answer.
    pub(super) unanswered: u64,
    /// Tokens whose successor came at a later try only.
    pub(super) repeated: u64,
}

impl Chain {
    /// A client with the first refresh token of its grant.
    pub(super) fn new(app: &App, token: String) -> Self {
        Self {
            app: app.clone(),
            token,
            access_token: String::new(),
            renewed: 0,
            unanswered: 0,
            repeated: 0,
        }
    }

    /// Refreshes until the gate is closed.
    pub(super) async fn run(mut self, gate: Arc<Gate>) -> Self {
        while gate.is_open() {
            self.renew().await;
        }
        self
    }

    /// Presents the token until it is answered; every answer has to be its successor.
    async fn renew(&mut self) {
        let begun = Instant::now();
        let before = self.unanswered;
        loop {
            match self.ask().await {
                Ok(answer) => {
                    let answer = Answer::from(&answer);
                    let tokens = answer.tokens();
                    let tokens = tokens.unwrap_or_else(|| panic!("logged out: {answer}"));
                    let successor = tokens.refresh_token.unwrap();
                    assert_ne!(successor, self.token);
                    self.token = successor;
                    self.access_token = tokens.access_token;
                    self.renewed += 1;
                    self.repeated += u64::from(self.unanswered > before);
                    return;
                }
                Err(HttpError::Connect { .. }) => {}
                Err(HttpError::Broken(_) | HttpError::Closed) => self.unanswered += 1,
                Err(other) => panic!("{other}"),
            }
            assert!(begun.elapsed() < PATIENCE, "no server answers");
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }

    async fn ask(&self) -> Result<OwnedResponse, HttpError> {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &self.token),
        ];
        self.app
            .site()
            .send(&self.app.request("/oauth2/token", &fields))
            .await
    }
}
