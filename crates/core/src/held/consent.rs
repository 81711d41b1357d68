//! Consents on their way: a person was sent to a provider, and is to come back with a code.

use crate::id::{ConnectionId, GrantId, IntegrationId, TeamId};
use crate::{Digest, Secret, Span, Time};

/// How long a person has to come back.
pub const LONGEST: Span = Span::from_seconds(15 * 60);

/// A consent on its way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Consent {
    /// Digest of the `state` that went along (RFC 6749 section 10.12); used once.
    pub state: Digest,
    /// Whose it is.
    pub team: TeamId,
    /// By which registration.
    pub integration: IntegrationId,
    /// For which connection.
    pub connection: ConnectionId,
    /// The grant that it is to become.
    pub grant: GrantId,
    /// Where the person comes back to; the code is redeemed with the same address.
    pub redirect_uri: String,
    /// Digest of the cookie of the browser that set out, where one did.
    pub browser: Option<Digest>,
    /// When the person was sent.
    pub created_at: Time,
    /// Until when they may come back.
    pub expires_at: Time,
    /// When they came back.
    pub spent_at: Option<Time>,
}

/// What is sealed of a consent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ConsentSecrets {
    /// The code verifier (RFC 7636).
    pub verifier: Option<Secret>,
    /// The code, once it came.
    pub code: Option<Secret>,
}
