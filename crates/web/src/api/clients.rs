//! Clients: apps registered with the team.

use evergrant_service::core::issued::Client;
use evergrant_service::core::issued::client::GrantTypes;
use evergrant_service::manage::clients::NewClient;
use evergrant_service::{Caller, Failure, Service, Wrong};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::values::{
    AlgorithmWord, Length, Listing, Moment, OnTwoHoldersWord, PlainSecret, ReachWord, ReplayWindow,
    number, page,
};

/// A client as it is registered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Client)]
pub struct ClientShown {
    /// Its id: `client_id` in OAuth requests.
    pub client_id: String,
    /// The name that users see when they are asked.
    pub name: String,
    /// Whether it has no secret.
    pub public: bool,
    /// Where answers may be sent.
    pub redirect_uris: Vec<String>,
    /// The scopes that it may ask for.
    pub scopes: Vec<String>,
    /// The grant types that it may use.
    pub grant_types: Vec<String>,
    /// For how long a lost answer may be asked for again.
    pub replay: ReplayWindow,
    /// How many generations of access tokens of a grant are alive at once.
    pub live_access_tokens: u32,
    /// How many live grants one user may have given it.
    pub live_grants: u32,
    /// How long an access token lives.
    pub access_ttl: Length,
    /// After how long without a refresh a grant ends.
    pub idle_ttl: Length,
    /// How long a grant lives at most.
    pub absolute_ttl: Length,
    /// Whose tokens it may introspect.
    pub introspect: ReachWord,
    /// What follows when two holders are seen to use one grant's refresh tokens.
    pub on_two_holders: OnTwoHoldersWord,
    /// How its access tokens are signed.
    pub signing: AlgorithmWord,
    /// When it was registered.
    pub created_at: Moment,
}

impl From<Client> for ClientShown {
    fn from(client: Client) -> Self {
        let names = client.grant_types.names();
        Self {
            client_id: client.id.to_string(),
            public: !client.is_confidential(),
            scopes: client.scopes.words().map(str::to_owned).collect(),
            grant_types: names.into_iter().map(str::to_owned).collect(),
            replay: ReplayWindow(client.replay),
            live_access_tokens: client.live_access_tokens,
            live_grants: client.live_grants,
            access_ttl: Length(client.access_ttl),
            idle_ttl: Length(client.idle_ttl),
            absolute_ttl: Length(client.absolute_ttl),
            introspect: ReachWord(client.introspect),
            on_two_holders: OnTwoHoldersWord(client.on_two_holders),
            signing: AlgorithmWord(client.signing),
            created_at: Moment(client.created_at),
            name: client.name,
            redirect_uris: client.redirect_uris,
        }
    }
}

/// A client's id, and its secret this one time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClientCredentials {
    /// Its id.
    pub client_id: String,
    /// Its secret, shown here and never again; null for a public client.
    #[schema(required)]
    pub client_secret: Option<PlainSecret>,
}

/// Which client it was.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ClientNamed {
    /// Its id.
    pub client_id: String,
}

/// Registers a client. What is left out has its default.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddClient {
    /// The name that users see when they are asked.
    pub name: String,
    /// Whether it can keep no secret, as an app on a phone or in a browser; false by default.
    #[serde(default)]
    pub public: bool,
    /// Where answers may be sent, compared exactly.
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// The scopes that it may ask for: free words.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// `authorization_code` and `refresh_token` by default; also `client_credentials`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grant_types: Vec<String>,
    /// For how long a lost answer may be asked for again; 60 seconds by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayWindow>,
    /// How many generations of access tokens of a grant are alive at once; 10 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_access_tokens: Option<u32>,
    /// How many live grants one user may have given it; 100 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live_grants: Option<u32>,
    /// How long an access token lives; `5m` by default, `1d` at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_ttl: Option<Length>,
    /// After how long without a refresh a grant ends; `30d` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle_ttl: Option<Length>,
    /// How long a grant lives at most; `365d` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absolute_ttl: Option<Length>,
    /// Whose tokens it may introspect: its `own` by default, or the `team`'s.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub introspect: Option<ReachWord>,
    /// What follows when two holders are seen: `report` by default, or `revoke`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_two_holders: Option<OnTwoHoldersWord>,
    /// How its access tokens are signed: `EdDSA` by default, `ES256` or `RS256`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing: Option<AlgorithmWord>,
}

