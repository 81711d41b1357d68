//! The management API under `/api/v1`.

use std::sync::Arc;

use axum::Router;

use crate::App;

/// The API.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
}
