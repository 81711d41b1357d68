//! What a judge writes down: every send of a keeper, and what it learned by it.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use evergrant_sim::upstream::Pair;
use evergrant_web::service::core::held::RawAnswer;
use evergrant_web::service::core::{Span, Time};
use serde_json::{Map, Value};

/// What a process knew of the answer to its send.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Nothing, or the process died with it.
    Nothing,
    /// Tokens; where no refresh token came, the old one goes on (RFC 6749 section 6).
    Tokens {
        access: String,
        refresh: Option<String>,
        lifetime: Span,
    },
    /// The provider did not look, and said when to ask again.
    Later(Span),
    /// `invalid_grant`.
    Refused,
    /// A status and nothing else.
    Bare(u16),
    /// Anything else, whole.
    Unclear(u16),
    /// Something that was cut.
    Part(u16),
}

impl fmt::Debug for Heard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => formatter.write_str("nothing"),
            Self::Tokens { refresh, .. } if refresh.is_none() => {
                formatter.write_str("tokens without a refresh token")
            }
            Self::Tokens { .. } => formatter.write_str("tokens"),
            Self::Later(wait) => write!(formatter, "later, in {} s", wait.seconds()),
            Self::Refused => formatter.write_str("refused"),
            Self::Bare(status) => write!(formatter, "a bare {status}"),
            Self::Unclear(status) => write!(formatter, "an unclear {status}"),
            Self::Part(status) => write!(formatter, "a part of a {status}"),
        }
    }
}

impl Heard {
    /// What an answer says, read by the standards alone.
    pub(crate) fn of(answer: &RawAnswer) -> Self {
        // An object that closes is all there, whatever became of the end of its transfer.
        let closes = || serde_json::from_slice::<Map<String, Value>>(&answer.body).is_ok();
        let is_whole = answer.complete || (answer.status == 200 && closes());
        if !is_whole {
            return Self::Part(answer.status);
        }
        if answer.body.is_empty() {
            return Self::Bare(answer.status);
        }
        let unclear = Self::Unclear(answer.status);
        if answer.status == 429 {
            let wait = answer.header("retry-after").and_then(|it| it.parse().ok());
            return Self::Later(Span::from_seconds(wait.unwrap_or_default()));
        }
        let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
            return unclear;
        };
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        match (answer.status, text("access_token")) {
            (200, Some(access)) => Self::Tokens {
                access,
                refresh: text("refresh_token"),
                lifetime: Span::from_seconds(body["expires_in"].as_i64().unwrap_or_default()),
            },
            (400, _) if body["error"] == "invalid_grant" => Self::Refused,
            _ => unclear,
        }
    }
}

/// One request of a process, of which the journal says that it was sent.
#[derive(Clone)]
pub(crate) struct Send {
    pub(crate) token: String,
    pub(crate) at: Time,
    /// By which process, in order.
    pub(crate) life: usize,
    /// Whether it left indeed; else the process died when it was about to.
    pub(crate) left: bool,
    pub(crate) heard: Heard,
}

/// What was sent in a case, in order.
#[derive(Default)]
pub(crate) struct Record(Mutex<Vec<Send>>);

impl Record {
    fn sends(&self) -> MutexGuard<'_, Vec<Send>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request; gives its number.
    pub(crate) fn send(&self, send: Send) -> usize {
        let mut sends = self.sends();
        sends.push(send);
        sends.len() - 1
    }

    /// Notes what the process learned, which it keeps from now on.
    pub(crate) fn heard(&self, number: usize, heard: Heard) {
        self.sends()[number].heard = heard;
    }

    pub(crate) fn all(&self) -> Vec<Send> {
        self.sends().clone()
    }
}

/// The tokens that a keeper should have, as far as it was told.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) generation: u64,
    pub(crate) access: String,
    pub(crate) refresh: String,
    /// When the access token ends, at the earliest.
    pub(crate) ends: Time,
    pub(crate) lifetime: Span,
    /// Whether the provider once gave a successor without a refresh token.
    pub(crate) without_refresh: bool,
}

impl Known {
    /// After an import.
    pub(crate) fn imported(pair: &Pair, at: Time) -> Self {
        let lifetime = Span::from_seconds(i64::try_from(pair.expires_in).unwrap());
        Self {
            generation: 1,
            access: pair.access.clone(),
            refresh: pair.refresh.clone(),
            ends: at.plus(lifetime),
            lifetime,
            without_refresh: false,
        }
    }

    /// After an answer to a request that was first made at that time.
    pub(crate) fn learn(&mut self, heard: &Heard, asked: Time) {
        if let Heard::Tokens {
            access,
            refresh,
            lifetime,
        } = heard
        {
            self.generation += 1;
            self.access.clone_from(access);
            self.without_refresh |= refresh.is_none();
            if let Some(refresh) = refresh {
                self.refresh.clone_from(refresh);
            }
            self.ends = asked.plus(*lifetime);
            self.lifetime = *lifetime;
        }
    }
}
