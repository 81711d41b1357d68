//! The facts about a provider that timing and the journal's rules need.

use crate::Span;
use crate::held::provider::{Provider, Renewal};
use crate::held::replay::ReplayPolicy;

/// How a provider behaves, as far as it decides what is sent when.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Habits {
    /// What becomes of a refresh token that is used twice.
    pub replay: ReplayPolicy,
    /// How a token is renewed.
    pub renews: Renews,
    /// How long an access token lives where the answer doesn't say.
    pub assumed_lifetime: Span,
    /// After how long without use a grant ends.
    pub idle_limit: Option<Span>,
    /// How long one request may take in all.
    pub request: Span,
}

/// What a renewal takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Renews {
    /// The refresh token.
    ByRefreshToken,
    /// The access token, while it lives.
    ByAccessToken,
    /// Nothing does.
    Never,
}

impl Habits {
    /// How long an access token is taken to live where nobody says.
    pub const LIFETIME: Span = Span::from_seconds(3_600);

    /// The habits of a provider, asked with this bound on a request.
    pub fn of(provider: &Provider, request: Span) -> Self {
        Self {
            replay: provider.replay,
            renews: match provider.renewal {
                Renewal::RefreshToken => Renews::ByRefreshToken,
                Renewal::Exchange { .. } => Renews::ByAccessToken,
                Renewal::Never => Renews::Never,
            },
            assumed_lifetime: provider.access_lifetime.unwrap_or(Self::LIFETIME),
            idle_limit: provider.idle_limit,
            request,
        }
    }
}
