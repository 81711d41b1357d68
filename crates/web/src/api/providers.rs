//! Providers: what the catalogue knows of other people's authorization servers.

use std::collections::BTreeMap;

use evergrant_service::core::held::Provider;
use evergrant_service::core::held::provider::{Endpoints, Renewal, Revocation, Rule};
use evergrant_service::held::catalogue::{self, words};
use evergrant_service::{Caller, Failure, Service, Wrong};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::values::{Length, Listing};

/// A provider in a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ProviderSummary)]
pub struct ProviderRow {
    /// What it is named by.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What becomes of a refresh token that is used twice: `reusable`, `until_first_use`,
    /// `window:SECONDS`, `strict` or `punitive`.
    pub replay: String,
    /// How tokens are renewed: `refresh_token`, `exchange` of the living access token, or `never`.
    pub renewal: String,
}

/// All that is known of a provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Provider)]
pub struct ProviderShown {
    /// What it is named by.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Other words that it is found by.
    pub aliases: Vec<String>,
    /// Where it is asked.
    pub endpoints: EndpointsShown,
    /// How we say who we are: `basic`, `post`, or `none` for a public client.
    pub client_auth: String,
    /// What stands between two scopes.
    pub scope_separator: String,
    /// The scope without which there is no refresh token.
    #[schema(required)]
    pub offline_scope: Option<String>,
    /// Whether a code challenge (RFC 7636) is sent.
    pub pkce: bool,
    /// Whether its answers to authorization requests must carry `iss` (RFC 9207).
    pub sends_issuer: bool,
    /// More parameters of the authorization request.
    pub authorize_params: BTreeMap<String, String>,
    /// More parameters of requests to the token endpoint.
    pub token_params: BTreeMap<String, String>,
    /// How tokens are renewed: `refresh_token`, `exchange` of the living access token, or `never`.
    pub renewal: String,
    /// The request of an exchange; null where tokens are renewed otherwise.
    #[schema(required)]
    pub exchange: Option<ExchangeShown>,
    /// What becomes of a refresh token that is used twice: `reusable`, `until_first_use`,
    /// `window:SECONDS`, `strict` or `punitive`.
    pub replay: String,
    /// How long an access token is taken to live where the answer doesn't say.
    #[schema(required)]
    pub access_lifetime: Option<Length>,
    /// After how long without use a grant ends.
    #[schema(required)]
    pub idle_limit: Option<Length>,
    /// After how long a grant ends whatever is done.
    #[schema(required)]
    pub absolute_limit: Option<Length>,
    /// After how long a grant ends that was given to an app in testing.
    #[schema(required)]
    pub testing_limit: Option<Length>,
    /// How many refresh tokens live beside each other for one account and client; one more ends the
    /// oldest.
    #[schema(required)]
    pub token_cap: Option<u32>,
    /// How the scopes begin whose grants end when the person changes their password.
    pub password_scopes: Vec<String>,
    /// How a grant is ended there.
    pub revocation: RevocationShown,
    /// What its refusals mean where that differs from RFC 6749; the first that fits decides.
    pub rules: Vec<RuleShown>,
    /// What is worth knowing, a sentence each.
    pub notes: Vec<String>,
    /// Where these facts come from.
    pub sources: Vec<String>,
    /// When they were looked up, as a date; null where there was nothing to look up.
    #[schema(required)]
    pub checked: Option<String>,
}

/// Where a provider is asked. What stands in braces is filled in for each request.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ProviderEndpoints)]
pub struct EndpointsShown {
    /// Where people consent.
    #[schema(required)]
    pub authorization: Option<String>,
    /// Where tokens are given.
    #[schema(required)]
    pub token: Option<String>,
    /// Where tokens are renewed, if elsewhere.
    #[schema(required)]
    pub refresh: Option<String>,
    /// Where tokens are given back.
    #[schema(required)]
    pub revocation: Option<String>,
    /// Where a device asks (RFC 8628).
    #[schema(required)]
    pub device: Option<String>,
    /// Who the account is.
    #[schema(required)]
    pub userinfo: Option<String>,
    /// Its issuer identifier (RFC 8414).
    #[schema(required)]
    pub issuer: Option<String>,
}

/// The request that exchanges a living access token for a longer one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ProviderExchange)]
pub struct ExchangeShown {
    /// Its `grant_type`.
    pub grant_type: String,
    /// The parameter that carries the access token.
    pub parameter: String,
}

/// How a grant is ended at a provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ProviderRevocation)]
pub struct RevocationShown {
    /// By which request: `rfc7009`, `delete_token_in_path`, `delete_as_bearer`, `delete_in_json`,
    /// `post_as_bearer` or `none`.
    pub how: String,
    /// What that ends: `family`, `user_and_client`, or `unknown`.
    pub ends: String,
}

