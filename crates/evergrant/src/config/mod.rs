//! How this process is set up. Nothing here does anything but read and check.

mod environment;
mod error;
mod file;
mod flags;
mod layers;
mod providers;
mod public_url;
mod reference;
mod settings;

use std::net::SocketAddr;
use std::path::PathBuf;

use evergrant_web::service::Settings;
use evergrant_web::service::core::{Secret, Span};
use evergrant_web::service::store::seal::MasterKeySource;
use evergrant_web::service::store::{Retention, Target};
use tracing_subscriber::EnvFilter;

pub(crate) use environment::Environment;
pub(crate) use error::ConfigError;
pub(crate) use flags::{Flags, ServingFlags};
pub(crate) use layers::Layers;
pub(crate) use providers::Providers;
pub(crate) use reference::reference;
pub(crate) use settings::{SETTINGS, Setting};

use layers::Value;

/// The settings, checked.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where the server listens.
    pub(crate) listen: SocketAddr,
    /// The directory of the embedded database and of the key file.
    pub(crate) data: PathBuf,
    /// The key that wraps the data keys.
    pub(crate) master_key: MasterKeySource,
    /// How logs are written.
    pub(crate) log_format: LogFormat,
    /// What is logged.
    pub(crate) log: String,
    /// How providers are asked.
    pub(crate) providers: Providers,
    public_url: Option<String>,
    database: Option<Secret>,
    database_connections: usize,
    retention: Retention,
    announce: Span,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Config {
    /// Checks the settings. `log` is what is logged when nothing is said.
    ///
    /// # Errors
    /// Names the first setting that is wrong, and where it came from.
    pub(crate) fn check(
        layers: &Layers,
        environment: &Environment,
        log: &str,
    ) -> Result<Self, ConfigError> {
        let data = match layers.get("data") {
            Some(value) => PathBuf::from(value.text.expose()),
            None => environment.data_directory().ok_or_else(|| {
                ConfigError::new("data: there is no home directory; say --data DIR")
            })?,
        };
        let duration = |name| read(layers, name, |text| parse(Span::parse(text)));
        let public_url = maybe(layers, "public_url", |text| {
            public_url::check(text).map(|()| text.to_owned())
        })?;
        let log = maybe(layers, "log", |text| {
            parse(EnvFilter::try_new(text)).map(|_| text.to_owned())
        })?
        .unwrap_or_else(|| log.to_owned());
        Ok(Self {
            listen: read(layers, "listen", |text| {
                text.parse().map_err(|_| {
                    format!("{text:?} is no IP address with a port, as 127.0.0.1:8420")
                })
            })?,
            master_key: master_key(layers, &data)?,
            log_format: read(layers, "log_format", |text| match text {
                "text" => Ok(LogFormat::Text),
                "json" => Ok(LogFormat::Json),
                other => Err(format!("{other:?} is neither text nor json")),
            })?,
            log,
            public_url,
            database: maybe(layers, "database", database)?,
            database_connections: read(layers, "database_connections", |text| {
                let number = text.parse().ok().filter(|it| (1..=1000).contains(it));
                number.ok_or_else(|| format!("{text:?} is no number from 1 to 1000"))
            })?,
            retention: Retention {
                audit: duration("audit_retention")?,
                ended: duration("ended_retention")?,
            },
            announce: duration("signing_announce")?,
            providers: Providers::check(layers)?,
            data,
        })
    }

    /// The value of a setting that nobody set and that follows from others.
    pub(crate) fn derived(&self, name: &str) -> Option<String> {
        match (name, &self.master_key) {
            ("data", _) => Some(self.data.display().to_string()),
            ("key_file", MasterKeySource::File(path)) => Some(path.display().to_string()),
            ("log", _) => Some(self.log.clone()),
            ("public_url", _) => public_url::of_listener(self.listen).ok(),
            _ => None,
        }
    }

    /// Whether the database is the embedded one.
    pub(crate) fn is_embedded(&self) -> bool {
        self.database.is_none()
    }

    /// Which database.
    pub(crate) fn target(&self) -> Target {
        match &self.database {
            None => Target::in_directory(&self.data),
            Some(url) => Target::Postgres {
                url: url.expose().to_owned(),
                connections: self.database_connections,
            },
        }
    }

    /// The settings of the use cases in a server that listens here.
    ///
    /// # Errors
    /// When the server must be told its public URL.
    pub(crate) fn serving(&self, address: SocketAddr) -> Result<Settings, ConfigError> {
        let issuer = match &self.public_url {
            Some(url) => url.clone(),
            None => public_url::of_listener(address).map_err(ConfigError::new)?,
        };
        Ok(self.with_issuer(issuer))
    }

    /// The settings of the use cases in a command that ends at once and signs nothing.
    pub(crate) fn managing(&self) -> Settings {
        self.with_issuer(self.public_url.clone().unwrap_or_default())
    }

    fn with_issuer(&self, issuer: String) -> Settings {
        Settings {
            retention: self.retention,
            announce: self.announce,
            ..Settings::new(issuer)
        }
    }
}

fn parse<T, E: std::fmt::Display>(outcome: Result<T, E>) -> Result<T, String> {
    outcome.map_err(|error| error.to_string())
}

fn at(name: &str, value: &Value, what: &str) -> ConfigError {
    ConfigError::new(format!("{name} (from {}): {what}", value.origin))
}

fn maybe<T>(
    layers: &Layers,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, ConfigError> {
    let Some(value) = layers.get(name) else {
        return Ok(None);
    };
    parse(value.text.expose())
        .map(Some)
        .map_err(|what| at(name, value, &what))
}

fn read<T>(
    layers: &Layers,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, ConfigError> {
    maybe(layers, name, parse)?.ok_or_else(|| ConfigError::new(format!("{name}: there is none")))
}

fn database(text: &str) -> Result<Secret, String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        Ok(Secret::new(text.to_owned()))
    } else {
        Err("a database is a postgres:// address; for the embedded one say --data DIR".to_owned())
    }
}

fn master_key(layers: &Layers, data: &std::path::Path) -> Result<MasterKeySource, ConfigError> {
    let given: Vec<_> = ["key_file", "key", "key_command"]
        .into_iter()
        .filter_map(|name| layers.get(name).map(|value| (name, value)))
        .collect();
    match given.as_slice() {
        [] => Ok(MasterKeySource::File(data.join("evergrant.key"))),
        [("key_file", value)] => Ok(MasterKeySource::File(value.text.expose().into())),
        [("key", value)] => Ok(MasterKeySource::Text(value.text.clone())),
        [(_, value)] => Ok(MasterKeySource::Command(value.text.expose().to_owned())),
        several => {
            let named: Vec<_> = several
                .iter()
                .map(|(name, value)| format!("{name} (from {})", value.origin))
                .collect();
            let named = named.join(" and ");
            Err(ConfigError::new(format!(
                "there is more than one master key: {named}; keep one"
            )))
        }
    }
}
