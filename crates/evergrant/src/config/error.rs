//! Why the settings can't be used.

use std::fmt;

/// Says which setting is wrong, where it came from, and what it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigError(String);

impl ConfigError {
    /// An error in these words.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
