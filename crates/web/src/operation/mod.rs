//! For those who operate it: is it alive, can it serve, what did it do.

pub mod metrics;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::App;

/// The endpoints.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.service.readiness().await {
        Ok(()) => "ready\n".into_response(),
        Err(why) => {
            let retry = [(RETRY_AFTER, HeaderValue::from_static("1"))];
            (
                StatusCode::SERVICE_UNAVAILABLE,
                retry,
                format!("not ready: {why}\n"),
            )
                .into_response()
        }
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let headers = [(CONTENT_TYPE, HeaderValue::from_static(kind))];
    match app.metrics.encode() {
        Ok(text) => (headers, text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
