//! Answers of a provider: as they came, and as they are understood.

use std::fmt;

use zeroize::Zeroizing;

use crate::held::diagnose::Known;
use crate::held::repeated;
use crate::{ScopeSet, Secret, Span};

/// An answer as it came: kept, sealed, before anybody tries to understand it.
#[derive(Clone, PartialEq, Eq)]
pub struct RawAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers that matter: names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, or as much of it as came and was let in.
    pub body: Zeroizing<Vec<u8>>,
    /// Whether the body came to its end.
    pub complete: bool,
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may be tokens.
        write!(f, "RawAnswer({}, {} bytes)", self.status, self.body.len())
    }
}

impl RawAnswer {
    /// The headers that are kept; all others are dropped when they come.
    pub const HEADERS: [&'static str; 5] = [
        "content-type",
        "date",
        "location",
        "retry-after",
        "www-authenticate",
    ];

    /// A header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(it, _)| it == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// What an answer of a token endpoint says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reading {
    /// New tokens.
    Tokens(Box<TokenResponse>),
    /// A definite no.
    Refused {
        /// What follows from it.
        verdict: Verdict,
        /// Whether the refresh token is known to be as it was before.
        unspent: bool,
        /// What was seen.
        fault: Fault,
    },
    /// Neither: the token may have been spent.
    Unclear(Fault),
}

impl Reading {
    /// The same, without anything that we sent ourselves: some servers repeat what they refuse.
    #[must_use]
    pub fn hiding(mut self, sent: &[Secret]) -> Self {
        if let Self::Refused { fault, .. } | Self::Unclear(fault) = &mut self {
            *fault = std::mem::take(fault).hiding(sent);
        }
        self
    }
}

impl Fault {
    /// The same, without these secrets of ours.
    #[must_use]
    pub fn hiding(mut self, ours: &[Secret]) -> Self {
        for text in [&mut self.code, &mut self.text].into_iter().flatten() {
            *text = repeated::hidden(text, ours);
        }
        self
    }
}

/// What is done next; coarse, and made from status and code only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verdict {
    /// Try again later.
    Transient,
    /// The grant has ended.
    Dead,
    /// Our registration is at fault: its secret, its settings.
    AppFault,
    /// Nobody can tell.
    Unknown,
}

/// New tokens, and what came with them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token, if one came; else the old one goes on.
    pub refresh_token: Option<Secret>,
    /// How long the access token lives, if it was said in any way.
    pub expires_in: Option<Span>,
    /// How long the refresh token lives, if it was said in any way.
    pub refresh_expires_in: Option<Span>,
    /// What was granted, if it was said.
    pub scope: Option<ScopeSet>,
    /// Who consented: `sub` of the ID token, if one came. It came from the token endpoint itself
    /// over TLS, so its signature adds nothing (OpenID Connect Core section 3.1.3.7, 6).
    pub subject: Option<String>,
}

/// What was seen of a failure, fit to be kept and shown: short, without control characters, and
/// with every token in it masked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Fault {
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// The error code, if one was found.
    pub code: Option<String>,
    /// The text that came with it.
    pub text: Option<String>,
    /// When to ask again, if it was said.
    pub retry_after: Option<Span>,
    /// Whether all of the answer is here, it refuses, and not a word is in it: RFC 6749 section
    /// 5.2 asks for a code.
    pub mute: bool,
    /// What the answer's text and the grant's history say of it; nothing follows from it but words.
    pub known: Option<Box<Known>>,
}
