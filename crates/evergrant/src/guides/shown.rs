//! What a guide's JSON says. Its texts are plain words, without markup.

use evergrant_web::service::core::held::guide::{
    Advice, Browser, BrowserGuide, Guide, Look, Place, Rung, Text,
};
use evergrant_web::service::held::guides;
use serde::Serialize;

/// All guides.
#[derive(Debug, Serialize)]
pub(crate) struct GuideList {
    pub(super) items: Vec<GuideRow>,
    /// There is never a next part.
    next: Option<String>,
}

/// A guide in the list.
#[derive(Debug, Serialize)]
pub(crate) struct GuideRow {
    pub(super) cause: &'static str,
    pub(super) title: String,
    /// Who acts.
    pub(super) party: &'static str,
    /// The providers where it differs.
    pub(super) providers: Vec<String>,
    /// Its page, below the public URL.
    address: String,
}

/// A guide.
#[derive(Debug, Serialize)]
pub(crate) struct GuideShown {
    pub(super) cause: &'static str,
    pub(super) title: String,
    pub(super) provider: Option<ProviderNamed>,
    /// Whether it says anything of its own about that provider.
    pub(super) differs: bool,
    pub(super) meaning: Vec<String>,
    pub(super) party: &'static str,
    pub(super) actor: &'static str,
    pub(super) who: String,
    pub(super) steps: Vec<String>,
    pub(super) avoid: Vec<String>,
    /// What is worth a look at the provider.
    pub(super) look: Vec<LookShown>,
    pub(super) address: String,
    pub(super) sources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) browser: Option<BrowserShown>,
    /// Whether the browser's part may help.
    #[serde(skip)]
    pub(super) in_browser: bool,
}

/// A provider.
#[derive(Debug, Serialize)]
pub(crate) struct ProviderNamed {
    pub(super) key: String,
    pub(super) name: String,
}

/// A place at the provider.
#[derive(Debug, Serialize)]
pub(crate) struct LookShown {
    /// `apps` or `status`.
    at: &'static str,
    #[serde(skip)]
    pub(super) heading: &'static str,
    pub(super) place: String,
}

/// The browser's part.
#[derive(Debug, Serialize)]
pub(crate) struct BrowserShown {
    pub(super) title: String,
    pub(super) provider: Option<ProviderNamed>,
    pub(super) meaning: String,
    pub(super) signs: Vec<String>,
    /// What to try, the mildest first.
    pub(super) ways: Vec<WayShown>,
    /// How to go over to another account at the provider.
    pub(super) switch: Option<String>,
    /// The sites of the provider.
    pub(super) sites: Vec<String>,
    pub(super) browsers: Vec<InBrowser>,
    pub(super) avoid: Vec<String>,
    pub(super) address: String,
    sources: Vec<String>,
}

/// One thing to try.
#[derive(Debug, Serialize)]
pub(crate) struct WayShown {
    pub(super) title: String,
    pub(super) meaning: String,
    pub(super) steps: Vec<String>,
}

/// How it is done in one browser.
#[derive(Debug, Serialize)]
pub(crate) struct InBrowser {
    key: String,
    pub(super) name: String,
    pub(super) private: Vec<String>,
    pub(super) clear: Vec<String>,
    pub(super) note: Option<String>,
}

impl GuideList {
    /// The list; with a provider, as it is there.
    pub(crate) fn at(place: Option<&'static Place>) -> Self {
        let row = |guide: &'static Guide| GuideRow {
            cause: guide.cause.as_str(),
            title: guide.title.clone(),
            party: guide.at(place).party.as_str(),
            providers: guide.parts.iter().map(|it| it.provider.clone()).collect(),
            address: guides::address(guide.cause, key(place)),
        };
        Self {
            items: guides::all().iter().map(row).collect(),
            next: None,
        }
    }
}

impl GuideShown {
    /// The guide, with the browser's part if that was asked for.
    pub(crate) fn of(advice: &Advice<'_>, browser: Option<BrowserShown>) -> Self {
        let guide = advice.guide;
        Self {
            cause: guide.cause.as_str(),
            title: guide.title.clone(),
            provider: advice.place.map(ProviderNamed::of),
            differs: advice.differs,
            meaning: plain(advice.meaning.iter().copied()),
            party: advice.party.as_str(),
            actor: evergrant_web::service::core::held::guide::actor(advice.party),
            who: advice.who.plain(),
            steps: plain(advice.steps),
            avoid: plain(advice.avoid.iter().copied()),
            look: advice.looks().map(LookShown::of).collect(),
            address: guides::address(guide.cause, key(advice.place)),
            sources: guide.sources.clone(),
            browser,
            in_browser: guide.browser,
        }
    }
}

impl BrowserShown {
    /// The browser's part, with how it is done in these browsers.
    pub(crate) fn of(guide: &BrowserGuide, place: Option<&Place>, browsers: &[&Browser]) -> Self {
        let way = |rung: &Rung| WayShown {
            title: rung.title.clone(),
            meaning: rung.meaning.plain(),
            steps: plain(&rung.steps),
        };
        Self {
            title: guide.title.clone(),
            provider: place.map(ProviderNamed::of),
            meaning: guide.meaning.plain(),
            signs: plain(&guide.signs),
            ways: guide.rungs.iter().map(way).collect(),
            switch: place.and_then(|it| it.switch.as_ref()).map(Text::plain),
            sites: place.map(|it| it.sites.clone()).unwrap_or_default(),
            browsers: browsers.iter().map(|it| InBrowser::of(it)).collect(),
            avoid: plain(&guide.avoid),
            address: guides::browser_address(key(place)),
            sources: guide.sources.clone(),
        }
    }
}

impl InBrowser {
    fn of(browser: &Browser) -> Self {
        Self {
            key: browser.key.clone(),
            name: browser.name.clone(),
            private: plain(&browser.private),
            clear: plain(&browser.clear),
            note: browser.note.as_ref().map(Text::plain),
        }
    }
}

impl ProviderNamed {
    fn of(place: &Place) -> Self {
        Self {
            key: place.key.clone(),
            name: place.name.clone(),
        }
    }
}

impl LookShown {
    fn of((look, place): (Look, &Text)) -> Self {
        Self {
            at: look.as_str(),
            heading: look.heading(),
            place: place.plain(),
        }
    }
}

fn key(place: Option<&Place>) -> Option<&str> {
    place.map(|place| place.key.as_str())
}

fn plain<'a>(texts: impl IntoIterator<Item = &'a Text>) -> Vec<String> {
    texts.into_iter().map(Text::plain).collect()
}
