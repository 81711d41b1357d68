//! The revocation endpoint (RFC 7009).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use evergrant_service::core::Secret;

use crate::App;
use crate::oauth::error::{TokenError, raw_json};
use crate::oauth::form::Form;

pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = answer(&app, &headers, &body).await;
    let outcome = answer.as_ref().map_or_else(TokenError::code, |()| "ok");
    app.metrics.revocation(outcome);
    match answer {
        Ok(()) => raw_json(axum::http::StatusCode::OK, b"{}".to_vec()),
        Err(error) => error.into_response(),
    }
}

async fn answer(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<(), TokenError> {
    let form = Form::read(headers, body)?;
    let (credentials, by_header) = form.client(headers)?;
    // `token_type_hint` may be wrong and tells nothing that the token does not: it is not read.
    let token = Secret::new(form.need("token", "token is missing")?.to_owned());
    let done = app.service.revoke(&credentials, &token).await;
    done.map_err(|failure| TokenError { failure, by_header })
}
