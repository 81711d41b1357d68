//! What is known of failures: data files in `signatures/` beside the sources.
//!
//! One file for each speaker (a provider, server or product) with the texts that are theirs, one
//! for what anybody may say, one with the groups of phrases that the patterns are made of, and one
//! that names the speakers. `build.rs` makes tables of them; the catalogue is made of the tables
//! once, when somebody first asks.

mod draft;
#[cfg(test)]
mod mangled;
mod table;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

pub use draft::draft;
use evergrant_core::held::Cause;
use evergrant_core::held::explain::{Catalogue, Flaw};

/// The file of what anybody may say.
const ANYBODY: &str = "anybody";

// That every row can be read is tested; without them nothing would be explained.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| without(|_| false).unwrap_or_default());

/// Everything that is known.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// The catalogue as it would be if nobody had written down what these speakers say: by this it is
/// measured how well texts of a stranger are understood.
///
/// # Errors
/// When a row means nothing.
pub fn without(speaker: impl Fn(&str) -> bool) -> Result<Catalogue, Flaw> {
    table::catalogue(speaker)
}

/// A text that a provider wrote, and what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Example {
    /// The key of whose it is, if it is somebody's.
    pub speaker: Option<&'static str>,
    /// The id of its signature.
    pub id: &'static str,
    /// What it tells.
    pub cause: Cause,
    /// The text.
    pub text: &'static str,
}

/// The examples of the signatures.
pub fn examples() -> impl Iterator<Item = Example> {
    table::examples()
}
