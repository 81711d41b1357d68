//! `evergrant connect`

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use evergrant_web::api::connections::{
    BeginConnection, ConnectionBegun, ConnectionShown, ShowConnection,
};
use evergrant_web::loopback::serve_callback;
use evergrant_web::service::core::Time;
use evergrant_web::service::world::{Real, World as _};
use evergrant_web::service::{Caller, Service};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};

use super::context::Context;
use super::state::unconnected;
use crate::door::{Door, Server};
use crate::failure::Failed;
use crate::output;
use crate::render::{Render, facts, state};

/// How often a server is asked whether the person is back.
const LOOK: Duration = Duration::from_secs(1);

/// Get a grant: prints a link for a person to open, and waits until they consented
///
/// The link is alone on the first line of standard error. On this machine the browser comes back to
/// http://127.0.0.1:PORT/oauth/callback, which has to be registered at the provider; with
/// EVERGRANT_URL set the link leads to that server, and whoever opens it signs in there first.
///
/// Examples:
///   evergrant connect github
///   evergrant connect google --name mail --callback-port 8765
///   evergrant connect google --name bobs-mail --owner bob@acme.example --no-browser
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Connect {
    /// The integration, by its name or id
    integration: String,
    /// What programs will call the connection [default: the integration's name]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The user whose grant it is [default: you; on the store, the team's owner]
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
    /// Do not open a browser
    #[arg(long)]
    no_browser: bool,
    /// The port on 127.0.0.1 to which the browser comes back [default: a free one]
    #[arg(long, value_name = "PORT")]
    callback_port: Option<u16>,
}

/// A connection that a person consented to.
#[derive(Debug, Serialize)]
pub(crate) struct Connected {
    connection_id: String,
    name: String,
    state: String,
}

impl Render for Connected {
    fn render(&self, _: Time) -> String {
        let facts = facts([
            ("connection", self.connection_id.clone()),
            ("name", self.name.clone()),
            ("state", state(&self.state)),
        ]);
        let name = &self.name;
        format!("Connected.\n\n{facts}\nTo use it:\n  evergrant token {name}\n")
    }
}

impl Connect {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        let connection = context
            .hold(async |door| match door {
                Door::Local(service, caller) => self.here(service, caller).await,
                Door::Remote(server) => self.there(server).await,
            })
            .await?;
        if matches!(connection.state.as_str(), "pending" | "revoked") {
            return Err(unconnected(connection));
        }
        context.print(&Connected {
            connection_id: connection.connection_id,
            name: connection.name,
            state: connection.state,
        });
        Ok(())
    }

    fn begin(&self, redirect_uri: Option<String>) -> BeginConnection {
        BeginConnection {
            integration: self.integration.clone(),
            name: self.name.clone(),
            owner: self.owner.clone(),
            redirect_uri,
        }
    }

    /// The browser comes back to this process (RFC 8252 section 7.3).
    async fn here(
        &self,
        service: &Arc<Service>,
        caller: &Caller,
    ) -> Result<ConnectionShown, Failed> {
        let port = self.callback_port.unwrap_or_default();
        let failed = |error: std::io::Error| {
            let text = format!("127.0.0.1:{port} can't be listened on: {error}.");
            Failed::because("not_listening", text)
        };
        // Whoever comes back finds somebody, however fast they are.
        let listener = TcpListener::bind(("127.0.0.1", port))
            .await
            .map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let redirect_uri = format!("http://127.0.0.1:{port}/oauth/callback");
        let begun = perform(self.begin(Some(redirect_uri)), service, caller).await?;
        self.tell(&begun);
        let back = serve_callback(listener, Arc::clone(service));
        match timeout(remaining(&begun), back).await {
            Ok(back) => drop(back.map_err(failed)?),
            Err(_) => return Err(nobody_came(&begun)),
        }
        let show = ShowConnection {
            connection: begun.connection_id,
        };
        perform(show, service, caller).await
    }

    /// The browser comes back to the server.
    async fn there(&self, server: &Server) -> Result<ConnectionShown, Failed> {
        if self.callback_port.is_some() {
            let text = "With EVERGRANT_URL the browser comes back to that server: there is no \
                        --callback-port.";
            return Err(Failed::usage(text));
        }
        let begun = server.ask(&self.begin(None)).await?;
        self.tell(&begun);
        let looked = async {
            loop {
                sleep(LOOK).await;
                let show = ShowConnection {
                    connection: begun.connection_id.clone(),
                };
                match server.ask(&show).await {
                    Ok(shown) if shown.state == "pending" => {}
                    Err(failed) if failed.is_temporary() => {}
                    other => return other,
                }
            }
        };
        timeout(remaining(&begun), looked)
            .await
            .unwrap_or_else(|_| Err(nobody_came(&begun)))
    }

    /// Tells the link, alone on its line, and opens it where there is somebody to see it.
    fn tell(&self, begun: &ConnectionBegun) {
        output::note(&begun.url);
        if !self.no_browser {
            open_browser(&begun.url);
        }
    }
}

async fn perform<A: evergrant_web::api::Act>(
    act: A,
    service: &Arc<Service>,
    caller: &Caller,
) -> Result<A::Answer, Failed> {
    Ok(act.perform(service, caller).await?)
}

/// How long a person has.
fn remaining(begun: &ConnectionBegun) -> Duration {
    let left = begun.expires_at.0.since(Real::default().now());
    left.into()
}

fn nobody_came(begun: &ConnectionBegun) -> Failed {
    let text = format!(
        "Nobody came back in time; the link has ended. Run `evergrant connect` again for {}.",
        begun.name
    );
    Failed::temporary("consent_expired", text)
}

/// Opens the system's browser. Whoever has none copies the link.
fn open_browser(url: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let started = Command::new(program)
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    drop(started);
}
