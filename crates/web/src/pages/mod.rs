//! Pages for people: sign-in, consent, and what a user sees of their own.

use std::sync::Arc;

use axum::Router;

use crate::App;

/// The pages.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
}
