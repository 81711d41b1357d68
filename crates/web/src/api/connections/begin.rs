//! The ways in: a consent, or tokens that were got elsewhere.

use evergrant_service::held::connect::{NewConnection, Way};
use evergrant_service::held::import::NewImport;
use evergrant_service::{Caller, Failure, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ConnectionNamed;
use crate::api::act::{Act, Method, Needs};
use crate::api::values::{Moment, PlainSecret, Seconds};

/// A consent that began.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ConnectionBegun {
    /// The id of the connection that is to be.
    pub connection_id: String,
    /// What programs will call it.
    pub name: String,
    /// What the person has to open.
    pub url: String,
    /// Until when.
    pub expires_at: Moment,
}

/// Begins a connection by consent.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BeginConnection {
    /// The integration's name or id.
    pub integration: String,
    /// What programs will call the connection; the integration's name if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address of the person to ask; the caller if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Where a program on the person's own machine waits for the answer (RFC 8252). If nothing is
    /// said, the answer is a link to this server, for the person to open signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
}

impl Act for BeginConnection {
    type Answer = ConnectionBegun;
    const NAME: &'static str = "begin_connection";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/connections";
    const SUMMARY: &'static str = "Begins a connection: gives the address for the person to open.";
    const NEEDS: Needs = Needs::Write;
    const STATUS: u16 = 201;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let way = self
            .redirect_uri
            .map_or(Way::Link, |redirect_uri| Way::Loopback { redirect_uri });
        let new = NewConnection {
            integration: self.integration,
            name: self.name,
            owner: self.owner,
            way,
        };
        let begun = service.begin_connection(caller, &new).await?;
        Ok(ConnectionBegun {
            connection_id: begun.connection.to_string(),
            name: begun.name,
            url: begun.url.into(),
            expires_at: Moment(begun.expires_at),
        })
    }
}

/// Makes a connection of tokens that were got elsewhere.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportConnection {
    /// The integration by which they were got: its name or id.
    pub integration: String,
    /// What programs will call the connection.
    pub name: String,
    /// The address of the person to ask; the caller if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The access token; with it the connection serves at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token: Option<PlainSecret>,
    /// The refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<PlainSecret>,
    /// How much longer the access token lives, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<Seconds>,
    /// What was granted: words with spaces between them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl Act for ImportConnection {
    type Answer = ConnectionNamed;
    const NAME: &'static str = "import_connection";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/connections/import";
    const SUMMARY: &'static str = "Makes a connection of tokens that were got elsewhere.";
    const NEEDS: Needs = Needs::Write;
    const STATUS: u16 = 201;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let new = NewImport {
            integration: self.integration,
            name: self.name,
            owner: self.owner,
            access_token: self.access_token.map(|it| it.0),
            refresh_token: self.refresh_token.map(|it| it.0),
            expires_in: self.expires_in.map(|it| it.0),
            scope: self.scope,
        };
        let connection = service.import_connection(caller, &new).await?;
        Ok(ConnectionNamed {
            connection_id: connection.to_string(),
            name: new.name,
        })
    }
}
