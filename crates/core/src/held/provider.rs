//! Providers: other people's authorization servers, as the catalogue describes them.

use crate::Span;
use crate::held::ReplayPolicy;
use crate::held::answer::Verdict;

/// One entry of the catalogue, or what an operator told about a server that is not in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Provider {
    /// What it is named by.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// Other words that it is known by.
    pub aliases: Vec<String>,
    /// Where it is asked.
    pub endpoints: Endpoints,
    /// How we say who we are (RFC 6749 section 2.3.1).
    pub client_auth: ClientAuth,
    /// What stands between two scopes; a space by RFC 6749, a comma at some.
    pub scope_separator: char,
    /// The scope without which no refresh token is given.
    pub offline_scope: Option<String>,
    /// Whether a code challenge (RFC 7636, S256) is sent.
    pub pkce: bool,
    /// Whether its answers to authorization requests carry `iss` (RFC 9207).
    pub sends_issuer: bool,
    /// More parameters of the authorization request.
    pub authorize_params: Vec<(String, String)>,
    /// More parameters of requests to the token endpoint.
    pub token_params: Vec<(String, String)>,
    /// How a token is renewed.
    pub renewal: Renewal,
    /// What becomes of a refresh token that is used twice.
    pub replay: ReplayPolicy,
    /// How long an access token lives where the answer doesn't say.
    pub access_lifetime: Option<Span>,
    /// After how long without use a grant ends.
    pub idle_limit: Option<Span>,
    /// After how long a grant ends whatever is done.
    pub absolute_limit: Option<Span>,
    /// After how long a grant ends that was given to an app in testing.
    pub testing_limit: Option<Span>,
    /// How many refresh tokens live beside each other for one account and client; one more ends the
    /// oldest.
    pub token_cap: Option<u32>,
    /// How the scopes begin whose grants end when the person changes their password.
    pub password_scopes: Vec<String>,
    /// What its refusals mean where that differs from RFC 6749 section 5.2.
    pub rules: Vec<Rule>,
    /// How a grant is ended there.
    pub revocation: Revocation,
    /// What is worth knowing, a sentence each.
    pub notes: Vec<String>,
    /// Where these facts come from.
    pub sources: Vec<String>,
    /// When they were looked up, as a date.
    pub checked: String,
}

/// Where a provider is asked. `{host}` stands for the host that an integration names.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Endpoints {
    /// Where people consent.
    pub authorization: Option<String>,
    /// Where tokens are given.
    pub token: Option<String>,
    /// Where tokens are renewed, if elsewhere.
    pub refresh: Option<String>,
    /// Where tokens are given back.
    pub revocation: Option<String>,
    /// Where a device asks (RFC 8628).
    pub device: Option<String>,
    /// Who the account is, asked with an access token.
    pub userinfo: Option<String>,
    /// Its issuer identifier (RFC 8414), by which `iss` is checked.
    pub issuer: Option<String>,
}

/// How a client authenticates at the token endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ClientAuth {
    /// `Authorization: Basic`.
    Basic,
    /// `client_id` and `client_secret` in the form.
    Post,
    /// `client_id` alone: a public client.
    None,
}

/// How a token is renewed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Renewal {
    /// With a refresh token (RFC 6749 section 6).
    RefreshToken,
    /// By handing in the living access token for a longer one.
    Exchange {
        /// `grant_type` of that request.
        grant_type: String,
        /// The parameter that carries the access token.
        parameter: String,
    },
    /// Not at all: when it ends, a person consents anew.
    Never,
}

/// How a grant is ended at the provider.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Revocation {
    /// By which request.
    pub how: RevocationHow,
    /// What else that ends.
    pub ends: RevocationEnds,
}

/// The request that ends a grant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RevocationHow {
    /// RFC 7009.
    Rfc7009,
    /// DELETE, with the token in the address for `{token}`.
    DeleteTokenInPath,
    /// DELETE, with the access token as bearer.
    DeleteAsBearer,
    /// DELETE, with the client's Basic credentials and the access token in a JSON body.
    DeleteInJson,
    /// POST, with the access token as bearer and nothing else.
    PostAsBearer,
    /// There is no way.
    None,
}

/// How far a revocation reaches.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RevocationEnds {
    /// That token, or the family it belongs to.
    Family,
    /// Everything that this user gave this client.
    UserAndClient,
    /// Nobody has written it down.
    Unknown,
}

impl RevocationEnds {
    /// Whether a revocation may end what another connection of the same integration lives on.
    /// `same_account` is not known where nobody told the account of one of them; then only what is
    /// written down keeps a grant from being ended.
    pub const fn may_hit(self, same_account: Option<bool>) -> bool {
        match (self, same_account) {
            (Self::Family, _) | (_, Some(false)) | (Self::Unknown, None) => false,
            (Self::UserAndClient | Self::Unknown, Some(true)) | (Self::UserAndClient, None) => true,
        }
    }
}

/// What one kind of refusal means: all that is given must fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The HTTP status.
    pub status: Option<u16>,
    /// The error code, compared exactly without regard to case.
    pub code: Option<String>,
    /// Words in the body, without regard to case.
    pub text: Option<String>,
    /// What it means.
    pub verdict: Verdict,
    /// Whether such an answer leaves the refresh token unspent, whatever the status.
    pub unspent: bool,
}

impl Provider {
    /// What people call it, where it is anybody in particular.
    pub fn called(&self) -> Option<&str> {
        (self.key != "generic").then_some(self.name.as_str())
    }

    /// A server of which nothing is known but that it follows the standards.
    pub fn generic() -> Self {
        Self {
            key: "generic".into(),
            name: "Any OAuth 2 server".into(),
            aliases: Vec::new(),
            endpoints: Endpoints::default(),
            client_auth: ClientAuth::Basic,
            scope_separator: ' ',
            offline_scope: None,
            pkce: true,
            sends_issuer: false,
            authorize_params: Vec::new(),
            token_params: Vec::new(),
            renewal: Renewal::RefreshToken,
            replay: ReplayPolicy::Strict,
            access_lifetime: None,
            idle_limit: None,
            absolute_limit: None,
            testing_limit: None,
            token_cap: None,
            password_scopes: Vec::new(),
            rules: Vec::new(),
            revocation: Revocation {
                how: RevocationHow::Rfc7009,
                ends: RevocationEnds::Unknown,
            },
            notes: Vec::new(),
            sources: Vec::new(),
            checked: String::new(),
        }
    }
}
