//! Typed actors that speak through the public door only.
//!
//! 1. An [`App`] makes an authorization request with a fresh [`Pkce`] pair.
//! 2. A [`Person`] follows it as a browser would: signs in where the server asks, allows or denies
//!    on the consent page, and arrives at the redirect address with a [`Callback`].
//! 3. The app redeems the code, refreshes, introspects and revokes; each [`Answer`] is handed back
//!    as it came, for it is the test that knows which one is right.
//!
//! Nothing here looks into the store, and nothing retries.

mod answer;
mod app;
mod cookies;
mod form;
mod person;

use crate::http::HttpError;

pub use answer::{Answer, Tokens};
pub use app::{App, Authentication, Authorized, Pkce};
pub use form::Form;
pub use person::{Callback, Consent, Page, Person};

/// Why a flow of several steps did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum ActorError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("{0} is no address")]
    Address(String),
    #[error("the server sent the browser away from itself, to {0}")]
    LeftTheSite(String),
    #[error("{email} was asked for the password again after giving it")]
    SignInRefused { email: String },
    #[error("no form to go on with: status {status} at {path}: {excerpt}")]
    UnexpectedPage {
        status: u16,
        path: String,
        excerpt: String,
    },
    #[error("still no answer to the app after {0} pages")]
    TooManyPages(usize),
    #[error("the authorization request was refused: {error} ({description})")]
    AuthorizationRefused { error: String, description: String },
    #[error("the callback carries another state than the request")]
    WrongState,
    #[error("the token endpoint answered {0}")]
    NoTokens(Box<Answer>),
    #[error("the machine gives no random bytes")]
    NoRandom,
}

#[cfg(test)]
mod tests;
