//! The history of a grant, as far as it tells causes apart.

use crate::held::answer::RawAnswer;
use crate::held::attempt::{Attempt, Kind};
use crate::held::date;
use crate::held::step::Situation;
use crate::{ScopeSet, Span, Time};

/// What the store knows beside a connection's own rows.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Background {
    /// When the integration got another client secret, if it ever did.
    pub secret_set_at: Option<Time>,
    /// How often the same account consented anew since, at the same integration; not known where
    /// nobody knows the account.
    pub newer_consents: Option<u32>,
    /// How many connections of other accounts failed at the same integration with the same code
    /// within minutes.
    pub alike: u32,
    /// How long the connection's earlier grants lived until they were refused, the last one first.
    pub lives: Vec<Span>,
    /// How often the request that brought this generation may have been taken; nothing, where we
    /// made no request.
    pub made_by: Option<u32>,
}

/// The history of a grant up to a failure.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct History {
    /// When the request left that failed.
    pub at: Time,
    /// When its answer came.
    pub answered_at: Time,
    /// What the provider's clock said when it answered.
    pub their_clock: Option<Time>,
    /// The code of the refusal or, where it had none, its status.
    pub code: Option<String>,
    /// When a person consented, or the tokens were brought here.
    pub consented_at: Time,
    /// When the tokens came that failed.
    pub renewed_at: Time,
    /// When the refresh token ends, if the provider said so.
    pub refresh_expires_at: Option<Time>,
    /// What was asked for.
    pub asked: ScopeSet,
    /// What was granted, if that was said.
    pub granted: Option<ScopeSet>,
    /// How often this generation's refresh token may have been taken.
    pub sends: u32,
    /// Whether it was an authorization code that was refused: then there is no grant yet.
    pub redeems: bool,
    /// What the store knows.
    pub background: Background,
}

impl History {
    /// The history of the grant that an attempt is about, up to the answer of one send.
    pub fn of(
        it: &Situation,
        (attempt, send): (&Attempt, usize),
        answer: &RawAnswer,
        (code, background): (Option<String>, Background),
        now: Time,
    ) -> Self {
        let sent = attempt.sends.get(send);
        let at = sent.map_or(now, |it| it.begun_at);
        let ended = sent.and_then(|it| it.ended);
        Self {
            at,
            answered_at: ended.map_or(now, |it| it.at),
            their_clock: answer.header("date").and_then(date::read),
            code,
            consented_at: it.grant.consented_at,
            renewed_at: it.grant.renewed_at,
            refresh_expires_at: it.grant.refresh_expires_at,
            asked: it.connection.scopes.clone(),
            granted: it.grant.scopes.clone(),
            sends: attempt.risked(),
            redeems: attempt.kind == Kind::Code,
            background,
        }
    }

    /// How old the grant was.
    pub(super) fn age(&self) -> Span {
        self.at.since(self.consented_at)
    }

    /// How long nobody used it.
    pub(super) fn idle(&self) -> Span {
        self.at.since(self.renewed_at)
    }
}

/// What failures of an integration are counted by.
pub fn counted_by(code: Option<&str>, status: Option<u16>) -> Option<String> {
    code.map(str::to_owned)
        .or_else(|| status.map(|it| it.to_string()))
}
