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
}
