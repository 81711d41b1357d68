//! A private PostgreSQL for tests, made from the Debian package and gone afterwards.
//!
//! 1. [`available`] gives the one server of this process, or says that the package is not here;
//! 2. [`Server::create_schema`] or [`Server::create_database`] gives each test an empty place;
//! 3. outage tests start a [`Server`] for themselves, and [`Server::stop`], [`Server::crash`],
//!    [`Server::freeze`] and [`Server::start`] it: same port, same data.
//!
//! It listens on loopback only, writes to disk as a real one does (the engine refuses anything
//! less), and never outlives the process that started it: a watchdog sees to that even when the
//! process is killed.

mod process;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use process::{Folder, Owner, Postmaster, Watchdog};

/// Where Debian and Ubuntu keep the server's programs, a folder for each release.
const RELEASES: &str = "/usr/lib/postgresql";
/// Another process may take a free port before we do.
const PORTS_TRIED: usize = 5;

/// Why there is no server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PostgresError {
    /// The package is not installed.
    #[error("PostgreSQL is not here: {0} (apt-get install postgresql)")]
    Missing(String),
    /// It is installed, and something else went wrong.
    #[error("PostgreSQL: {0}")]
    Failed(String),
}

impl PostgresError {
    fn at(what: &str, error: &std::io::Error) -> Self {
        Self::Failed(format!("{what}: {error}"))
    }
}

/// Says why no server can be started here; `None` when one can.
pub fn missing() -> Option<String> {
    programs().err().map(|error| error.to_string())
}

/// The server that all tests of this process share. `None`: the package is not here, and the test
/// is left out.
///
/// # Errors
/// When it is here and does not start; and where `CI=true` says that nothing may be left out.
pub fn available() -> Result<Option<&'static Server>, PostgresError> {
    static SHARED: OnceLock<Result<Server, PostgresError>> = OnceLock::new();
    let shared = match SHARED.get_or_init(Server::launch) {
        Ok(server) => return Ok(Some(server)),
        Err(error) => error.clone(),
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's own question, not a setting of ours"
    )]
    let everything = std::env::var("CI").is_ok_and(|it| it == "true");
    match shared {
        PostgresError::Missing(_) if !everything => Ok(None),
        error => Err(error),
    }
}

/// A running, or stopped, server and its data.
pub struct Server {
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
    postmaster: Mutex<Option<Postmaster>>,
    owner: Owner,
    // Dropped last, in this order: the data must outlive who writes it.
    watchdog: Watchdog,
    folder: Folder,
}

impl Server {
    /// Makes an empty cluster and starts a server on it.
    ///
    /// # Errors
    /// [`PostgresError::Missing`] without the package.
    pub fn launch() -> Result<Self, PostgresError> {
        let programs = programs()?;
        let owner = Owner::find()?;
        let folder = Folder::make(&owner)?;
        make_cluster(&programs, &owner, &folder)?;
        let mut this = Self {
            programs,
            port: 0,
            databases: AtomicU32::new(0),
            postmaster: Mutex::new(None),
            owner,
            watchdog: Watchdog::over(&folder)?,
            folder,
        };
        let mut tried = 0;
        loop {
            this.port = process::free_port()?;
            tried += 1;
            match this.start_with(&[]) {
                Err(_) if tried < PORTS_TRIED => {}
                started => return started.map(|()| this),
            }
        }
    }

