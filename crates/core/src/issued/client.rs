//! An app registered here, and the settings by which its grants live.

use crate::id::{ClientId, TeamId};
use crate::scope::ScopeSet;
use crate::secret::Digest;
use crate::time::{Span, Time};

/// A registered client (RFC 6749 section 2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Client {
    /// Its `client_id`.
    pub id: ClientId,
    /// The team that registered it.
    pub team: TeamId,
    /// The name that users see when they are asked.
    pub name: String,
    /// Digest of its secret; a public client has none.
    pub secret: Option<Digest>,
    /// Where answers may be sent, compared exactly (RFC 9700 section 2.1).
    pub redirect_uris: Vec<String>,
    /// The scopes that it may ask for.
    pub scopes: ScopeSet,
    /// The grant types that it may use.
    pub grant_types: GrantTypes,
    /// Whether a lost answer may be asked for again.
    pub replay: Replay,
    /// How many generations of access tokens are alive at once.
    pub live_access_tokens: u32,
    /// How many live grants one user may have given it.
    pub live_grants: u32,
    /// How long an access token lives.
    pub access_ttl: Span,
    /// After how long without a refresh a grant ends.
    pub idle_ttl: Span,
    /// How long a grant lives at most.
    pub absolute_ttl: Span,
    /// Whose tokens it may introspect.
    pub introspect: Reach,
    /// What follows when two holders are seen.
    pub on_two_holders: OnTwoHolders,
    /// The signature of its access tokens.
    pub signing: Algorithm,
    /// Compared with what its grants remember.
    pub epoch: u32,
    /// When it was registered.
    pub created_at: Time,
    /// Since when it is no client any more.
    pub removed_at: Option<Time>,
}

impl Client {
    /// Whether it authenticates with a secret (RFC 6749 section 2.1).
    pub const fn is_confidential(&self) -> bool {
        self.secret.is_some()
    }
}

/// The grant types that a client may use, as registered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct GrantTypes {
    /// `authorization_code`
    pub authorization_code: bool,
    /// `refresh_token`
    pub refresh_token: bool,
    /// `client_credentials`
    pub client_credentials: bool,
}

impl GrantTypes {
    /// What a client has when nothing is said.
    pub const DEFAULT: Self = Self {
        authorization_code: true,
        refresh_token: true,
        client_credentials: false,
    };

    /// Every name that exists here.
    pub const NAMES: [&'static str; 3] =
        ["authorization_code", "refresh_token", "client_credentials"];

    /// The names of those that are allowed.
    pub fn names(self) -> Vec<&'static str> {
        [
            self.authorization_code,
            self.refresh_token,
            self.client_credentials,
        ]
        .into_iter()
        .zip(Self::NAMES)
        .filter_map(|(allowed, name)| allowed.then_some(name))
        .collect()
    }

    /// Reads a list of names.
    ///
    /// # Errors
    /// Gives back the first name that is no grant type here.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, &'a str> {
        let mut types = Self {
            authorization_code: false,
            refresh_token: false,
            client_credentials: false,
        };
        for name in names {
            match name {
                "authorization_code" => types.authorization_code = true,
                "refresh_token" => types.refresh_token = true,
                "client_credentials" => types.client_credentials = true,
                other => return Err(other),
            }
        }
        Ok(types)
    }
}

/// Whether the last refresh token may be presented again for the same successor.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Replay {
    /// Any second presentation is reuse.
    Strict,
    /// Within this span after the rotation, a repeated request gets the same answer.
    Window(Span),
}

impl Replay {
    /// The longest window: one hour. Longer, and a thief has a working day.
    pub const LONGEST: Span = Span::from_seconds(3_600);

    /// Reads `strict` or a number of seconds.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "strict" || text == "0" {
            return Some(Self::Strict);
        }
        let seconds: i64 = text.parse().ok()?;
        let span = Span::from_seconds(seconds);
        (seconds > 0 && span <= Self::LONGEST).then_some(Self::Window(span))
    }

    /// The window in seconds, zero when strict: how it is stored and shown.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Strict => 0,
            Self::Window(span) => span.seconds(),
        }
    }

    /// Reads what [`Replay::seconds`] wrote.
    pub const fn from_seconds(seconds: i64) -> Self {
        if seconds <= 0 {
            Self::Strict
        } else {
            Self::Window(Span::from_seconds(seconds))
        }
    }
}

/// Whose tokens a client may introspect (RFC 7662).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reach {
    /// Those issued to it.
    Own,
    /// Every token of its team: what an API that checks tokens needs.
    Team,
}

impl Reach {
    /// The name in the store, the API and the CLI.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Team => "team",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Own, Self::Team]
            .into_iter()
            .find(|reach| reach.as_str() == text)
    }
}

/// What follows when three generations in a row were presented more than once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum OnTwoHolders {
    /// An incident is opened, the grant lives on.
    Report,
    /// The grant ends.
    Revoke,
}

impl OnTwoHolders {
    /// The name in the store, the API and the CLI.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Revoke => "revoke",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Report, Self::Revoke]
            .into_iter()
            .find(|choice| choice.as_str() == text)
    }
}

/// How an access token is signed (RFC 7518, RFC 8037).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl Algorithm {
    /// Every algorithm, the default first.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// The `alg` value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// Reads the `alg` value.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
    }
}
