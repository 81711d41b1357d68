//! Whether an access token may be given to a reader.

use crate::held::connection::{Connection, State};
use crate::held::grant::Grant;
use crate::held::habits::Habits;
use crate::{Span, Time};

/// How long a token must live for a reader.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MinTtl {
    /// A minute, or a quarter of the token's life if that is less. If no better token can be had,
    /// any live one will do.
    Usual,
    /// At least this long, or none.
    AtLeast(Span),
}

impl MinTtl {
    const USUAL: Span = Span::from_seconds(60);

    /// The span for a token that lived so long when it was new.
    pub fn of(self, lifetime: Span) -> Span {
        match self {
            Self::Usual => Self::USUAL.min(Span::from_millis(lifetime.millis() / 4)),
            Self::AtLeast(span) => span,
        }
    }
}

/// What a reader gets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Serve {
    /// The token there is.
    Token,
    /// The token there is, if no better one comes.
    Renew {
        /// Whether the one there is would do.
        or_this: bool,
    },
    /// Nothing until a person has authorized anew.
    NeedsPerson,
    /// Nothing now; it mends itself, or by whoever runs the app.
    NotNow,
    /// Nothing ever: the tokens of this connection live for so long, and more was asked for.
    TooLong(Span),
    /// Nothing: it was stopped.
    Suspended,
    /// Nothing: there is no such connection any more, or not yet.
    Gone,
}

/// How long a reader waits at most for a better token, who asked at this time: what lives, and
/// would do, is not waited over for more than half of what is left of it.
pub fn patience(grant: &Grant, or_this: bool, asked: Time) -> Option<Time> {
    let end = grant.access.end().filter(|_| or_this)?;
    Some(asked.plus(Span::from_millis(end.since(asked).millis() / 2)))
}

/// What a reader gets now.
///
/// A valid access token is always served, whatever the last refresh did, unless the connection is
/// suspended or removed.
pub fn serve(
    connection: &Connection,
    grant: &Grant,
    habits: &Habits,
    wanted: MinTtl,
    now: Time,
) -> Serve {
    let state = connection.standing.state;
    match state {
        State::Suspended => return Serve::Suspended,
        State::Revoked | State::Pending => return Serve::Gone,
        _ => {}
    }
    let remaining = grant.access.remaining(now);
    let needed = wanted.of(grant.lifetime());
    if remaining.is_some_and(|left| left >= needed) {
        return Serve::Token;
    }
    let or_this = remaining.is_some() && wanted == MinTtl::Usual;
    match state {
        State::NeedsReauth | State::AppFault if or_this => Serve::Token,
        State::NeedsReauth => Serve::NeedsPerson,
        State::AppFault => Serve::NotNow,
        // Another token is no better before its time.
        _ if remaining.is_some() && needed > lives(grant, habits) && !is_due(grant, now) => {
            Serve::TooLong(lives(grant, habits))
        }
        _ if grant.is_renewable(habits) => Serve::Renew { or_this },
        _ if or_this => Serve::Token,
        _ => Serve::NeedsPerson,
    }
}

/// How long a token of this grant lives when it is new, as far as is known: one that was brought
/// here may have been older.
fn lives(grant: &Grant, habits: &Habits) -> Span {
    if grant.renewed_at == grant.consented_at {
        grant.lifetime().max(habits.assumed_lifetime)
    } else {
        grant.lifetime()
    }
}

/// Whether its next token may be of another kind: it is about to come anyway.
fn is_due(grant: &Grant, now: Time) -> bool {
    grant.refresh_at.is_some_and(|at| at <= now)
}
