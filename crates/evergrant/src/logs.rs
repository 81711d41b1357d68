//! Logs: to standard error, as text or as one JSON object a line.

use std::io::stderr;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Starts logging. What the filter lets through was checked with the settings.
pub(crate) fn start(config: &Config) {
    let filter = EnvFilter::new(&config.log);
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr);
    match config.log_format {
        LogFormat::Text => logs.with_target(false).init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
}
