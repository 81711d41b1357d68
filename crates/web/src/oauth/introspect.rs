//! The introspection endpoint (RFC 7662).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use evergrant_service::core::Secret;
use evergrant_service::issued::introspect::Introspection;
use evergrant_service::issued::tokens::{AccessPayload, Audience};
use serde::Serialize;

use crate::App;
use crate::oauth::error::{TokenError, json, raw_json};
use crate::oauth::form::Form;

/// The answer for a live token (RFC 7662 section 2.2).
#[derive(Serialize)]
struct Active<'a> {
    active: bool,
    token_type: &'static str,
    scope: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    client_id: &'a str,
    sub: &'a str,
    aud: &'a Audience,
    iss: &'a str,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    jti: &'a str,
}

impl<'a> Active<'a> {
    fn new(token_type: &'static str, claims: &'a AccessPayload, exp: Option<i64>) -> Self {
        Self {
            active: true,
            token_type,
            scope: &claims.scope,
            client_id: &claims.client_id,
            sub: &claims.sub,
            aud: &claims.aud,
            iss: &claims.iss,
            iat: claims.iat,
            exp,
            jti: &claims.jti,
        }
    }
}

pub(super) async fn introspect(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = answer(&app, &headers, &body).await;
    let outcome = match &answer {
        Ok(Introspection::Inactive) => "inactive",
        Ok(_) => "active",
        Err(error) => error.code(),
    };
    app.metrics.introspection(outcome);
    match answer {
        Ok(Introspection::Inactive) => raw_json(StatusCode::OK, b"{\"active\":false}".to_vec()),
        Ok(Introspection::Access(claims)) => json(
            StatusCode::OK,
            &Active::new("bearer", &claims, Some(claims.exp)),
        ),
        Ok(Introspection::Other {
            kind,
            claims,
            expires,
        }) => {
            let exp = expires.then_some(claims.exp);
            json(StatusCode::OK, &Active::new(kind, &claims, exp))
        }
        Err(error) => error.into_response(),
    }
}

async fn answer(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<Introspection, TokenError> {
    let form = Form::read(headers, body)?;
    let (credentials, by_header) = form.client(headers)?;
    let token = Secret::new(form.need("token", "token is missing")?.to_owned());
    let found = app.service.introspect(&credentials, &token).await;
    found.map_err(|failure| TokenError { failure, by_header })
}
