//! Whether a grant and its access tokens live: comparisons on what was loaded, never a sweep.

use crate::id::{ClientId, TeamId};
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

/// How it stands with an access token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AccessToken {
    /// It is among the newest, above the floor.
    Live,
    /// A newer one pushed it out, or it was revoked alone.
    Dead,
    /// Newer than its row, and no restore explains it: the store went back in time.
    Ahead,
}

/// Everything that decides whether an access token of a grant lives: a few numbers of its row and
/// of what it is compared with, so that the question asked most often costs one short read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pulse {
    /// The team whose API the grant opens.
    pub team: TeamId,
    /// The client that was given it.
    pub client: ClientId,
    /// Its generation.
    pub generation: u64,
    /// The store's incarnation when that began.
    pub incarnation: u32,
    /// Access tokens of generations below this are dead.
    pub access_floor: u64,
    /// How many generations of access tokens are alive at once: what the client was registered
    /// with, and at least the number of the grant's resources, or a client that asks for each in
    /// turn would end its own tokens.
    pub live_access_tokens: u64,
    /// When it ends by the clock.
    pub expires_at: Time,
    /// Whether it ended, in its row or by a raised epoch.
    pub ended: bool,
    /// The store's incarnation of now.
    pub store_incarnation: u32,
}

impl Pulse {
    /// The same of a grant that was loaded whole.
    pub fn of(grant: &Grant, client: &Client, standing: &Standing, incarnation: u32) -> Self {
        Self {
            team: grant.team,
            client: grant.client,
            generation: grant.rotation.generation,
            incarnation: grant.rotation.incarnation,
            access_floor: grant.access_floor,
            live_access_tokens: Self::live(client.live_access_tokens.into(), grant.resources.len()),
            expires_at: grant.rotation.expires_at.min(grant.absolute_expires_at),
            ended: grant.ended.is_some() || raised(grant, standing).is_some(),
            store_incarnation: incarnation,
        }
    }

    /// How many generations are alive at once, for a client that was registered with so many and a
    /// grant of so many resources.
    pub fn live(registered: u64, resources: usize) -> u64 {
        registered.max(resources as u64)
    }

    /// Judges AT(h): live while the grant lives, `generation - N < h`, and `h` is not below the
    /// floor.
    pub fn access_token(&self, generation: u64, now: Time) -> AccessToken {
        if generation > self.generation && self.incarnation >= self.store_incarnation {
            return AccessToken::Ahead;
        }
        let pushed_out = self.generation.saturating_sub(generation) >= self.live_access_tokens;
        let below = generation < self.access_floor;
        if self.ended || now >= self.expires_at || pushed_out || below {
            AccessToken::Dead
        } else {
            AccessToken::Live
        }
    }
}
