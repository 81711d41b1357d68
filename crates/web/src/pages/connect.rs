//! A link that leads a person to a provider.
//!
//! Opening it spends nothing, for mail scanners and previews open links too. The button spends it:
//! a signed-in person, who saw who asks for what, sets out in this browser, and only this browser
//! may come back.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use evergrant_service::core::Secret;
use evergrant_service::held::guides::browser_address;
use evergrant_service::held::link::Invitation;
use evergrant_service::{Failure, Wrong};
use url::Url;

use super::cookie::{self, ConsentCookie};
use super::error::ErrorPage;
use super::local_path::LocalPath;
use super::person::{Person, PersonForm};
use super::render::{Frame, page as render_page, see_other};
use super::{anti_forgery, headers, words};
use crate::App;

#[derive(Template)]
#[template(path = "pages/connect.html")]
struct ConnectTemplate<'a> {
    frame: Frame,
    invitation: &'a Invitation,
    team: &'a str,
    email: String,
    destination: Option<String>,
    action: LocalPath,
    anti_forgery: String,
    /// What to do if somebody else is signed in at the provider.
    other_account: String,
}

/// `GET /connect/{ticket}`
pub(super) async fn page(
    State(app): State<Arc<App>>,
    Path(ticket): Path<String>,
    person: Person,
) -> Result<Response, ErrorPage> {
    let ticket = Secret::new(ticket);
    let found = app.service.invitation(&person.caller(), &ticket).await;
    let invitation = found.map_err(|failure| unusable(failure, &person))?;
    let team = app.service.store().team(invitation.connection.team).await;
    let team = team.map_err(|outage| ErrorPage::from(Failure::Outage(outage)))?;
    let provider = app.service.provider_of(&invitation.integration);
    let authorization = provider.endpoints.authorization.unwrap_or_default();
    let template = ConnectTemplate {
        frame: Frame::plain(),
        team: team.as_ref().map_or("", |team| &team.name),
        email: person.user.email.to_string(),
        destination: Url::parse(&authorization)
            .ok()
            .map(|_| headers::destination(&authorization)),
        action: LocalPath::or_home(Some(&format!("/connect/{}", ticket.expose()))),
        anti_forgery: anti_forgery::value(&person.cookie),
        other_account: browser_address(Some(&invitation.integration.provider)),
        invitation: &invitation,
    };
    Ok(render_page(
        StatusCode::OK,
        &template,
        &targets(&authorization),
    ))
}

/// `POST /connect/{ticket}`
pub(super) async fn set_out(
    State(app): State<Arc<App>>,
    Path(ticket): Path<String>,
    form: PersonForm,
) -> Result<Response, ErrorPage> {
    let caller = form.person.caller();
    let browser = cookie::fresh(&app);
    let ticket = Secret::new(ticket);
    let followed = app.service.follow_link(&caller, &ticket, &browser).await;
    let url = followed.map_err(|failure| unusable(failure, &form.person))?;
    let mut response = see_other(url.as_str());
    if let Some((_, state)) = url.query_pairs().find(|(name, _)| name == "state") {
        let state = Secret::new(state.into_owned());
        let cookie = ConsentCookie::of(&app, &state);
        response
            .headers_mut()
            .append(SET_COOKIE, cookie.set(&app, &browser));
    }
    Ok(response)
}

/// Where the form may lead. Chromium holds every redirect that follows a form to `form-action`,
/// and providers send people on, to the host of their own team or to a sign-in elsewhere; where
/// that is nobody can know before. So it is the scheme that is allowed, not the host.
fn targets(authorization: &str) -> Vec<String> {
    let plain = authorization.starts_with("http://");
    let schemes = if plain {
        &["http:", "https:"][..]
    } else {
        &["https:"]
    };
    schemes.iter().map(|it| (*it).to_owned()).collect()
}

/// Why a link leads nowhere, for the person who has it.
fn unusable(failure: Failure, person: &Person) -> ErrorPage {
    match failure {
        Failure::Wrong(Wrong::Value(text)) => ErrorPage::new(
            StatusCode::GONE,
            "This link can't be used",
            &words::sentence(&text),
            "Ask whoever gave it to you for a new one.",
        ),
        Failure::Wrong(Wrong::NotAllowed(_)) => {
            let meaning = format!(
                "You are signed in as {}, and somebody else is asked. Nothing was changed.",
                person.user.email
            );
            ErrorPage::new(
                StatusCode::FORBIDDEN,
                "This link was made for another person",
                &meaning,
                "If that person is you, sign out and in again. If not, give the link to them.",
            )
        }
        other => other.into(),
    }
}
