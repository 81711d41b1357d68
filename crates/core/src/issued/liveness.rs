//! Whether a grant and its access tokens live: comparisons on what was loaded, never a sweep.

use crate::issued::client::Client;
use crate::issued::grant::Grant;
use crate::issued::reason::Reason;
use crate::time::Time;

/// The epochs of now, to be compared with those that a grant remembers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Standing {
    /// The user's epoch for grants.
    pub user: Epoch,
    /// The epoch of the membership in the team; `None` when the user is in it no more.
    pub membership: Option<Epoch>,
    /// The client's epoch.
    pub client: Epoch,
}

/// One epoch of now.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Epoch {
    /// The counter.
    pub now: u32,
    /// Where it is not the one remembered: the cause of the first raise after that.
    pub cause: Option<Reason>,
}

impl Epoch {
    /// An epoch that nobody raised.
    pub const fn at(now: u32) -> Self {
        Self { now, cause: None }
    }

    fn differs_from(self, remembered: u32, otherwise: Reason) -> Option<Reason> {
        (self.now != remembered).then(|| self.cause.unwrap_or(otherwise))
    }
}

/// Why a grant is dead at `now`, or `None` while it lives.
///
/// What was written first tells: an end in the row, then raised epochs, then the clock.
pub fn end_of(grant: &Grant, standing: &Standing, now: Time) -> Option<Reason> {
    if let Some((_, reason)) = grant.ended {
        return Some(reason);
    }
    raised(grant, standing).or_else(|| expired(grant, now))
}

/// Why a grant is dead by a raised epoch.
pub fn raised(grant: &Grant, standing: &Standing) -> Option<Reason> {
    let user = standing
        .user
        .differs_from(grant.sign_in.user, Reason::SecurityEvent);
    user.or_else(|| match standing.membership {
        None => Some(Reason::RemovedFromTeam),
        Some(epoch) => epoch.differs_from(grant.sign_in.membership, Reason::RemovedFromTeam),
    })
    .or_else(|| {
        standing
            .client
            .differs_from(grant.client_epoch, Reason::ClientRevoked)
    })
}

/// Why a grant is dead by the clock.
pub fn expired(grant: &Grant, now: Time) -> Option<Reason> {
    if now >= grant.absolute_expires_at {
        Some(Reason::AbsoluteExpired)
    } else if now >= grant.rotation.expires_at {
        Some(Reason::IdleExpired)
    } else {
        None
    }
}

/// How it stands with an access token of generation `generation` of a living grant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessToken {
    /// It is among the newest, above the floor.
    Live,
    /// A newer one pushed it out, or it was revoked alone.
    Dead,
    /// Newer than its row, and no restore explains it: the store went back in time.
    Ahead,
}

/// Judges AT(h): live while `generation - N < h` and `h` is not below the floor. N is at least the
/// number of resources of the grant, or a client that asks for each in turn ends its own tokens.
pub fn access_token(
    grant: &Grant,
    client: &Client,
    generation: u64,
    incarnation: u32,
) -> AccessToken {
    let current = grant.rotation.generation;
    if generation > current {
        let restored = grant.rotation.incarnation < incarnation;
        return if restored {
            AccessToken::Live
        } else {
            AccessToken::Ahead
        };
    }
    let live = u64::from(client.live_access_tokens).max(grant.resources.len() as u64);
    let pushed_out = current - generation >= live;
    if pushed_out || generation < grant.access_floor {
        AccessToken::Dead
    } else {
        AccessToken::Live
    }
}
