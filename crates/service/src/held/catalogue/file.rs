//! The form of a provider's file, and how it becomes a provider.

use std::collections::BTreeMap;
use std::fmt;

use evergrant_core::Span;
use evergrant_core::held::provider::{
    ClientAuth, Endpoints, Renewal, Revocation, RevocationEnds, RevocationHow, Rule,
};
use evergrant_core::held::{Provider, ReplayPolicy, Verdict};
use serde::Deserialize;

use super::words;

/// What is wrong with a file.
#[derive(Debug)]
pub(super) struct Flaw(String);

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    key: String,
    name: String,
    aliases: Vec<String>,
    client_auth: String,
    scope_separator: char,
    offline_scope: Option<String>,
    pkce: bool,
    #[serde(default)]
    sends_issuer: bool,
    #[serde(default)]
    authorize_params: BTreeMap<String, String>,
    #[serde(default)]
    token_params: BTreeMap<String, String>,
    renewal: Renews,
    /// What is not known is strict.
    replay: Option<String>,
    access_lifetime: Option<String>,
    idle_limit: Option<String>,
    absolute_limit: Option<String>,
    testing_limit: Option<String>,
    token_cap: Option<u32>,
    #[serde(default)]
    password_scopes: Vec<String>,
    checked: String,
    sources: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
    endpoints: Addresses,
    revocation: Revokes,
    #[serde(default)]
    rules: Vec<Refusal>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Renews {
    Word(String),
    Exchange(Exchange),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    grant_type: String,
    parameter: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Addresses {
    authorization: Option<String>,
    token: Option<String>,
    refresh: Option<String>,
    revocation: Option<String>,
    device: Option<String>,
    userinfo: Option<String>,
    issuer: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revokes {
    how: String,
    ends: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Refusal {
    status: Option<u16>,
    code: Option<String>,
    text: Option<String>,
    verdict: String,
    #[serde(default)]
    unspent: bool,
}

/// Reads a provider's file.
///
/// # Errors
/// When a field is unknown, missing, or has a value that means nothing.
pub(super) fn read(text: &str) -> Result<Provider, Flaw> {
    let file: File = toml::from_str(text).map_err(|error| Flaw(error.to_string()))?;
    Ok(Provider {
        key: file.key,
        name: file.name,
        aliases: file.aliases,
        endpoints: file.endpoints.into(),
        client_auth: client_auth(&file.client_auth)?,
        scope_separator: file.scope_separator,
        offline_scope: file.offline_scope,
        pkce: file.pkce,
        sends_issuer: file.sends_issuer,
        authorize_params: file.authorize_params.into_iter().collect(),
        token_params: file.token_params.into_iter().collect(),
        renewal: file.renewal.try_into()?,
        replay: replay(file.replay.as_deref())?,
        access_lifetime: span(file.access_lifetime.as_deref())?,
        idle_limit: span(file.idle_limit.as_deref())?,
        absolute_limit: span(file.absolute_limit.as_deref())?,
        testing_limit: span(file.testing_limit.as_deref())?,
        token_cap: file.token_cap,
        password_scopes: file.password_scopes,
        rules: file
            .rules
            .into_iter()
            .map(Rule::try_from)
            .collect::<Result<_, _>>()?,
        revocation: file.revocation.try_into()?,
        notes: file.notes,
        sources: file.sources,
        checked: file.checked,
    })
}

fn span(text: Option<&str>) -> Result<Option<Span>, Flaw> {
    let parsed = text.map(Span::parse).transpose();
    parsed.map_err(|error| Flaw(error.to_string()))
}

fn replay(text: Option<&str>) -> Result<ReplayPolicy, Flaw> {
    let parsed = text.map_or(Ok(ReplayPolicy::Strict), ReplayPolicy::parse);
    parsed.map_err(|error| Flaw(error.to_string()))
}

fn client_auth(word: &str) -> Result<ClientAuth, Flaw> {
    let known = [ClientAuth::Basic, ClientAuth::Post, ClientAuth::None];
    words::meant(word, &known, words::client_auth).ok_or_else(|| no_word(word))
}

fn no_word(word: &str) -> Flaw {
    Flaw(format!("{word:?} means nothing here"))
}

impl From<Addresses> for Endpoints {
    fn from(addresses: Addresses) -> Self {
        Self {
            authorization: addresses.authorization,
            token: addresses.token,
            refresh: addresses.refresh,
            revocation: addresses.revocation,
            device: addresses.device,
            userinfo: addresses.userinfo,
            issuer: addresses.issuer,
        }
    }
}

impl TryFrom<Renews> for Renewal {
    type Error = Flaw;

    fn try_from(renews: Renews) -> Result<Self, Flaw> {
        match renews {
            Renews::Exchange(exchange) => Ok(Self::Exchange {
                grant_type: exchange.grant_type,
                parameter: exchange.parameter,
            }),
            Renews::Word(word) => [Self::RefreshToken, Self::Never]
                .into_iter()
                .find(|it| words::renewal(it) == word)
                .ok_or_else(|| no_word(&word)),
        }
    }
}

impl TryFrom<Revokes> for Revocation {
    type Error = Flaw;

    fn try_from(revokes: Revokes) -> Result<Self, Flaw> {
        let ways = [
            RevocationHow::Rfc7009,
            RevocationHow::DeleteTokenInPath,
            RevocationHow::DeleteAsBearer,
            RevocationHow::DeleteInJson,
            RevocationHow::PostAsBearer,
            RevocationHow::None,
        ];
        let reaches = [
            RevocationEnds::Family,
            RevocationEnds::UserAndClient,
            RevocationEnds::Unknown,
        ];
        Ok(Self {
            how: words::meant(&revokes.how, &ways, words::revocation_how)
                .ok_or_else(|| no_word(&revokes.how))?,
            ends: words::meant(&revokes.ends, &reaches, words::revocation_ends)
                .ok_or_else(|| no_word(&revokes.ends))?,
        })
    }
}

impl TryFrom<Refusal> for Rule {
    type Error = Flaw;

    fn try_from(refusal: Refusal) -> Result<Self, Flaw> {
        let known = [
            Verdict::Transient,
            Verdict::Dead,
            Verdict::AppFault,
            Verdict::Unknown,
        ];
        let verdict = words::meant(&refusal.verdict, &known, words::verdict)
            .ok_or_else(|| no_word(&refusal.verdict))?;
        if refusal.status.is_none() && refusal.code.is_none() && refusal.text.is_none() {
            return Err(Flaw(
                "a rule without a condition would fit everything".into(),
            ));
        }
        Ok(Self {
            status: refusal.status,
            code: refusal.code,
            text: refusal.text,
            verdict,
            unspent: refusal.unspent,
        })
    }
}