impl AddClient {
    fn with_defaults(self) -> Result<NewClient, Failure> {
        let defaults = NewClient::new(self.name);
        let grant_types = if self.grant_types.is_empty() {
            defaults.grant_types
        } else {
            let names = self.grant_types.iter().map(String::as_str);
            GrantTypes::of(names).map_err(|name| {
                let known = GrantTypes::NAMES.join(", ");
                Wrong::Value(format!("{name:?} is no grant type here; there are {known}"))
            })?
        };
        Ok(NewClient {
            redirect_uris: self.redirect_uris,
            scopes: self.scopes,
            grant_types,
            public: self.public,
            replay: self.replay.map_or(defaults.replay, |it| it.0),
            live_access_tokens: self
                .live_access_tokens
                .unwrap_or(defaults.live_access_tokens),
            live_grants: self.live_grants.unwrap_or(defaults.live_grants),
            access_ttl: self.access_ttl.map_or(defaults.access_ttl, |it| it.0),
            idle_ttl: self.idle_ttl.map_or(defaults.idle_ttl, |it| it.0),
            absolute_ttl: self.absolute_ttl.map_or(defaults.absolute_ttl, |it| it.0),
            introspect: self.introspect.map_or(defaults.introspect, |it| it.0),
            on_two_holders: self
                .on_two_holders
                .map_or(defaults.on_two_holders, |it| it.0),
            signing: self.signing.map_or(defaults.signing, |it| it.0),
            name: defaults.name,
        })
    }
}

impl Act for AddClient {
    type Answer = ClientCredentials;
    const NAME: &'static str = "add_client";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/clients";
    const SUMMARY: &'static str = "Registers a client; its secret is shown in this answer only.";
    const NEEDS: Needs = Needs::Admin;
    const STATUS: u16 = 201;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let (client, secret) = service.add_client(caller, &self.with_defaults()?).await?;
        let client_secret = secret.map(PlainSecret);
        Ok(ClientCredentials {
            client_id: client.id.to_string(),
            client_secret,
        })
    }
}

/// Lists the clients.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListClients {
    /// The `next` of the part before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many at most, 1 to 200; 200 if nothing is said.
    #[serde(
        default,
        deserialize_with = "number",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

impl Act for ListClients {
    type Answer = Listing<ClientShown>;
    const NAME: &'static str = "list_clients";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/clients";
    const SUMMARY: &'static str = "Lists the clients of the team.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let clients = service
            .clients(caller, &page(self.after, self.limit)?)
            .await?;
        Ok(clients.map(ClientShown::from).into())
    }
}

/// Shows a client.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowClient {
    /// The client's id.
    pub id: String,
}

impl Act for ShowClient {
    type Answer = ClientShown;
    const NAME: &'static str = "show_client";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/clients/{id}";
    const SUMMARY: &'static str = "Shows a client of the team.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<ClientShown, Failure> {
        Ok(service.client(caller, &self.id).await?.into())
    }
}

/// Removes a client.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveClient {
    /// The client's id.
    pub id: String,
}

impl Act for RemoveClient {
    type Answer = ClientNamed;
    const NAME: &'static str = "remove_client";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/clients/{id}";
    const SUMMARY: &'static str = "Removes a client; everything that it was given ends.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<ClientNamed, Failure> {
        let client = service.remove_client(caller, &self.id).await?;
        Ok(ClientNamed {
            client_id: client.id.to_string(),
        })
    }
}

/// Gives a client another secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewClientSecret {
    /// The client's id.
    #[schema(ignore)]
    pub id: String,
}

impl Act for RenewClientSecret {
    type Answer = ClientCredentials;
    const NAME: &'static str = "renew_client_secret";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/clients/{id}/secret";
    const SUMMARY: &'static str =
        "Gives a client another secret, shown in this answer only; the old one ends at once.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let (client, secret) = service.set_client_secret(caller, &self.id).await?;
        let client_secret = Some(PlainSecret(secret));
        Ok(ClientCredentials {
            client_id: client.id.to_string(),
            client_secret,
        })
    }
}
