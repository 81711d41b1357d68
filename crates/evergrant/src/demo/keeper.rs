//! The keeper of the story: a second evergrant with a store of its own, used by its commands and
//! asked over HTTP.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use evergrant_web::service::core::Secret;
use evergrant_web::service::core::held::Attempt;
use evergrant_web::service::core::id::ProcessId;
use evergrant_web::service::store::seal::MasterKeySource;
use evergrant_web::service::store::{PageRequest, Target, open};
use evergrant_web::service::world::Real;
use evergrant_web::service::{Service, Settings, World as _};
use serde_json::Value;
use url::Url;

use super::Broken;
use super::process::Process;
use super::still::{KNOWS, SERVES, STANDS};
use crate::door::Server;

/// The directory of its store.
pub(super) struct Keeper {
    directory: PathBuf,
}

/// A server on the keeper's store.
pub(super) struct Serving {
    process: Process,
    url: Url,
}

impl Keeper {
    /// A keeper with no store yet: the first command makes it.
    pub(super) const fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// What to put before a command to try it oneself.
    pub(super) fn variables(&self) -> String {
        format!(
            "EVERGRANT_DATA={} EVERGRANT_ALLOW_PRIVATE_PROVIDERS=1",
            self.directory.display()
        )
    }

    /// Runs a command that reads this, to its end; gives what it printed.
    pub(super) async fn run(&self, arguments: &[&str], input: &str) -> Result<String, Broken> {
        let mut process = self.start(arguments)?;
        if !input.is_empty() {
            process.tell(input)?;
        }
        process.ended().await
    }

    /// Runs a command that prints a document.
    pub(super) async fn document(&self, arguments: &[&str]) -> Result<Value, Broken> {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
        let text = self.run(&arguments, "").await?;
        serde_json::from_str(&text).map_err(|error| Broken::new(error.to_string()))
    }

    /// Starts a command.
    pub(super) fn start(&self, arguments: &[&str]) -> Result<Process, Broken> {
        let ourselves = std::env::current_exe().map_err(|error| Broken::new(error.to_string()))?;
        let mut command = Command::new(ourselves);
        command
            .args(arguments)
            // No setting of whoever looks at the demo has a part in it.
            .env_clear()
            .env("HOME", &self.directory)
            .env("USER", "ada")
            .env("EVERGRANT_DATA", &self.directory)
            .env("EVERGRANT_ALLOW_PRIVATE_PROVIDERS", "1");
        Process::start(command)
    }

    /// Starts the server that every keeper has.
    pub(super) async fn serve(&self) -> Result<Serving, Broken> {
        let listen = ["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
        let mut process = self.start(&listen)?;
        let url = process.says(address_in).await?;
        Ok(Serving { process, url })
    }

    /// Starts a server that can be made to stand still; gives its name in the journal too.
    pub(super) async fn serve_until_told(&self) -> Result<(Serving, ProcessId), Broken> {
        let directory = self.directory.display().to_string();
        let mut process = self.start(&["demo", "--keeper", &directory])?;
        let (url, name) = process.says(first_words).await?;
        Ok((Serving { process, url }, name))
    }

    /// The rows of a connection's journal, the newest first: what `evergrant connection history`
    /// shows, and who sent.
    pub(super) async fn journal(&self, connection: &str) -> Result<Vec<Attempt>, Broken> {
        let broken = |error: &dyn std::fmt::Display| Broken::new(error.to_string());
        let world = Arc::new(Real::default());
        let key = MasterKeySource::File(self.directory.join("evergrant.key"));
        let target = Target::in_directory(&self.directory);
        let store = open(&target, &key, world.now()).await;
        let settings = Settings::new("http://127.0.0.1");
        let service = Service::start(store.map_err(|it| broken(&it))?, world, settings).await;
        let service = service.map_err(|it| broken(&it))?;
        let caller = service
            .operator()
            .await
            .map_err(crate::failure::Failed::from)?;
        let page = PageRequest::default();
        let rows = service.history(&caller, connection, &page).await;
        Ok(rows.map_err(crate::failure::Failed::from)?.attempts.items)
    }
}

impl Serving {
    /// Its API, with a token.
    pub(super) fn api(&self, token: &Secret) -> Server {
        Server::new(self.url.clone(), token.clone())
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// The number of its process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Tells it to stand still at the next answer of a provider, and waits until it knows.
    pub(super) async fn stand_still(&mut self) -> Result<(), Broken> {
        self.process.tell("stand still")?;
        let knows = |line: &str| (line == KNOWS).then_some(());
        self.process.says(knows).await
    }

    /// Waits until it stands still.
    pub(super) async fn stands(&mut self) -> Result<(), Broken> {
        self.process
            .says(|line| (line == STANDS).then_some(()))
            .await
    }

    /// Ends it as a crash would.
    pub(super) fn kill(&mut self) -> Result<(), Broken> {
        self.process.kill()
    }
}

/// Where a server serves, if this is the line of its log that says so.
fn address_in(line: &str) -> Option<Url> {
    let event: Value = serde_json::from_str(line).ok()?;
    let url = event.get("public_url")?.as_str()?;
    let serves = event.get("message")?.as_str()? == "serving";
    serves.then(|| Url::parse(url).ok()).flatten()
}

fn first_words(line: &str) -> Option<(Url, ProcessId)> {
    let (url, name) = line.strip_prefix(SERVES)?.trim().split_once(' ')?;
    Some((Url::parse(url).ok()?, ProcessId::parse(name).ok()?))
}
