//! The one place that reads the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use evergrant_web::service::core::Secret;
use url::Url;

use super::error::ConfigError;
use super::settings::{PREFIX, SETTINGS};

/// The variables that concern us, as they were at the start.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    ours: BTreeMap<String, Secret>,
    prefixed: Vec<OsString>,
    home: Option<PathBuf>,
    data_home: Option<PathBuf>,
    user: Option<String>,
}

/// Variables that are no settings: they say where a command works, not how a server does.
pub(crate) const OTHERS: [(&str, &str); 3] = [
    (
        "EVERGRANT_CONFIG",
        "The file with the settings, as `--config`.",
    ),
    (
        "EVERGRANT_URL",
        "The address of a server; with EVERGRANT_TOKEN, commands ask it instead of the store.",
    ),
    (
        "EVERGRANT_TOKEN",
        "The personal access token to show to the server at EVERGRANT_URL.",
    ),
];

impl Environment {
    /// Reads the variables. An empty one counts as not set.
    pub(crate) fn read() -> Result<Self, ConfigError> {
        let mut environment = Self::default();
        for (name, value) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
                environment.prefixed.push(name.clone());
            }
            if value.is_empty() {
                continue;
            }
            let Ok(name) = name.into_string() else {
                continue;
            };
            match name.as_str() {
                "HOME" => environment.home = Some(value.into()),
                "USER" => environment.user = value.into_string().ok(),
                "LOGNAME" if environment.user.is_none() => {
                    environment.user = value.into_string().ok();
                }
                "XDG_DATA_HOME" => environment.data_home = Some(value.into()),
                ours if ours.starts_with(PREFIX) => {
                    let text = value.into_string().map_err(|_| {
                        ConfigError::new(format!("{name}: the value is not text in UTF-8"))
                    })?;
                    environment.ours.insert(name, Secret::new(text));
                }
                _ => {}
            }
        }
        Ok(environment)
    }

    /// One of our variables.
    pub(crate) fn get(&self, name: &str) -> Option<&Secret> {
        self.ours.get(name)
    }

    /// The names of all variables with our prefix, for a child that shall get none of them.
    pub(crate) fn prefixed(&self) -> &[OsString] {
        &self.prefixed
    }

    /// What the person at this machine is called here.
    pub(crate) fn person(&self) -> String {
        let home = self.home.as_ref().and_then(|home| home.file_name());
        let home = home.map(|name| name.to_string_lossy().into_owned());
        let called = self.user.clone().or(home).unwrap_or_default();
        let fits = |letter: &char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
        let called: String = called.chars().filter(fits).take(64).collect();
        if called.is_empty() {
            "me".to_owned()
        } else {
            called
        }
    }

    /// Variables with our prefix that mean nothing to us: mostly a slip of the pen.
    pub(crate) fn unknown(&self) -> Vec<&str> {
        let known = |name: &str| {
            SETTINGS.iter().any(|setting| setting.variable() == name)
                || OTHERS.iter().any(|(other, _)| *other == name)
                || name.starts_with("EVERGRANT_TOKEN_")
        };
        self.ours
            .keys()
            .map(String::as_str)
            .filter(|name| !known(name))
            .collect()
    }

    /// Where this platform keeps the data of programs.
    pub(super) fn data_directory(&self) -> Option<PathBuf> {
        let home = self.home.as_ref();
        let shared = if cfg!(target_os = "macos") {
            home.map(|home| home.join("Library/Application Support"))
        } else {
            let given = self.data_home.clone().filter(|path| path.is_absolute());
            given.or_else(|| home.map(|home| home.join(".local/share")))
        };
        shared.map(|directory| directory.join("evergrant"))
    }

    /// The server to ask instead of the store, and the token to show it.
    pub(crate) fn server(&self) -> Result<Option<(Url, Secret)>, ConfigError> {
        let Some(url) = self.get("EVERGRANT_URL") else {
            return Ok(None);
        };
        let wrong = |text: &str| ConfigError::new(format!("EVERGRANT_URL: {text}"));
        let url = Url::parse(url.expose()).map_err(|error| wrong(&error.to_string()))?;
        if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
            return Err(wrong("this is no address of a server (https://...)"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong(
                "it carries no user name or password; use EVERGRANT_TOKEN",
            ));
        }
        let token = self.get("EVERGRANT_TOKEN").ok_or_else(|| {
            wrong("EVERGRANT_TOKEN is not set; make a token with `evergrant pat create`")
        })?;
        Ok(Some((url, token.clone())))
    }
}
