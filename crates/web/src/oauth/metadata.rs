//! What clients and APIs read to find their way: metadata (RFC 8414) and the public keys.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use evergrant_service::Failure;
use evergrant_service::core::issued::GrantTypes;
use evergrant_service::core::issued::client::Algorithm;
use serde::Serialize;

use crate::App;
use crate::oauth::error::TokenError;

/// How long the key set may be kept: much shorter than a new key is announced before it signs.
const KEYS_KEPT: &str = "public, max-age=300";

#[derive(Serialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 1],
    grant_types_supported: [&'static str; 3],
    code_challenge_methods_supported: [&'static str; 1],
    token_endpoint_auth_methods_supported: &'static [&'static str],
    revocation_endpoint_auth_methods_supported: &'static [&'static str],
    introspection_endpoint_auth_methods_supported: &'static [&'static str],
    access_token_signing_alg_values_supported: Vec<&'static str>,
    authorization_response_iss_parameter_supported: bool,
}

const BY_SECRET: &[&str] = &["client_secret_basic", "client_secret_post"];
const BY_SECRET_OR_NONE: &[&str] = &["client_secret_basic", "client_secret_post", "none"];

pub(super) async fn metadata(State(app): State<Arc<App>>) -> Response {
    let issuer = &app.service.settings().issuer;
    let at = |path: &str| format!("{issuer}{path}");
    let metadata = Metadata {
        issuer: issuer.clone(),
        authorization_endpoint: at("/oauth2/authorize"),
        token_endpoint: at("/oauth2/token"),
        jwks_uri: at("/oauth2/jwks"),
        revocation_endpoint: at("/oauth2/revoke"),
        introspection_endpoint: at("/oauth2/introspect"),
        response_types_supported: ["code"],
        response_modes_supported: ["query"],
        grant_types_supported: GrantTypes::NAMES,
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: BY_SECRET_OR_NONE,
        revocation_endpoint_auth_methods_supported: BY_SECRET_OR_NONE,
        introspection_endpoint_auth_methods_supported: BY_SECRET,
        access_token_signing_alg_values_supported: Algorithm::ALL.map(Algorithm::as_str).into(),
        authorization_response_iss_parameter_supported: true,
    };
    public(
        serde_json::to_vec(&metadata).unwrap_or_default(),
        "application/json",
    )
}

pub(super) async fn jwks(State(app): State<Arc<App>>) -> Response {
    let service = &app.service;
    // Another process may have made a key a moment ago.
    if let Err(outage) = service.keyring().reload(service.store()).await {
        return TokenError::from(Failure::Outage(outage)).into_response();
    }
    let keys = service.keyring().keys().public_set(service.world().now());
    public(keys.into_bytes(), "application/jwk-set+json")
}

/// Public facts: readable by programs in a browser too.
fn public(body: Vec<u8>, kind: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CACHE_CONTROL, HeaderValue::from_static(KEYS_KEPT)),
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    (StatusCode::OK, headers, body).into_response()
}