    /// Makes an empty database and gives its address.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn create_database(&self) -> Result<String, PostgresError> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        self.run(&self.url("postgres"), &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// Makes an empty schema and gives the address of a database that has nothing else in sight: as
    /// good as a database of its own where only names matter, and made in a moment.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn create_schema(&self) -> Result<String, PostgresError> {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        let url = self.url("postgres");
        self.run(&url, &format!("CREATE SCHEMA {name}"))?;
        Ok(format!("{url}&options=-csearch_path%3D{name}"))
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable",
            self.port
        )
    }

    /// Runs a script in a database as its superuser, and gives what it printed: rows as lines, with
    /// `|` between columns.
    ///
    /// # Errors
    /// What the server said.
    pub fn run(&self, url: &str, script: &str) -> Result<String, PostgresError> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-c", script, url]);
        process::output(&mut psql, "psql")
    }

    /// Stops it as an operator would: sessions are ended, what is committed is kept.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn stop(&self) -> Result<(), PostgresError> {
        self.end("INT")
    }

    /// Ends it as a power cut would: nothing is said to anybody, and the next start has to recover
    /// from the log.
    ///
    /// # Errors
    /// When it does not end.
    pub fn crash(&self) -> Result<(), PostgresError> {
        self.end("QUIT")
    }

    /// Starts it again where it was stopped.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(&self) -> Result<(), PostgresError> {
        self.start_with(&[])
    }

    /// Starts it with other settings, such as `fsync=off`; those of the next start are the usual.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start_with(&self, settings: &[&str]) -> Result<(), PostgresError> {
        let mut postmaster = self.postmaster();
        if postmaster.is_some() {
            return Ok(());
        }
        let mut server = Command::new(self.programs.join("postgres"));
        server
            .arg("-D")
            .arg(self.folder.data())
            .args(["-p", &self.port.to_string()]);
        let usual = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=on",
        ];
        let sized = [
            "max_connections=200",
            "shared_buffers=32MB",
            "log_min_messages=warning",
        ];
        for setting in usual.iter().chain(&sized).chain(settings) {
            server.args(["-c", setting]);
        }
        self.owner.own(&mut server);
        let mut started = Postmaster::spawn(&mut server, &self.folder)?;
        started.wait_until_ready(&self.programs, self.port)?;
        *postmaster = Some(started);
        Ok(())
    }

    /// Halts every process of the server where it stands, connections open: what a machine that
    /// hangs looks like from outside.
    ///
    /// # Errors
    /// When it is not running.
    pub fn freeze(&self) -> Result<(), PostgresError> {
        self.signal("STOP")
    }

    /// Lets a frozen server go on.
    ///
    /// # Errors
    /// When it is not running.
    pub fn thaw(&self) -> Result<(), PostgresError> {
        self.signal("CONT")
    }

    fn signal(&self, signal: &str) -> Result<(), PostgresError> {
        match &*self.postmaster() {
            Some(running) => running.signal_all(signal),
            None => Err(PostgresError::Failed("it is not running".into())),
        }
    }

    fn end(&self, signal: &str) -> Result<(), PostgresError> {
        match self.postmaster().take() {
            Some(running) => running.end(signal),
            None => Ok(()),
        }
    }

    fn postmaster(&self) -> MutexGuard<'_, Option<Postmaster>> {
        self.postmaster
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.thaw());
        drop(self.crash());
        self.watchdog.dismiss();
        self.folder.remove();
    }
}

/// The programs of the newest release that is installed.
fn programs() -> Result<PathBuf, PostgresError> {
    let missing = || PostgresError::Missing(format!("no {RELEASES}/*/bin/initdb"));
    let releases = std::fs::read_dir(RELEASES).map_err(|_| missing())?;
    let mut found: Vec<(u32, PathBuf)> = releases
        .flatten()
        .filter_map(|entry| {
            let release = entry.file_name().to_str()?.parse().ok()?;
            Some((release, entry.path().join("bin")))
        })
        .filter(|(_, programs)| programs.join("initdb").exists())
        .collect();
    found.sort();
    found
        .pop()
        .map(|(_, programs)| programs)
        .ok_or_else(missing)
}

/// The locale sorts text unlike bytes do, as most servers' does: no order of ours may rest on it.
fn make_cluster(programs: &Path, owner: &Owner, folder: &Folder) -> Result<(), PostgresError> {
    let mut initdb = Command::new(programs.join("initdb"));
    initdb.arg("-D").arg(folder.data()).args([
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=icu",
        "--icu-locale=en-US",
        "--no-sync",
        "--no-instructions",
    ]);
    owner.own(&mut initdb);
    process::output(&mut initdb, "initdb").map(drop)
}

#[cfg(test)]
mod tests;
