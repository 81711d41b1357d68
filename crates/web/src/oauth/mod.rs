//! The OAuth endpoints that programs call.

pub mod error;
mod form;
mod introspect;
mod metadata;
mod revoke;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::CACHE_CONTROL;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};

use crate::App;

/// No request of ours is larger.
const MAX_BODY: usize = 64 * 1024;

/// The endpoints.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/oauth2/token", post(token::token))
        .route("/oauth2/revoke", post(revoke::revoke))
        .route("/oauth2/introspect", post(introspect::introspect))
        .route("/oauth2/jwks", get(metadata::jwks))
        .route(
            "/.well-known/oauth-authorization-server",
            get(metadata::metadata),
        )
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(map_response(unstored))
}

/// Nobody stores an answer that does not say that it may be stored: also where the framework
/// answers for us, to a wrong method or too large a body.
async fn unstored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let said = headers.entry(CACHE_CONTROL);
    said.or_insert(HeaderValue::from_static("no-store"));
    response
}
