//! The engine below the store: few methods, so that two databases and a faulty one fit behind it.

pub mod postgres;
pub mod sqlite;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use evergrant_core::Time;

/// A future that a trait object can return.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A value in or out of a statement: the types that both databases have alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// No value.
    Null,
    /// A 64-bit number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A question: one prepared text and its values.
#[derive(Clone, Debug)]
pub struct Query {
    /// One of the texts in [`crate::sql`].
    pub text: &'static str,
    /// `$1`, `$2`, ...
    pub values: Vec<Value>,
}

/// What a statement must have changed for its commit to stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expect {
    /// Any number of rows.
    Any,
    /// At least one row: the guard in its text was met.
    Changed,
}

/// A write: one prepared text, its values, and what it must have met.
#[derive(Clone, Debug)]
pub struct Statement {
    /// One of the texts in [`crate::sql`].
    pub text: &'static str,
    /// `$1`, `$2`, ...
    pub values: Vec<Value>,
    /// Its guard.
    pub expect: Expect,
}

/// The values of one row, in the order of the text's columns.
pub type Row = Vec<Value>;

/// The machinery failed; nothing was decided by it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store can't be reached: {0}")]
pub struct Outage(pub String);

impl Outage {
    /// Takes over what the database said. Its values never stand in such a text.
    pub fn new(cause: &impl fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

/// Why a commit did not, or may not, have happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A guard was not met: the world moved on since it was loaded. Nothing was written.
    #[error("the rows changed meanwhile")]
    Conflict,
    /// Nothing was written.
    #[error(transparent)]
    Outage(#[from] Outage),
    /// The answer was lost: it may have been written, or not.
    #[error("the outcome of the commit is unknown: {0}")]
    Unknown(String),
}

/// A database.
pub trait Engine: Send + Sync + 'static {
    /// Answers the questions from one consistent snapshot.
    fn read<'a>(&'a self, queries: &'a [Query]) -> Pending<'a, Result<Vec<Vec<Row>>, Outage>>;

    /// Writes all or nothing. `Ok` means that it is on disk.
    fn commit(&self, statements: Vec<Statement>) -> Pending<'_, Result<(), CommitError>>;

    /// Runs a script of several statements in one transaction, alone: for migrations only.
    fn script<'a>(&'a self, script: &'a str) -> Pending<'a, Result<(), CommitError>>;

    /// The database's own clock, where it has one that is not this machine's.
    fn clock(&self) -> Pending<'_, Result<Option<Time>, Outage>>;

    /// A number that changes with every commit by anybody, this process or another: two equal
    /// answers mean that nothing was committed in between. `None` where that can't be asked in a
    /// few microseconds, or not now; then nothing is known. Two engines' numbers have nothing to
    /// do with each other.
    fn version(&self) -> Option<u64>;

    /// Prepares a text and throws it away: for the test that every text is understood.
    fn prepare(&self, text: &'static str) -> Pending<'_, Result<(), Outage>>;
}
