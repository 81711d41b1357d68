//! Why a use case did not do what it was asked.

use std::fmt;

use evergrant_core::issued::personal::PersonalTokenError;
use evergrant_core::issued::redirect::RedirectError;
use evergrant_core::people::user::EmailError;
use evergrant_core::scope::ScopeError;
use evergrant_core::{Refusal, Span};
use evergrant_store::Outage;

use crate::held::Blocked;

/// A use case that failed. A [`Refusal`] is the protocol's no; [`Wrong`] is a management request
/// that can't be done; an [`Outage`] is the machinery's, and says nothing about the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Our own rule said no.
    Refused(Refusal),
    /// The request can't be done.
    Wrong(Wrong),
    /// The machinery failed; try again.
    Outage(Outage),
}

/// A management request that can't be done, named after what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The store has its first team already.
    AlreadySetUp,
    /// Sign-in or token is missing or wrong.
    NotAuthenticated,
    /// Whoever asks may not do this.
    NotAllowed(&'static str),
    /// There is no such thing.
    NotFound {
        /// What kind of thing.
        kind: &'static str,
        /// The name that was given.
        name: String,
    },
    /// It is there already.
    Exists {
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Others need it.
    InUse {
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
        /// What needs it.
        by: &'static str,
    },
    /// A person came back with a consent for this name, and the provider has not answered yet.
    Underway(String),
    /// A value is not acceptable; the text says which and why.
    Value(String),
    /// A person has to authorize the connection anew.
    NeedsPerson(Box<Blocked>),
    /// There is no token now; it mends itself, or by whoever runs the app.
    NotNow(Box<Blocked>),
    /// No token of the connection lives as long as was asked for.
    TooLong {
        /// The connection.
        connection: String,
        /// How long its tokens live.
        lives: Span,
    },
    /// The connection was stopped.
    Suspended(String),
    /// Too many tries; ask again after so many seconds.
    TooManyTries(u32),
}

impl Wrong {
    /// The stable code in problem documents.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AlreadySetUp => "already_set_up",
            Self::NotAuthenticated => "not_authenticated",
            Self::NotAllowed(_) => "not_allowed",
            Self::NotFound { .. } => "not_found",
            Self::Exists { .. } => "exists",
            Self::InUse { .. } => "in_use",
            Self::Underway(_) => "consent_underway",
            Self::Value(_) => "value_not_acceptable",
            Self::NeedsPerson(_) => "needs_reauth",
            Self::NotNow(_) => "not_now",
            Self::TooLong { .. } => "min_ttl_too_long",
            Self::Suspended(_) => "suspended",
            Self::TooManyTries(_) => "too_many_tries",
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadySetUp => f.write_str(
                "This store has its first team and owner already. Add users with `user add`.",
            ),
            Self::NotAuthenticated => f.write_str(
                "The token or sign-in is missing, wrong or has ended. Use a live personal access \
                 token.",
            ),
            Self::NotAllowed(what) => write!(f, "You may not do this: {what}."),
            Self::NotFound { kind, name } => {
                write!(
                    f,
                    "There is no {kind} {name:?} here. Look at the list for what there is."
                )
            }
            Self::Exists { kind, name } => write!(f, "The {kind} {name:?} is there already."),
            Self::InUse { kind, name, by } => {
                write!(f, "The {kind} {name:?} is used by {by}. Remove them first.")
            }
            Self::Underway(name) => write!(
                f,
                "Somebody has just consented to {name:?}, and the provider has not answered yet. \
                 Look at it in a minute: it is connected then, or its name is free."
            ),
            Self::Value(text) => f.write_str(text),
            Self::NeedsPerson(blocked) | Self::NotNow(blocked) => {
                let name = &blocked.connection;
                write!(f, "The connection {name:?} has no token to give now")?;
                match &blocked.diagnosis {
                    Some(it) => {
                        let summary = it.summary(blocked.provider.as_deref());
                        write!(f, ": {summary} {}", it.next_step())
                    }
                    None => f.write_str(". Try again in a moment."),
                }
            }
            Self::TooLong { connection, lives } => write!(
                f,
                "The access tokens of {connection:?} live for {} seconds: none lives as long as \
                 was asked for. Ask for less.",
                lives.seconds()
            ),
            Self::Suspended(name) => {
                write!(
                    f,
                    "The connection {name:?} was suspended. Let it go on with `connection resume`."
                )
            }
            Self::TooManyTries(seconds) => {
                write!(
                    f,
                    "There were too many tries. Try again in {seconds} seconds."
                )
            }
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Wrong> for Failure {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl From<Outage> for Failure {
    fn from(outage: Outage) -> Self {
        Self::Outage(outage)
    }
}

macro_rules! values {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Wrong(Wrong::Value(error.to_string()))
            }
        }
    )*};
}

values!(EmailError, PersonalTokenError, RedirectError, ScopeError);
