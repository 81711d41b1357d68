//! Discovery: a server describes itself (RFC 8414, and OpenID Connect Discovery).

use evergrant_core::held::plan::{Method, Request};
use evergrant_core::held::provider::Endpoints;
use serde::Deserialize;
use url::Url;

use crate::{Failure, Service, Wrong};

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    /// RFC 9207 section 3; what it says else is no promise, and no reason to use nothing of it.
    #[serde(default)]
    authorization_response_iss_parameter_supported: serde_json::Value,
}

/// A server as it describes itself.
pub(crate) struct Described {
    pub(crate) endpoints: Endpoints,
    /// Whether its answers to authorization requests carry `iss` (RFC 9207 section 3).
    pub(crate) sends_issuer: bool,
}

/// What a server with this issuer says of itself.
///
/// # Errors
/// When it can't be asked, or says nothing that can be used.
pub(crate) async fn discover(service: &Service, issuer: &str) -> Result<Described, Failure> {
    let wrong = |text: String| Failure::from(Wrong::Value(format!("discovery: {text}")));
    let base = Url::parse(issuer).map_err(|error| wrong(format!("{issuer}: {error}")))?;
    let mut last = format!("{issuer} describes itself nowhere");
    for url in places(&base) {
        match ask(service, &url).await {
            Ok(metadata)
                if metadata.issuer.trim_end_matches('/') != issuer.trim_end_matches('/') =>
            {
                // RFC 8414 section 3.3: what another server says is not used.
                last = format!("{url} speaks of another issuer, {}", metadata.issuer);
            }
            Ok(metadata) => {
                let promise = &metadata.authorization_response_iss_parameter_supported;
                let sends_issuer = promise.as_bool() == Some(true);
                let endpoints = Endpoints {
                    authorization: metadata.authorization_endpoint,
                    token: metadata.token_endpoint,
                    refresh: None,
                    revocation: metadata.revocation_endpoint,
                    device: metadata.device_authorization_endpoint,
                    userinfo: metadata.userinfo_endpoint,
                    issuer: Some(metadata.issuer),
                };
                return Ok(Described {
                    endpoints,
                    sends_issuer,
                });
            }
            Err(why) => last = why,
        }
    }
    Err(wrong(last))
}

/// Where it may say so: RFC 8414 section 3 puts the well-known part before the path, OpenID
/// Connect Discovery section 4 after it.
fn places(base: &Url) -> Vec<Url> {
    let path = base.path().trim_end_matches('/');
    [
        format!("{path}/.well-known/openid-configuration"),
        format!("/.well-known/oauth-authorization-server{path}"),
    ]
    .into_iter()
    .map(|path| {
        let mut url = base.clone();
        url.set_path(&path);
        url
    })
    .collect()
}

async fn ask(service: &Service, url: &Url) -> Result<Metadata, String> {
    let held = &service.held;
    let limits = held.bounds.limits(held.bounds.total);
    let line = held
        .wire
        .lay(url, limits)
        .await
        .map_err(|it| it.to_string())?;
    let request = Request {
        method: Method::Get,
        url: url.clone(),
        headers: Vec::new(),
        body: None,
    };
    let answer = line.exchange(request).await.map_err(|it| it.to_string())?;
    if answer.status != 200 || !answer.complete {
        return Err(format!("{url} answered {}", answer.status));
    }
    serde_json::from_slice(&answer.body)
        .map_err(|_| format!("{url} answered something that is no description of a server"))
}
