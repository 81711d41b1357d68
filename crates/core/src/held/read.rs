//! The read ledger: who was given which token.

use crate::Time;
use crate::id::{ConnectionId, GrantId, PersonalTokenId, UserId};

/// Who reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reader {
    /// Whoever has the store and its key.
    Operator,
    /// A signed-in person.
    User(UserId),
    /// A person's token.
    PersonalToken(PersonalTokenId),
}

/// Which token a reader was given: one row of the ledger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Disclosure {
    /// Of which connection.
    pub connection: ConnectionId,
    /// Of which grant.
    pub grant: GrantId,
    /// Of which generation.
    pub generation: u64,
    /// To whom.
    pub reader: Reader,
}

/// One disclosure, or its repeats.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Read {
    /// What was disclosed to whom.
    pub disclosure: Disclosure,
    /// When, or when last.
    pub at: Time,
    /// How often since it was written down last.
    pub count: u64,
}
