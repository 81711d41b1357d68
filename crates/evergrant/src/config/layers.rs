//! Defaults, the file, the variables, the flags: later wins, and each value knows where it is from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use evergrant_web::service::core::Secret;
use url::Url;

use super::environment::Environment;
use super::error::ConfigError;
use super::file;
use super::flags::Flags;
use super::settings::{SETTINGS, Setting, Shown};

/// A value and where it came from.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    /// The value as it was written.
    pub(crate) text: Secret,
    /// Where.
    pub(crate) origin: Origin,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of a file.
    File {
        /// Which file.
        path: PathBuf,
        /// Which line.
        line: usize,
    },
    /// A variable.
    Variable(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// The settings that have a value.
#[derive(Debug)]
pub(crate) struct Layers(BTreeMap<&'static str, Value>);

impl Layers {
    /// Puts the layers on one another.
    ///
    /// # Errors
    /// When the file can't be used.
    pub(crate) fn gather(environment: &Environment, flags: &Flags) -> Result<Self, ConfigError> {
        let mut values: BTreeMap<_, _> = SETTINGS
            .iter()
            .filter(|setting| !setting.default.is_empty())
            .map(|setting| {
                let text = Secret::new(setting.default.to_owned());
                (
                    setting.name,
                    Value {
                        text,
                        origin: Origin::Default,
                    },
                )
            })
            .collect();
        let named = environment
            .get("EVERGRANT_CONFIG")
            .map(|path| path.expose().into());
        if let Some(path) = flags.config.clone().or(named) {
            values.extend(file::read(&path)?);
        }
        for setting in &SETTINGS {
            if let Some(text) = environment.get(&setting.variable()) {
                let origin = Origin::Variable(setting.variable());
                values.insert(
                    setting.name,
                    Value {
                        text: text.clone(),
                        origin,
                    },
                );
            }
            if let Some(text) = flags.values.get(setting.name) {
                let origin = Origin::Flag(setting.flag_name());
                values.insert(
                    setting.name,
                    Value {
                        text: text.clone(),
                        origin,
                    },
                );
            }
        }
        Ok(Self(values))
    }

    /// A setting's value.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A setting's value as it may be shown.
    pub(crate) fn shown(&self, setting: &Setting) -> Option<String> {
        let text = self.get(setting.name)?.text.expose();
        Some(match setting.shown {
            Shown::Plainly => text.to_owned(),
            Shown::Masked => MASK.to_owned(),
            Shown::WithoutPassword => without_password(text),
        })
    }
}

const MASK: &str = "********";

fn without_password(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return MASK.to_owned();
    };
    // PostgreSQL also takes the password as a parameter.
    let masked: Vec<_> = url
        .query_pairs()
        .map(|(name, value)| {
            let value = if name.contains("password") {
                MASK.into()
            } else {
                value
            };
            (name.into_owned(), value.into_owned())
        })
        .collect();
    if !masked.is_empty() {
        url.query_pairs_mut().clear().extend_pairs(masked);
    }
    if url.password().is_some() && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for text in [
            "postgres://u:hush@h/d",
            "postgres://h/d?user=u&password=hush",
        ] {
            let shown = without_password(text);
            assert!(!shown.contains("hush"), "{shown}");
            assert!(shown.contains("h/d"), "{shown}");
        }
        assert_eq!(without_password("host=h password=hush"), "********");
    }
}
