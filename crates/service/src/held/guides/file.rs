//! The form of the files, and how they become guides.

use std::fmt;

use evergrant_core::held::guide::{Browser, BrowserGuide, Guide, Look, Part, Place, Rung, Text};
use evergrant_core::held::{Cause, Party};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What is wrong with a file.
#[derive(Debug)]
pub(super) struct Flaw(String);

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GuideFile {
    title: String,
    meaning: String,
    party: String,
    who: String,
    steps: Vec<String>,
    avoid: Vec<String>,
    #[serde(default)]
    looks: Vec<String>,
    #[serde(default)]
    browser: bool,
    sources: Vec<String>,
    #[serde(default)]
    provider: Vec<PartFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartFile {
    key: String,
    meaning: Option<String>,
    party: Option<String>,
    who: Option<String>,
    #[serde(default)]
    steps: Vec<String>,
    #[serde(default)]
    avoid: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlacesFile {
    place: Vec<PlaceFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceFile {
    key: String,
    name: String,
    like: Option<String>,
    apps: Option<String>,
    status: Option<String>,
    switch: Option<String>,
    #[serde(default)]
    sites: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BrowserFile {
    title: String,
    meaning: String,
    signs: Vec<String>,
    avoid: Vec<String>,
    sources: Vec<String>,
    rung: Vec<RungFile>,
    browser: Vec<OneBrowser>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RungFile {
    title: String,
    meaning: String,
    steps: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OneBrowser {
    key: String,
    name: String,
    private: Vec<String>,
    clear: Vec<String>,
    note: Option<String>,
}

/// Reads the guide of a cause.
///
/// # Errors
/// When a field is unknown, missing, or has a value that means nothing.
pub(super) fn guide(cause: Cause, text: &str) -> Result<Guide, Flaw> {
    let file: GuideFile = parsed(text)?;
    let looks = file.looks.iter().map(|word| look(word));
    let parts = file.provider.into_iter().map(Part::try_from);
    Ok(Guide {
        cause,
        title: file.title,
        meaning: Text::new(file.meaning),
        party: party(&file.party)?,
        who: Text::new(file.who),
        steps: texts(file.steps),
        avoid: texts(file.avoid),
        looks: looks.collect::<Result<_, _>>()?,
        browser: file.browser,
        parts: parts.collect::<Result<_, _>>()?,
        sources: file.sources,
    })
}

/// Reads the browser's part.
///
/// # Errors
/// When a field is unknown or missing.
pub(super) fn browser(text: &str) -> Result<BrowserGuide, Flaw> {
    let file: BrowserFile = parsed(text)?;
    Ok(BrowserGuide {
        title: file.title,
        meaning: Text::new(file.meaning),
        signs: texts(file.signs),
        rungs: file.rung.into_iter().map(Rung::from).collect(),
        browsers: file.browser.into_iter().map(Browser::from).collect(),
        avoid: texts(file.avoid),
        sources: file.sources,
    })
}

/// Reads the providers' places, and sorts them by name. One that is like another has its places
/// too, where it names none of its own.
///
/// # Errors
/// When a field is unknown or missing.
pub(super) fn places(text: &str) -> Result<Vec<Place>, Flaw> {
    let file: PlacesFile = parsed(text)?;
    let mut places: Vec<_> = file.place.into_iter().map(Place::from).collect();
    let own = places.clone();
    for place in &mut places {
        let like = own.iter().find(|it| Some(&it.key) == place.like.as_ref());
        let Some(like) = like.cloned() else { continue };
        place.apps = place.apps.take().or(like.apps);
        place.status = place.status.take().or(like.status);
        place.switch = place.switch.take().or(like.switch);
        if place.sites.is_empty() {
            place.sites = like.sites;
        }
    }
    places.sort_by_key(|place| place.name.to_lowercase());
    Ok(places)
}

fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, Flaw> {
    toml::from_str(text).map_err(|error| Flaw(error.to_string()))
}

fn texts(texts: Vec<String>) -> Vec<Text> {
    texts.into_iter().map(Text::new).collect()
}

fn party(word: &str) -> Result<Party, Flaw> {
    Party::parse(word).ok_or_else(|| no_word(word))
}

fn look(word: &str) -> Result<Look, Flaw> {
    Look::parse(word).ok_or_else(|| no_word(word))
}

fn no_word(word: &str) -> Flaw {
    Flaw(format!("{word:?} means nothing here"))
}

impl TryFrom<PartFile> for Part {
    type Error = Flaw;

    fn try_from(part: PartFile) -> Result<Self, Flaw> {
        Ok(Self {
            provider: part.key,
            meaning: part.meaning.map(Text::new),
            party: part.party.as_deref().map(party).transpose()?,
            who: part.who.map(Text::new),
            steps: texts(part.steps),
            avoid: texts(part.avoid),
        })
    }
}

impl From<PlaceFile> for Place {
    fn from(place: PlaceFile) -> Self {
        Self {
            key: place.key,
            name: place.name,
            like: place.like,
            apps: place.apps.map(Text::new),
            status: place.status.map(Text::new),
            switch: place.switch.map(Text::new),
            sites: place.sites,
        }
    }
}

impl From<RungFile> for Rung {
    fn from(rung: RungFile) -> Self {
        Self {
            title: rung.title,
            meaning: Text::new(rung.meaning),
            steps: texts(rung.steps),
        }
    }
}

impl From<OneBrowser> for Browser {
    fn from(browser: OneBrowser) -> Self {
        Self {
            key: browser.key,
            name: browser.name,
            private: texts(browser.private),
            clear: texts(browser.clear),
            note: browser.note.map(Text::new),
        }
    }
}