/// What one kind of refusal means: all that is given must fit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ProviderRule)]
pub struct RuleShown {
    /// The HTTP status.
    #[schema(required)]
    pub status: Option<u16>,
    /// The error code.
    #[schema(required)]
    pub code: Option<String>,
    /// Words in the body.
    #[schema(required)]
    pub text: Option<String>,
    /// What it means: `transient`, `dead`, `app_fault` or `unknown`.
    pub verdict: String,
    /// Whether the refresh token is known to be as it was before.
    pub unspent: bool,
}

impl From<Provider> for ProviderRow {
    fn from(provider: Provider) -> Self {
        Self {
            replay: provider.replay.to_string(),
            renewal: words::renewal(&provider.renewal).to_owned(),
            key: provider.key,
            name: provider.name,
        }
    }
}

impl From<Provider> for ProviderShown {
    fn from(provider: Provider) -> Self {
        Self {
            endpoints: provider.endpoints.into(),
            client_auth: words::client_auth(provider.client_auth).to_owned(),
            scope_separator: provider.scope_separator.to_string(),
            offline_scope: provider.offline_scope,
            pkce: provider.pkce,
            sends_issuer: provider.sends_issuer,
            authorize_params: provider.authorize_params.into_iter().collect(),
            token_params: provider.token_params.into_iter().collect(),
            renewal: words::renewal(&provider.renewal).to_owned(),
            exchange: ExchangeShown::of(provider.renewal),
            replay: provider.replay.to_string(),
            access_lifetime: provider.access_lifetime.map(Length),
            idle_limit: provider.idle_limit.map(Length),
            absolute_limit: provider.absolute_limit.map(Length),
            testing_limit: provider.testing_limit.map(Length),
            token_cap: provider.token_cap,
            password_scopes: provider.password_scopes,
            revocation: provider.revocation.into(),
            rules: provider.rules.into_iter().map(RuleShown::from).collect(),
            checked: Some(provider.checked).filter(|it| !it.is_empty()),
            key: provider.key,
            name: provider.name,
            aliases: provider.aliases,
            notes: provider.notes,
            sources: provider.sources,
        }
    }
}

impl ExchangeShown {
    fn of(renewal: Renewal) -> Option<Self> {
        match renewal {
            Renewal::Exchange {
                grant_type,
                parameter,
            } => Some(Self {
                grant_type,
                parameter,
            }),
            Renewal::RefreshToken | Renewal::Never => None,
        }
    }
}

impl From<Endpoints> for EndpointsShown {
    fn from(endpoints: Endpoints) -> Self {
        Self {
            authorization: endpoints.authorization,
            token: endpoints.token,
            refresh: endpoints.refresh,
            revocation: endpoints.revocation,
            device: endpoints.device,
            userinfo: endpoints.userinfo,
            issuer: endpoints.issuer,
        }
    }
}

impl From<Revocation> for RevocationShown {
    fn from(revocation: Revocation) -> Self {
        Self {
            how: words::revocation_how(revocation.how).to_owned(),
            ends: words::revocation_ends(revocation.ends).to_owned(),
        }
    }
}

impl From<Rule> for RuleShown {
    fn from(rule: Rule) -> Self {
        Self {
            status: rule.status,
            code: rule.code,
            text: rule.text,
            verdict: words::verdict(rule.verdict).to_owned(),
            unspent: rule.unspent,
        }
    }
}

/// The catalogue as a list; the generic provider, whose addresses are given by whoever adds it,
/// stands at the end. No store is asked.
pub fn list() -> Listing<ProviderRow> {
    let generic = std::iter::once(Provider::generic());
    let items = catalogue::all().into_iter().chain(generic);
    Listing {
        items: items.map(ProviderRow::from).collect(),
        next: None,
    }
}

/// A provider by its key or another name. No store is asked.
///
/// # Errors
/// When nothing is called so.
pub fn show(key: &str) -> Result<ProviderShown, Failure> {
    let found = catalogue::find(key).map(ProviderShown::from);
    found.ok_or_else(|| {
        let name = key.to_owned();
        let kind = "provider";
        Wrong::NotFound { kind, name }.into()
    })
}

/// Lists the providers.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListProviders {}

impl Act for ListProviders {
    type Answer = Listing<ProviderRow>;
    const NAME: &'static str = "list_providers";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/providers";
    const SUMMARY: &'static str = "Lists the providers that the catalogue knows.";
    const NEEDS: Needs = Needs::Nothing;

    async fn perform(self, _: &Service, _: &Caller) -> Result<Self::Answer, Failure> {
        Ok(list())
    }
}

/// Shows a provider.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowProvider {
    /// The provider's key, or another name of it.
    pub key: String,
}

impl Act for ShowProvider {
    type Answer = ProviderShown;
    const NAME: &'static str = "show_provider";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/providers/{key}";
    const SUMMARY: &'static str = "Shows all that the catalogue knows of a provider.";
    const NEEDS: Needs = Needs::Nothing;

    async fn perform(self, _: &Service, _: &Caller) -> Result<ProviderShown, Failure> {
        show(&self.key)
    }
}
