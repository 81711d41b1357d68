//! `evergrant serve`

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use evergrant_web::service::background;
use evergrant_web::{App, Stopped, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::config::{Config, Environment, Flags, Layers, ServingFlags};
use crate::door::{Make, Reach, open};
use crate::failure::Failed;
use crate::logs;

/// Serve the OAuth endpoints, the pages and the API
///
/// On an empty store it serves too, and logs a link by which the first person sets it up.
/// SIGINT or SIGTERM ends it when the requests that were begun are answered, ours to providers too;
/// a second one at once.
///
/// Examples:
///   evergrant serve
///   evergrant serve --listen 127.0.0.1:8420 --public-url https://auth.acme.example
///   EVERGRANT_DATABASE=postgres://evergrant@db/evergrant evergrant serve --log-format json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Serve {
    #[command(flatten)]
    flags: ServingFlags,
}

impl Serve {
    pub(super) fn run(self, flags: &Flags) -> Result<(), Failed> {
        let environment = Environment::read()?;
        let layers = Layers::gather(&environment, &flags.clone().with(&self.flags))?;
        let config = Config::check(&layers, &environment, "info")?;
        logs::start(&config);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| Failed::because("failed", error.to_string()))?;
        runtime.block_on(run(&config))
    }
}

async fn run(config: &Config) -> Result<(), Failed> {
    // Whoever connects while the store is being opened waits in the listener's queue.
    let listener = listen(config.listen).await?;
    let address = listener
        .local_addr()
        .map_err(|error| not_listening(config.listen, &error))?;
    let settings = config.serving(address)?;
    let public_url = settings.issuer.clone();
    let service = open(config, settings, Make::Yes, Reach::Providers).await?;
    let background = background::start(&service);
    let app = App::new(Arc::clone(&service));
    offer_set_up(&app).await?;
    tracing::info!(%address, public_url, "serving");
    let stopped = serve(listener, app, asked_to_stop()).await;
    drop(background);
    // No refresh begins any more; those that were sent are worth waiting for.
    service.drain_held().await;
    match stopped {
        Ok(Stopped::Drained) => tracing::info!("stopped; every request was answered"),
        Ok(Stopped::Cut) => tracing::warn!("stopped; some requests took too long and were cut"),
        Err(error) => return Err(not_listening(address, &error)),
    }
    Ok(())
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failed> {
    TcpListener::bind(address)
        .await
        .map_err(|error| not_listening(address, &error))
}

fn not_listening(address: SocketAddr, error: &std::io::Error) -> Failed {
    let text = match error.kind() {
        ErrorKind::AddrInUse => format!(
            "{address} is in use by another process. Choose another with --listen, or end that one."
        ),
        ErrorKind::PermissionDenied => {
            format!("{address} may not be listened on by this user. Choose a port above 1023.")
        }
        _ => format!("{address} can't be listened on: {error}."),
    };
    Failed::because("not_listening", text)
}

/// An empty store is set up by whoever can read this log.
async fn offer_set_up(app: &App) -> Result<(), Failed> {
    if !app.service.is_set_up().await? {
        let link = app.setup.open(app.service.world());
        let public_url = &app.service.settings().issuer;
        let link = format!("{public_url}/setup?link={}", link.expose());
        tracing::warn!(link, "the store is empty; open this link once to set it up");
    }
    Ok(())
}

/// Ready when the first signal comes; the second ends the process.
async fn asked_to_stop() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        tracing::warn!("signals can't be heard; end this process by force");
        return std::future::pending().await;
    };
    let mut asked = async move || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    asked().await;
    tracing::info!("stopping: answering the requests that were begun; ask again to end at once");
    tokio::spawn(async move {
        asked().await;
        tracing::warn!("ended at once");
        std::process::exit(1);
    });
}
