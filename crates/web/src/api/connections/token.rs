//! Reading the access token of a connection.

use evergrant_service::core::held::serve::MinTtl;
use evergrant_service::{Caller, Failure, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::act::{Act, Method, Needs};
use crate::api::values::{Moment, PlainSecret, Seconds};

/// A live access token.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenShown {
    /// The access token.
    pub access_token: PlainSecret,
    /// When it ends; null where nobody said that it ends.
    #[schema(required)]
    pub expires_at: Option<Moment>,
    /// What it is good for: words with spaces between them.
    pub scope: String,
}

/// Reads the access token of a connection, renewed first if it has not long to live.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadToken {
    /// The connection's name.
    pub name: String,
    /// How long the token must live at least: seconds, or a duration. If nothing is said, a minute
    /// or a quarter of the token's life, and any live token if no better one can be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_ttl: Option<Seconds>,
}

impl Act for ReadToken {
    type Answer = TokenShown;
    const NAME: &'static str = "read_token";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/connections/{name}/token";
    const SUMMARY: &'static str =
        "Reads a live access token of a connection; it is renewed first if it must be.";
    const NEEDS: Needs = Needs::Tokens;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let wanted = self
            .min_ttl
            .map_or(MinTtl::Usual, |it| MinTtl::AtLeast(it.0));
        let read = service.token(caller, &self.name, wanted).await?;
        Ok(TokenShown {
            access_token: PlainSecret(read.access_token),
            expires_at: read.expires_at.map(Moment),
            scope: read.scope.to_string(),
        })
    }
}
