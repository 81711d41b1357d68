//! A signed-in browser.

use crate::id::UserId;
use crate::people::epoch::UserEpochs;
use crate::people::user::User;
use crate::secret::Digest;
use crate::time::{Span, Time};

/// How long a browser stays signed in.
pub const SESSION_LIFETIME: Span = Span::from_days(14);

/// A row of the session table; the cookie's text is known to the browser only.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// Digest of the cookie.
    pub digest: Digest,
    /// Who signed in.
    pub user: UserId,
    /// The user's epochs when they signed in.
    pub epochs: UserEpochs,
    /// The membership's epoch when they signed in.
    pub membership_epoch: u32,
    /// When they signed in.
    pub created_at: Time,
    /// When the browser has to sign in again.
    pub expires_at: Time,
}

impl Session {
    /// Whether the session still stands for `user` at `now`.
    pub fn is_live(&self, user: &User, now: Time) -> bool {
        self.user == user.id
            && user.is_active()
            && now < self.expires_at
            && self.epochs.sessions == user.epochs.sessions
            && self.membership_epoch == user.membership_epoch
    }
}
