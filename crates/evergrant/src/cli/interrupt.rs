//! Signals that ask a command to end.

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failed;

/// Ready when somebody asks this command to end: then it ends as if it had failed. From the first
/// call on, signals do nothing else.
pub(super) async fn interrupted() -> Failed {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => Failed::because("interrupted", "Interrupted."),
        _ = terminate.recv() => Failed::because("terminated", "Ended from outside."),
    }
}
