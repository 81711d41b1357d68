//! Integrations: the team's registrations at providers.

use evergrant_service::core::held::Integration;
use evergrant_service::core::held::integration::Overrides;
use evergrant_service::core::held::provider::Endpoints;
use evergrant_service::manage::integrations::NewIntegration;
use evergrant_service::{Caller, Failure, Page, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::providers::EndpointsShown;
use super::values::{ClientAuthWord, Listing, Moment, PlainSecret, ReplayPolicyWord, number, page};

/// An integration, without its secret.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Integration)]
pub struct IntegrationShown {
    /// Its id.
    pub integration_id: String,
    /// What it is called here.
    pub name: String,
    /// The key of the provider.
    pub provider: String,
    /// Our `client_id` there.
    pub client_id: String,
    /// Whether there is a client secret.
    pub has_secret: bool,
    /// The scopes that are asked for.
    pub scopes: Vec<String>,
    /// What becomes of a refresh token that is used twice.
    pub replay: ReplayPolicyWord,
    /// Where the provider is asked.
    pub endpoints: EndpointsShown,
    /// The redirect address to register there.
    pub redirect_uri: String,
    /// When it was added.
    pub created_at: Moment,
}

impl IntegrationShown {
    fn new(service: &Service, integration: Integration) -> Self {
        let provider = service.provider_of(&integration);
        Self {
            integration_id: integration.id.to_string(),
            replay: ReplayPolicyWord(provider.replay),
            endpoints: provider.endpoints.into(),
            redirect_uri: service.callback_url(),
            created_at: Moment(integration.created_at),
            name: integration.name,
            provider: integration.provider,
            client_id: integration.client_id,
            has_secret: integration.has_secret,
            scopes: integration.scopes,
        }
    }
}

/// An integration just added, and what to tell the provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IntegrationMade {
    /// Its id.
    pub integration_id: String,
    /// What it is called here.
    pub name: String,
    /// The redirect address to register at the provider.
    pub redirect_uri: String,
}

/// Which integration it was.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IntegrationNamed {
    /// Its id.
    pub integration_id: String,
    /// What it is called here.
    pub name: String,
}

impl From<Integration> for IntegrationNamed {
    fn from(integration: Integration) -> Self {
        Self {
            integration_id: integration.id.to_string(),
            name: integration.name,
        }
    }
}

/// Adds an integration. What is left out is as the catalogue has it.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddIntegration {
    /// The provider's key or another name of it; `generic` takes its addresses from here.
    pub provider: String,
    /// What it is to be called here; the provider's key if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The `client_id` that the provider gave.
    pub client_id: String,
    /// The client secret that the provider gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<PlainSecret>,
    /// The scopes to ask for, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// What stands for `{host}` in the provider's addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Where people consent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_url: Option<String>,
    /// Where tokens are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// Where tokens are renewed, if elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_url: Option<String>,
    /// Where tokens are given back (RFC 7009).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_url: Option<String>,
    /// Where a device asks (RFC 8628).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_url: Option<String>,
    /// Who the account is, asked with an access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub userinfo_url: Option<String>,
    /// Where the server describes itself (RFC 8414): it is asked for the addresses that are not
    /// given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// What becomes of a refresh token that is used twice: `reusable`, `until_first_use`,
    /// `window:SECONDS`, `strict` or `punitive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay: Option<ReplayPolicyWord>,
    /// How we say who we are: `basic`, `post`, or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_auth: Option<ClientAuthWord>,
}

impl From<AddIntegration> for NewIntegration {
    fn from(asked: AddIntegration) -> Self {
        let endpoints = Endpoints {
            authorization: asked.authorization_url,
            token: asked.token_url,
            refresh: asked.refresh_url,
            revocation: asked.revocation_url,
            device: asked.device_url,
            userinfo: asked.userinfo_url,
            issuer: None,
        };
        Self {
            provider: asked.provider,
            name: asked.name,
            client_id: asked.client_id,
            client_secret: asked.client_secret.map(|it| it.0),
            scopes: asked.scopes,
            overrides: Overrides {
                host: asked.host,
                endpoints,
                replay: asked.replay.map(|it| it.0),
                client_auth: asked.client_auth.map(|it| it.0),
                sends_issuer: false,
            },
            discover: asked.issuer,
        }
    }
}

impl Act for AddIntegration {
    type Answer = IntegrationMade;
    const NAME: &'static str = "add_integration";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/integrations";
    const SUMMARY: &'static str = "Adds an integration: our registration at a provider.";
    const NEEDS: Needs = Needs::Admin;
    const STATUS: u16 = 201;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let made = service.add_integration(caller, &self.into()).await?;
        Ok(IntegrationMade {
            integration_id: made.id.to_string(),
            name: made.name,
            redirect_uri: service.callback_url(),
        })
    }
}

/// Lists the integrations.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListIntegrations {
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

impl Act for ListIntegrations {
    type Answer = Listing<IntegrationShown>;
    const NAME: &'static str = "list_integrations";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/integrations";
    const SUMMARY: &'static str = "Lists the integrations of the team.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let asked = page(self.after, self.limit)?;
        let Page { items, next } = service.integrations(caller, &asked).await?;
        let shown = |it| IntegrationShown::new(service, it);
        Ok(Listing {
            items: items.into_iter().map(shown).collect(),
            next,
        })
    }
}

/// Shows an integration.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowIntegration {
    /// The integration's name or id.
    pub integration: String,
}

impl Act for ShowIntegration {
    type Answer = IntegrationShown;
    const NAME: &'static str = "show_integration";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/integrations/{integration}";
    const SUMMARY: &'static str = "Shows an integration of the team.";
    const NEEDS: Needs = Needs::Read;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let found = service.integration(caller, &self.integration).await?;
        Ok(IntegrationShown::new(service, found))
    }
}

/// Gives an integration another client secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetIntegrationSecret {
    /// The integration's name or id.
    #[schema(ignore)]
    pub integration: String,
    /// The secret that the provider gave.
    pub client_secret: PlainSecret,
}

impl Act for SetIntegrationSecret {
    type Answer = IntegrationNamed;
    const NAME: &'static str = "set_integration_secret";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/integrations/{integration}/secret";
    const SUMMARY: &'static str =
        "Gives an integration another client secret; connections that stopped for it go on.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let secret = &self.client_secret.0;
        let set = service
            .set_integration_secret(caller, &self.integration, secret)
            .await?;
        Ok(set.into())
    }
}

/// Removes an integration.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveIntegration {
    /// The integration's name or id.
    pub integration: String,
}

impl Act for RemoveIntegration {
    type Answer = IntegrationNamed;
    const NAME: &'static str = "remove_integration";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/integrations/{integration}";
    const SUMMARY: &'static str = "Removes an integration that no connection uses.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let removed = service
            .remove_integration(caller, &self.integration)
            .await?;
        Ok(removed.into())
    }
}
