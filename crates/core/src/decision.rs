//! What a rule returns: the changes to write and the answer to give.

use crate::change::Change;

/// The outcome of a pure rule.
///
/// A refusal may write too (reuse revokes the grant), so what to write and what to answer are two
/// fields and neither follows from the other. The answer may be given only once the changes are
/// durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision<A> {
    /// What must be committed, all or nothing, before the answer leaves.
    pub changes: Vec<Change>,
    /// What to tell the one who asked.
    pub answer: A,
}

impl<A> Decision<A> {
    /// An answer that changes nothing.
    pub fn only(answer: A) -> Self {
        Self {
            changes: Vec::new(),
            answer,
        }
    }

    /// The same changes with another answer.
    pub fn answering<B>(self, answer: B) -> Decision<B> {
        Decision {
            changes: self.changes,
            answer,
        }
    }

    /// One change and its answer.
    pub fn one(change: Change, answer: A) -> Self {
        Self {
            changes: vec![change],
            answer,
        }
    }
}
