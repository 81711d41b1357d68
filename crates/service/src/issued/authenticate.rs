//! Client authentication at the token endpoints (RFC 6749 section 2.3).

use evergrant_core::id::ClientId;
use evergrant_core::issued::Client;
use evergrant_core::{Refusal, Secret};

use crate::{Failure, Service};

/// What a request says of the client that makes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Credentials {
    /// `client_id`
    pub client_id: String,
    /// `client_secret`, by header or body; a public client sends none.
    pub secret: Option<Secret>,
}

impl Service {
    /// Finds the client and checks its secret.
    ///
    /// # Errors
    /// [`Refusal::ClientNotAuthenticated`] without saying what was wrong.
    pub async fn authenticate(&self, credentials: &Credentials) -> Result<Client, Failure> {
        let refused = Failure::Refused(Refusal::ClientNotAuthenticated);
        let Ok(id) = ClientId::parse(&credentials.client_id) else {
            return Err(refused);
        };
        let client = self
            .store
            .client(id)
            .await
            .inspect_err(|_| self.store_failed())?;
        match client {
            Some(client) if is_authentic(&client, credentials) => Ok(client),
            _ => Err(refused),
        }
    }
}

/// Whether these credentials are the client's.
pub(crate) fn is_authentic(client: &Client, credentials: &Credentials) -> bool {
    if client.removed_at.is_some() {
        return false;
    }
    match (&client.secret, &credentials.secret) {
        // Both sides are digests of 256 random bits: how long the comparison takes tells nothing.
        (Some(kept), Some(given)) => *kept == given.digest(),
        (None, None) => true,
        // A public client with a secret is a client that is not what it thinks it is.
        (Some(_), None) | (None, Some(_)) => false,
    }
}
