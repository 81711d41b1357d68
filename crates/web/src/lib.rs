//! The door: the only crate that knows HTTP. A handler parses, calls one use case, and renders.

pub mod api;
mod app;
pub mod loopback;
pub mod oauth;
pub mod operation;
mod origin;
pub mod outward;
pub mod pages;
mod reading;
mod serve;

use std::sync::Arc;

use axum::Router;

pub use app::App;
pub use evergrant_service as service;
pub use serve::{Stopped, serve};

/// Everything that we answer.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .merge(oauth::routes())
        .merge(pages::routes())
        .merge(api::routes())
        .merge(operation::routes())
        .with_state(app)
}
