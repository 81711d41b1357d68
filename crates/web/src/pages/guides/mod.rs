//! Guides: what a person can do about a cause. Anybody may read them, for nothing in them is
//! anybody's: whoever is sent here may have no account on this server.

mod agent;
mod browser;

use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::http::StatusCode;
use axum::response::Response;
use evergrant_service::core::held::Party;
use evergrant_service::core::held::guide::{Advice, Guide, Piece, Place, actor};
use evergrant_service::held::catalogue;
use evergrant_service::held::guides::{self, address, browser_address};

pub(super) use browser::page as browser_page;

use super::fields::Fields;
use super::render::{Frame, page as render_page};

/// The parties, those first who read this most.
const PARTIES: [Party; 5] = [
    Party::EndUser,
    Party::AccountAdmin,
    Party::AppDeveloper,
    Party::Operator,
    Party::Nobody,
];

#[derive(Template)]
#[template(path = "pages/guides.html")]
struct ListTemplate {
    frame: Frame,
    /// Why the person is here in place of where they wanted to be.
    notice: Option<&'static str>,
    place: Option<&'static Place>,
    groups: Vec<Group>,
    browser: String,
}

/// The guides of those who act.
struct Group {
    actor: &'static str,
    links: Vec<Link>,
}

/// A guide in the list.
struct Link {
    title: &'static str,
    word: &'static str,
    address: String,
}

#[derive(Template)]
#[template(path = "pages/guide.html")]
struct GuideTemplate {
    frame: Frame,
    advice: Advice<'static>,
    actor: &'static str,
    /// The query that keeps the provider.
    at: String,
    /// Whether a provider was named of which nothing is known.
    unknown: bool,
    general: String,
    all: String,
    browser: String,
    others: Vec<Other>,
}

/// A provider for which a page is another one.
pub(super) struct Other {
    name: &'static str,
    address: String,
}

/// `GET /guides`
pub(super) async fn list(RawQuery(query): RawQuery) -> Response {
    listed(StatusCode::OK, named(query).0, None)
}

/// `GET /guides/{cause}`
pub(super) async fn page(Path(word): Path<String>, RawQuery(query): RawQuery) -> Response {
    let (place, unknown) = named(query);
    let Some(guide) = guides::find(&word) else {
        let notice = "There is no guide of that name. These are all that there are.";
        return listed(StatusCode::NOT_FOUND, place, Some(notice));
    };
    let key = place.map(|place| place.key.as_str());
    let advice = guide.at(place);
    let template = GuideTemplate {
        frame: Frame::plain(),
        actor: actor(advice.party),
        advice,
        at: kept(key),
        unknown,
        general: address(guide.cause, None),
        all: format!("{}{}", guides::PATH, kept(key)),
        browser: browser_address(key),
        others: others(guide, place),
    };
    render_page(StatusCode::OK, &template, &[])
}

/// The provider that a query names, and whether one was named that nobody here knows.
fn named(query: Option<String>) -> (Option<&'static Place>, bool) {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let word = query.get("provider");
    let place = word.and_then(guides::place);
    // Of a server that is in no catalogue nobody expects to find anything.
    let named = word.is_some_and(|word| word != catalogue::GENERIC);
    (place, named && place.is_none())
}

fn listed(
    status: StatusCode,
    place: Option<&'static Place>,
    notice: Option<&'static str>,
) -> Response {
    let key = place.map(|place| place.key.as_str());
    let link = |guide: &'static Guide| Link {
        title: &guide.title,
        word: guide.cause.as_str(),
        address: address(guide.cause, key),
    };
    let group = |party: Party| Group {
        actor: actor(party),
        links: acting(party, place).map(link).collect(),
    };
    let template = ListTemplate {
        frame: Frame::plain(),
        notice,
        place,
        groups: PARTIES.into_iter().map(group).collect(),
        browser: browser_address(key),
    };
    render_page(status, &template, &[])
}

/// The guides for which these act at that provider.
fn acting(
    party: Party,
    place: Option<&'static Place>,
) -> impl Iterator<Item = &'static Guide> + use<> {
    let all = guides::all().iter();
    all.filter(move |guide| guide.at(place).party == party)
}

fn others(guide: &'static Guide, place: Option<&'static Place>) -> Vec<Other> {
    let here = place.map(|place| place.key.as_str());
    let others = guides::places().iter();
    let others = others.filter(|it| Some(it.key.as_str()) != here && guide.differs_at(it));
    let other = |it: &'static Place| Other {
        name: &it.name,
        address: address(guide.cause, Some(&it.key)),
    };
    others.map(other).collect()
}

/// What a guide is called, for a template.
fn called(word: &str) -> &'static str {
    guides::find(word).map_or("another guide", |guide| &guide.title)
}

/// The query that keeps the provider.
fn kept(key: Option<&str>) -> String {
    // A key is a word: nothing in it has to be escaped.
    key.map(|key| format!("?provider={key}"))
        .unwrap_or_default()
}
