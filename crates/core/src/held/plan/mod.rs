//! What is sent to a provider: requests, made purely.

mod account;
mod address;
mod authorize;
mod revoke;
mod token;

pub use account::{subject_of, userinfo};
pub use authorize::{AuthorizationAsk, authorization_url};
pub use revoke::revoke;
pub use token::{Credentials, redeem_code, renew};

use std::fmt;

use url::Url;

use crate::Secret;

/// A request to a provider. What it carries is secret, so it prints its host only.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Url,
    /// Headers beside those that every request has; names in lower case.
    pub headers: Vec<(&'static str, Secret)>,
    /// What.
    pub body: Option<Body>,
}

/// An HTTP method.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Method {
    /// Looks.
    Get,
    /// Asks for tokens, or gives them back.
    Post,
    /// Gives them back, at some.
    Delete,
}

impl Method {
    /// The method's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// A body and its media type.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// `content-type`
    pub media_type: &'static str,
    /// The bytes.
    pub text: Secret,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or_default();
        write!(f, "Request({} {host})", self.method.as_str())
    }
}

/// Which of a provider's endpoints.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Endpoint {
    /// Where people consent.
    Authorization,
    /// Where tokens are given.
    Token,
    /// Where tokens are renewed.
    Refresh,
    /// Where tokens are given back.
    Revocation,
    /// Who the account is.
    Userinfo,
}

impl Endpoint {
    /// What people call it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorization => "authorization endpoint",
            Self::Token => "token endpoint",
            Self::Refresh => "refresh endpoint",
            Self::Revocation => "revocation endpoint",
            Self::Userinfo => "userinfo endpoint",
        }
    }
}

/// Why a request can't be made. Nothing was sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PlanError {
    /// The provider has no such endpoint.
    NoEndpoint(Endpoint),
    /// The endpoint's address has a placeholder that nothing fills, or lacks one that it needs.
    Placeholder(Endpoint),
    /// The endpoint's address is no http or https URL with a host and without credentials.
    Address(Endpoint),
    /// The provider's tokens are never renewed.
    NeverRenewed,
    /// There is no token to renew with.
    NothingToRenewWith,
    /// The request needs a client secret, and the client has none.
    NoClientSecret,
    /// A secret has characters that a header can't carry.
    UnusableSecret,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEndpoint(which) => write!(f, "the provider has no {}", which.as_str()),
            Self::Placeholder(which) => write!(
                f,
                "the address of the {} has a placeholder that can't be filled",
                which.as_str()
            ),
            Self::Address(which) => write!(
                f,
                "the address of the {} is no http or https URL with a host",
                which.as_str()
            ),
            Self::NeverRenewed => f.write_str("the provider's tokens can't be renewed"),
            Self::NothingToRenewWith => f.write_str("there is no token to renew with"),
            Self::NoClientSecret => f.write_str("the request needs a client secret"),
            Self::UnusableSecret => {
                f.write_str("a token or secret has characters that can't be sent")
            }
        }
    }
}

impl std::error::Error for PlanError {}

/// `Authorization: Bearer` (RFC 6750 section 2.1).
fn bearer(token: &Secret) -> Result<(&'static str, Secret), PlanError> {
    let printable = |byte: u8| matches!(byte, b' '..=b'~');
    if token.expose().is_empty() || !token.expose().bytes().all(printable) {
        return Err(PlanError::UnusableSecret);
    }
    let value = format!("Bearer {}", token.expose());
    Ok(("authorization", Secret::new(value)))
}
