//! Epochs: revocation is a comparison between the number that was remembered and the one now.

use crate::id::{ClientId, TeamId, UserId};

/// A user's counters, one for each kind of thing that an event may end.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct UserEpochs {
    /// Compared with what a grant remembers.
    pub grants: u32,
    /// Compared with what a personal access token remembers.
    pub personal_tokens: u32,
    /// Compared with what a session remembers.
    pub sessions: u32,
}

/// The epochs at the moment of signing in. They travel from the session through the consent and
/// the code into the grant, so that a grant can't be younger than the sign-in it rests on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct SignIn {
    /// The user's epoch for grants.
    pub user: u32,
    /// The epoch of the membership in the team.
    pub membership: u32,
}

/// Whose epoch is raised.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EpochSubject {
    /// Everything that a client was given, its own tokens included.
    Client(ClientId),
    /// Everything that a user has by being in a team.
    Membership(TeamId, UserId),
    /// All grants that a user gave.
    UserGrants(UserId),
    /// All personal access tokens of a user.
    UserPersonalTokens(UserId),
    /// All sessions of a user.
    UserSessions(UserId),
}
