//! Listening, and stopping so that what was begun is finished.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;

use crate::{App, router};

/// How long requests that were begun may take after the stop was asked for.
const DRAIN: Duration = Duration::from_secs(30);

/// How serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Every request that was begun was answered.
    Drained,
    /// Some took too long and were cut.
    Cut,
}

/// Serves until `stop` is ready, then takes no new connections and answers what was begun.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: Arc<App>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<Stopped> {
    let make = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(|stream| {
        // An answer is written at once; waiting for more to send only delays it.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
    });
    let (stopping, mut stopped) = tokio::sync::watch::channel(false);
    let signal = async move {
        stop.await;
        stopping.send_replace(true);
    };
    let serving = axum::serve(listener, make).with_graceful_shutdown(signal);
    let limit = async {
        // The sender is dropped only after it said so.
        drop(stopped.wait_for(|it| *it).await);
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        done = serving => done.map(|()| Stopped::Drained),
        () = limit => Ok(Stopped::Cut),
    }
}
