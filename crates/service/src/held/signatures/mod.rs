//! What is known of failures: data files in `signatures/` beside the sources.
//!
//! One file for each speaker (a provider, server or product) with the texts that are theirs, one
//! for what anybody may say, one with the groups of phrases that the patterns are made of, and one
//! that names the speakers. They are read once, when somebody first asks.

mod file;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use evergrant_core::held::Cause;
use evergrant_core::held::explain::{Catalogue, Flaw};

/// The file of what anybody may say.
const ANYBODY: &str = "anybody";

macro_rules! files {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"), "/signatures/", $name, ".toml"
        )))),*]
    };
}

static COMMON: (&str, &str) = (
    include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/signatures/lexicon.toml"
    )),
    include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/signatures/speakers.toml"
    )),
);

static FILES: [(&str, &str); 49] = files! {
    "airtable"
    "amazon"
    "analytics_canvas"
    "anybody"
    "asana"
    "atlassian"
    "auth0"
    "basecamp"
    "box"
    "canopy_connect"
    "canvas_lms"
    "deviantart"
    "discord"
    "doorkeeper"
    "dropbox"
    "fitbit"
    "github"
    "gitlab"
    "google"
    "hubspot"
    "hydra"
    "keycloak"
    "linkedin"
    "mailchimp"
    "meta"
    "microsoft"
    "monday"
    "nango"
    "netsuite"
    "notion"
    "oidc_provider"
    "okta"
    "pinterest"
    "planning_center"
    "quickbooks"
    "salesforce"
    "shopify"
    "slack"
    "snapchat"
    "spotify"
    "strava"
    "stripe"
    "supermetrics"
    "tiktok"
    "twitch"
    "x"
    "xero"
    "zoho"
    "zoom"
};

// That every file can be read is tested; without them nothing would be explained.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| without(|_| false).unwrap_or_default());

/// Everything that is known.
pub fn catalogue() -> &'static Catalogue {
    &CATALOGUE
}

/// The catalogue as it would be if nobody had written down what these speakers say: by this it is
/// measured how well texts of a stranger are understood.
///
/// # Errors
/// When a file can't be read.
pub fn without(speaker: impl Fn(&str) -> bool) -> Result<Catalogue, Flaw> {
    file::catalogue(COMMON, &FILES, speaker)
}

/// Every example: whose it is, the id of its signature, its cause, and the text.
///
/// # Errors
/// When a file can't be read.
pub fn examples() -> Result<Vec<(&'static str, String, Cause, String)>, Flaw> {
    let mut examples = Vec::new();
    for (speaker, text) in &FILES {
        for it in file::signatures(text)? {
            if let Some(cause) = Cause::parse(&it.cause).filter(|_| !it.example.is_empty()) {
                examples.push((*speaker, it.id, cause, it.example));
            }
        }
    }
    Ok(examples)
}
