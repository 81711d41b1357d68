//! Issued grants in motion: what the OAuth endpoints do.

pub mod authenticate;
pub mod authorize;
pub mod client_credentials;
pub mod exchange;
pub mod introspect;
pub mod personal;
pub mod refresh;
pub mod revoke;
pub mod tokens;
pub(crate) mod verified;

use std::net::IpAddr;

use evergrant_core::{ScopeSet, Secret};

/// Where a request came from, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address of the caller.
    pub address: Option<IpAddr>,
    /// What the program says it is: foreign text.
    pub user_agent: String,
}

/// The answer of the token endpoint, made only after its commit is durable.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// The access token.
    pub access_token: Secret,
    /// Seconds until it ends.
    pub expires_in: i64,
    /// The refresh token and the seconds until it ends.
    pub refresh_token: Option<(Secret, i64)>,
    /// What the access token opens.
    pub scope: ScopeSet,
    /// The team whose API it opens.
    pub team: evergrant_core::id::TeamId,
}
