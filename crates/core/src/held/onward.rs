//! What a decision leaves behind, for whoever wrote it and goes on at once. They need not look
//! again: should others write meanwhile, no commit that moves the connection passes its guards.

use crate::held::step::Situation;
use crate::{Change, Time};

impl Situation {
    /// This situation once these changes are on disk; `None` where only the store can tell.
    pub fn after(&self, changes: &[Change]) -> Option<Self> {
        let mut it = self.clone();
        for change in changes {
            match change {
                Change::AttemptClaimed(attempt) if attempt.grant == it.grant.id => {
                    it.attempt = Some((**attempt).clone());
                }
                Change::AttemptAdvanced { to, .. }
                    if it.attempt.as_ref().is_some_and(|before| before.id == to.id) =>
                {
                    it.attempt = to.phase.binds().then(|| (**to).clone());
                }
                Change::ConnectionMoved { connection, to, .. }
                    if *connection == it.connection.id =>
                {
                    it.connection.standing = (**to).clone();
                    it.connection.version += 1;
                }
                Change::AnswerKept { .. } => {}
                _ => return None,
            }
        }
        Some(it)
    }
}

/// Whether nothing is left to do now about a connection that these changes moved: its next date is
/// part of them.
pub fn rests(changes: &[Change], now: Time) -> bool {
    changes.iter().any(|change| match change {
        Change::ConnectionMoved { to, .. } => to.due_at.is_none_or(|due| due > now),
        _ => false,
    })
}
