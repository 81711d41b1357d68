//! The catalogue of providers: one data file each, in `providers/` beside the sources.
//!
//! A file is parsed when its provider is asked for, and never another one: commands are short, and
//! most know their provider by its key.

mod file;
#[cfg(test)]
mod tests;
pub mod words;

use evergrant_core::held::Provider;

/// A file, and by which words it is found without being parsed.
struct Entry {
    key: &'static str,
    aliases: &'static [&'static str],
    text: &'static str,
}

macro_rules! entries {
    ($($key:literal: [$($alias:literal),* $(,)?];)*) => {
        [$(Entry {
            key: $key,
            aliases: &[$($alias),*],
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/providers/", $key, ".toml")),
        }),*]
    };
}

static ENTRIES: [Entry; 13] = entries! {
    "canopy_connect": ["canopy", "usecanopy"];
    "canvas_lms": ["canvas", "instructure"];
    "github": ["github_app", "github_apps"];
    "github_oauth_app": ["github_oauth"];
    "google": [
        "gmail", "google_ads", "google_analytics", "google_calendar", "google_cloud",
        "google_drive", "google_search_console", "google_sheets", "google_workspace", "gsuite",
        "youtube",
    ];
    "hubspot": ["hub_spot", "hubspot_crm"];
    "linkedin": ["linkedin_ads", "linkedin_marketing"];
    "meta": ["facebook", "facebook_ads", "facebook_pages", "meta_ads"];
    "microsoft": [
        "aad", "azure", "azure_ad", "azuread", "dynamics", "entra", "entra_id", "microsoft_365",
        "microsoft_graph", "msgraph", "office365", "onedrive", "outlook", "power_bi",
        "sharepoint",
    ];
    "quickbooks": ["intuit", "qbo", "quickbooks_online"];
    "salesforce": ["force", "pardot", "sales_cloud", "salesforce_crm", "sfdc"];
    "slack": ["slack_app", "slack_bot"];
    "xero": ["xero_accounting"];
};

/// The key of a server that is in no catalogue; its addresses come from whoever adds it.
pub const GENERIC: &str = "generic";

/// The provider that people call so: by its key or another name, without regard to case, and with
/// a hyphen or a space for an underscore. [`GENERIC`] is found too.
pub fn find(word: &str) -> Option<Provider> {
    let word: String = word.trim().chars().map(plain).collect();
    if word == GENERIC {
        return Some(Provider::generic());
    }
    let called_so = |entry: &&Entry| entry.key == word || entry.aliases.contains(&word.as_str());
    // That every file can be read is tested; there is nothing to say about one that can't.
    file::read(ENTRIES.iter().find(called_so)?.text).ok()
}

fn plain(c: char) -> char {
    match c {
        '-' | ' ' => '_',
        c => c.to_ascii_lowercase(),
    }
}

/// The keys of the catalogue, sorted; without [`GENERIC`].
pub fn keys() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.key)
}

/// Every provider of the catalogue, sorted by key; without [`GENERIC`].
pub fn all() -> Vec<Provider> {
    let read = |entry: &Entry| file::read(entry.text).ok();
    ENTRIES.iter().filter_map(read).collect()
}
