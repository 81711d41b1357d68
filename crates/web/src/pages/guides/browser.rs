//! The browser's part: the wrong account, or an old session, at the provider.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use evergrant_service::core::held::guide::{Browser, BrowserGuide, Piece, Place};
use evergrant_service::held::guides::{self, browser_address};

use super::super::render::{Frame, page as render_page};
use super::{Other, agent, kept, named};

#[derive(Template)]
#[template(path = "pages/guide_browser.html")]
struct BrowserTemplate {
    frame: Frame,
    guide: &'static BrowserGuide,
    place: Option<&'static Place>,
    /// The query that keeps the provider.
    at: String,
    /// The browser that the person seems to use, then the others.
    browsers: Vec<&'static Browser>,
    /// Its key.
    here: Option<&'static str>,
    all: String,
    others: Vec<Other>,
}

/// `GET /guides/browser`
pub(in super::super) async fn page(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let (place, _) = named(query);
    let agent = headers.get(USER_AGENT).and_then(|it| it.to_str().ok());
    let here = agent.and_then(agent::browser);
    let guide = guides::browser();
    let mut browsers: Vec<_> = guide.browsers.iter().collect();
    browsers.sort_by_key(|it| Some(it.key.as_str()) != here);
    let key = place.map(|place| place.key.as_str());
    let other = |it: &'static Place| Other {
        name: &it.name,
        address: browser_address(Some(&it.key)),
    };
    let others = guides::places()
        .iter()
        .filter(|it| Some(it.key.as_str()) != key);
    let template = BrowserTemplate {
        frame: Frame::plain(),
        guide,
        place,
        at: kept(key),
        browsers,
        here,
        all: format!("{}{}", guides::PATH, kept(key)),
        others: others.map(other).collect(),
    };
    render_page(StatusCode::OK, &template, &[])
}
