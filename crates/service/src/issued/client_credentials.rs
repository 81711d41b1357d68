//! A client gets a token for itself (RFC 6749 section 4.4): no grant, no row.

use evergrant_core::Refusal;
use evergrant_core::issued::access_token::{AccessClaims, of_client};
use evergrant_core::issued::authorize::asked_scope;
use evergrant_core::issued::redirect::is_resource;

use crate::issued::Tokens;
use crate::issued::authenticate::Credentials;
use crate::{Failure, Service};

impl Service {
    /// An access token of the client's own, an hour long at most.
    ///
    /// # Errors
    /// When the client is not confidential, was not registered for it, or asks for too much.
    pub async fn client_credentials(
        &self,
        credentials: &Credentials,
        (scope, resources): (Option<&str>, Vec<String>),
    ) -> Result<Tokens, Failure> {
        let client = self.authenticate(credentials).await?;
        if !client.grant_types.client_credentials || !client.is_confidential() {
            return Err(Refusal::GrantTypeNotAllowed.into());
        }
        let scope = asked_scope(scope, &client)?;
        if !resources.iter().all(|resource| is_resource(resource)) {
            return Err(Refusal::ResourceNotGranted.into());
        }
        let now = self.world.now();
        let claims = of_client(&client, scope.clone(), now, self.world.bytes());
        let claims = AccessClaims {
            audience: resources,
            ..claims
        };
        let expires_in = claims.expires_at.seconds() - now.seconds();
        let access_token = self.access_token(claims, &client, now).await?;
        let team = client.team;
        Ok(Tokens {
            access_token,
            expires_in,
            refresh_token: None,
            scope,
            team,
        })
    }
}
