//! The browser's part: somebody else is signed in at the provider, or an old session gets in the
//! way.

use super::Text;

/// What to do when the provider meets the wrong person in the browser.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BrowserGuide {
    /// What it is about, in a few words.
    pub title: String,
    /// What it means.
    pub meaning: Text,
    /// By what it is noticed.
    pub signs: Vec<Text>,
    /// What to try, the mildest first.
    pub rungs: Vec<Rung>,
    /// How it is done in each browser.
    pub browsers: Vec<Browser>,
    /// How to avoid it next time.
    pub avoid: Vec<Text>,
    /// Where the facts are from.
    pub sources: Vec<String>,
}

/// One thing to try.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rung {
    /// What it is, in a few words.
    pub title: String,
    /// Why it helps, and what it costs.
    pub meaning: Text,
    /// What to do, one after the other.
    pub steps: Vec<Text>,
}

/// Where things are in one browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Browser {
    /// The word that it is asked for by.
    pub key: String,
    /// What people call it, and on what.
    pub name: String,
    /// How to open a private window.
    pub private: Vec<Text>,
    /// How to remove the cookies and the cache of one site.
    pub clear: Vec<Text>,
    /// What else is to be known.
    pub note: Option<Text>,
}
