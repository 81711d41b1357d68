//! Where people come back to from a provider (RFC 6749 section 4.1.2).
//!
//! The state is spent here, in the browser that set out, and whatever came of it is told on a page
//! that shows neither code nor state.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use evergrant_service::held::connect::Returned;

use super::cookie::ConsentCookie;
use super::outcome::{self, Outcome};
use crate::App;

/// Where it is.
pub(crate) const PATH: &str = "/oauth/callback";

/// `GET /oauth/callback`
pub(super) async fn page(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let returned = match outcome::read(query.as_deref()) {
        Ok(returned) => returned,
        Err(outcome) => return outcome.into_page(),
    };
    let cookie = ConsentCookie::of(&app, &returned.state);
    let returned = Returned {
        browser: cookie.read(&headers),
        ..returned
    };
    // The text of a link is on record as a state too. Nobody set out with it: it was in a mail.
    match app.service.store().consent(&returned.state.digest()).await {
        Ok(Some((consent, _))) if consent.browser.is_none() => return Outcome::stale().into_page(),
        Ok(_) => {}
        Err(outage) => return Outcome::unfinished(&outage.into()).into_page(),
    }
    let (outcome, connection) = outcome::finish(&app.service, &returned).await;
    let mut response = outcome.into_page();
    if connection.is_some() {
        response
            .headers_mut()
            .append(SET_COOKIE, cookie.clear(&app));
    }
    response
}
