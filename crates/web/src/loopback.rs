//! The way back from a provider to a program on the person's own machine (RFC 8252 section 7.3).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use evergrant_service::Service;
use evergrant_service::core::id::ConnectionId;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::pages::callback::PATH;
use crate::pages::outcome;

/// How long the page may take to reach the browser once the consent is finished.
const DRAIN: Duration = Duration::from_secs(2);

struct Waiting {
    service: Arc<Service>,
    /// The connection, once its consent was finished.
    back: watch::Sender<Option<ConnectionId>>,
}

/// Waits at `/oauth/callback` until the browser of one consent came back, tells the person what
/// became of it, and returns the connection, whose state says the same. An answer that belongs to
/// no consent gets a page that says so, and the waiting goes on.
///
/// It has no end of its own: give it one with `tokio::time::timeout`. Nothing is lost when it is
/// dropped.
///
/// # Errors
/// When the listener fails.
pub async fn serve_callback(
    listener: TcpListener,
    service: Arc<Service>,
) -> io::Result<ConnectionId> {
    let (back, mut came) = watch::channel(None);
    let mut ending = came.clone();
    let router = Router::new()
        .route(PATH, get(callback))
        .fallback(async || StatusCode::NOT_FOUND)
        .with_state(Arc::new(Waiting { service, back }));
    let signal = async move {
        drop(ending.wait_for(Option::is_some).await);
    };
    let serving = axum::serve(listener, router).with_graceful_shutdown(signal);
    let limit = async {
        drop(came.wait_for(Option::is_some).await);
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        done = serving => done?,
        () = limit => {}
    }
    let connection = *came.borrow();
    connection.ok_or_else(|| io::Error::other("the listener ended before anybody came back"))
}

async fn callback(State(waiting): State<Arc<Waiting>>, RawQuery(query): RawQuery) -> Response {
    let mut response = match outcome::read(query.as_deref()) {
        Ok(returned) => {
            let (outcome, connection) = outcome::finish(&waiting.service, &returned).await;
            if connection.is_some() {
                waiting.back.send_replace(connection);
            }
            outcome.into_page_here()
        }
        Err(outcome) => outcome.into_page_here(),
    };
    // The browser has nothing else to ask here.
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
