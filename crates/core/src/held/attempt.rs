//! Refresh attempts: the rows of the journal.
//!
//! There is one for each grant and generation that was ever sent. It has as many sends as its
//! replay policy allowed; each send has its own answer.

use crate::Time;
use crate::held::diagnosis::{Diagnosis, words};
use crate::id::{AttemptId, ConnectionId, GrantId, ProcessId};

words! {
    /// How far an attempt is.
    Phase {
        /// A process means to send. Nothing was sent.
        Claimed = "claimed",
        /// It was, or may have been, sent.
        Sent = "sent",
        /// An answer is in the journal, and not judged yet.
        Received = "received",
        /// It made the next generation.
        Applied = "applied",
        /// It was refused for good.
        Refused = "refused",
        /// It was sent, and the provider said that the token is as it was.
        Unspent = "unspent",
        /// It was never sent.
        Aborted = "aborted",
    }
}

impl Phase {
    /// Whether the generation has had its attempt: no second one may be made.
    pub const fn binds(self) -> bool {
        !matches!(self, Self::Unspent | Self::Aborted)
    }

    /// Whether something is still to come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Claimed | Self::Sent | Self::Received)
    }
}

words! {
    /// What is exchanged for tokens.
    Kind {
        /// An authorization code: sent once, whatever happens.
        Code = "code",
        /// A refresh token, or what stands for it at this provider.
        Refresh = "refresh",
    }
}

words! {
    /// How a send ended.
    How {
        /// An answer is in the journal, and not judged yet.
        Received = "received",
        /// New tokens came.
        Tokens = "tokens",
        /// No answer came, and whoever sent holds none: the sender's word.
        Silent = "silent",
        /// An answer came that says nothing about the token.
        Unclear = "unclear",
        /// An answer came that says the token is as it was.
        Unspent = "unspent",
        /// An answer came that says the grant has ended.
        Refused = "refused",
        /// Not a byte left this process.
        NotSent = "not_sent",
    }
}

impl How {
    /// Whether the token may have been spent by this send, for all that is known.
    pub const fn leaves_doubt(self) -> bool {
        matches!(self, Self::Silent | Self::Unclear)
    }
}

/// One send of an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Sending {
    /// Who sent.
    pub process: ProcessId,
    /// When it was about to leave.
    pub begun_at: Time,
    /// How it ended; the process that sent says so, or its successor on the same spool.
    pub ended: Option<Ended>,
}

/// The end of a send.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ended {
    /// When.
    pub at: Time,
    /// How.
    pub how: How,
    /// The HTTP status of its answer.
    pub status: Option<u16>,
}

/// A row of the journal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Which connection it is for.
    pub connection: ConnectionId,
    /// Which grant.
    pub grant: GrantId,
    /// From which generation.
    pub generation: u64,
    /// What is exchanged.
    pub kind: Kind,
    /// How far it is.
    pub phase: Phase,
    /// Who means to send.
    pub claimed_by: ProcessId,
    /// When it was claimed.
    pub claimed_at: Time,
    /// What was sent, in order.
    pub sends: Vec<Sending>,
    /// When it came to its end.
    pub ended_at: Option<Time>,
    /// Why it failed.
    pub diagnosis: Option<Diagnosis>,
    /// Raised by every change; what a commit compares.
    pub revision: u64,
}

impl Attempt {
    /// The last send.
    pub fn last(&self) -> Option<&Sending> {
        self.sends.last()
    }

    /// The first send whose answer waits to be judged.
    pub fn unjudged(&self) -> Option<usize> {
        let waits = |it: &Sending| it.ended.is_some_and(|end| end.how == How::Received);
        self.sends.iter().position(waits)
    }

    /// Whether a send other than this one may have spent the token.
    pub fn doubt_beside(&self, send: usize) -> bool {
        // What is not judged yet may say that it did.
        let waits = |how| matches!(how, How::Received);
        let doubts = |it: &Sending| {
            it.ended
                .is_none_or(|it| it.how.leaves_doubt() || waits(it.how))
        };
        let others = self.sends.iter().enumerate();
        others
            .filter(|(index, _)| *index != send)
            .any(|(_, it)| doubts(it))
    }

    /// How many of its sends may have been taken by the provider.
    pub fn risked(&self) -> u32 {
        let harmless = |how| matches!(how, How::NotSent | How::Unspent);
        let risked = |it: &&Sending| it.ended.is_none_or(|end| !harmless(end.how));
        let count = self.sends.iter().filter(risked).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The status of the last answer.
    pub fn status(&self) -> Option<u16> {
        let ends = self.sends.iter().filter_map(|it| it.ended);
        ends.rev().find_map(|end| end.status)
    }

    /// The same attempt, one change later, with a send ended.
    #[must_use]
    pub(crate) fn ending(&self, send: usize, ended: Ended) -> Self {
        let mut next = self.clone();
        if let Some(it) = next.sends.get_mut(send) {
            it.ended = Some(ended);
        }
        next.revision = self.revision.saturating_add(1);
        next
    }
}
