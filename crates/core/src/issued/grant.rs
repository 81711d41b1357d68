//! A grant: one row whose counter is all there is of its tokens.

use crate::id::{ClientId, GrantId, KeyId, TeamId, UserId};
use crate::issued::client::Client;
use crate::issued::presenter::Presenters;
use crate::issued::reason::Reason;
use crate::people::SignIn;
use crate::scope::ScopeSet;
use crate::time::{Span, Time};

/// Sixteen random bytes, drawn anew at each rotation and carried by the refresh token: with the
/// key of the MAC alone nobody can forge one, and our own commit is recognised by it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nonce(pub [u8; 16]);

impl std::fmt::Debug for Nonce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nonce(..)")
    }
}

/// The format in which refresh tokens are written today; a row remembers the one of its token, so
/// that a node of the next release re-makes it byte for byte.
pub const TOKEN_FORMAT: u32 = 1;

/// Everything that a rotation changes. RT(g) is a function of it, byte for byte.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Rotation {
    /// How many times the tokens were renewed; the first is 1.
    pub generation: u64,
    /// The nonce of RT(generation).
    pub nonce: Nonce,
    /// The nonce of the token that was presented for this generation; in the first one, none.
    pub previous_nonce: Nonce,
    /// When this generation began: `iat` of its tokens.
    pub rotated_at: Time,
    /// When the generation before it began.
    pub previous_rotated_at: Time,
    /// `exp` of RT(generation), a whole second.
    pub expires_at: Time,
    /// The key of RT(generation)'s MAC.
    pub mac_key: KeyId,
    /// The format in which RT(generation) is written.
    pub token_format: u32,
    /// The store's incarnation when this generation began.
    pub incarnation: u32,
    /// The generation that was presented for this one. It is `generation - 1`, but for the first
    /// rotation after a restore, which adopts whatever the client still holds.
    pub presented: u64,
}

/// A grant that we gave: one consent, one family of tokens.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The team whose API it opens.
    pub team: TeamId,
    /// The client that was given it.
    pub client: ClientId,
    /// The user who gave it.
    pub user: UserId,
    /// What the user agreed to.
    pub scope: ScopeSet,
    /// The resources that the user agreed to (RFC 8707); empty means our own API.
    pub resources: Vec<String>,
    /// When it began.
    pub created_at: Time,
    /// When it ends at the latest, a whole second.
    pub absolute_expires_at: Time,
    /// The tokens of now.
    pub rotation: Rotation,
    /// How often the token before was presented again in this generation.
    pub retries: u32,
    /// How many generations in a row, before this one, were presented more than once.
    pub chain: u32,
    /// Access tokens of generations below this are dead.
    pub access_floor: u64,
    /// The epochs of the sign-in that it came from.
    pub sign_in: SignIn,
    /// The client's epoch when it was given.
    pub client_epoch: u32,
    /// The last eight presenters.
    pub presenters: Presenters,
    /// When and why it ended.
    pub ended: Option<(Time, Reason)>,
}

impl Grant {
    /// When an access token of the present generation ends: a whole second.
    pub fn access_expires_at(&self, client: &Client) -> Time {
        let end = self
            .rotation
            .rotated_at
            .whole_second()
            .plus(client.access_ttl)
            .whole_second();
        end.min(self.absolute_expires_at)
    }
}

/// The end of a refresh token made at `now`: idle limit or hard limit, whichever comes first.
/// A client without refresh tokens has grants that end with their access token.
pub fn expiry(client: &Client, now: Time, absolute: Time) -> Time {
    let idle = if client.grant_types.refresh_token {
        client.idle_ttl
    } else {
        client.access_ttl
    };
    now.plus(idle).whole_second().min(absolute)
}

/// The hard end of a grant that begins at `now`.
pub fn absolute_expiry(now: Time, lifetime: Span) -> Time {
    now.plus(lifetime).whole_second()
}
