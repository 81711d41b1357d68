//! The page on which a person decides.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use evergrant_service::core::issued::Client;
use evergrant_service::core::issued::authorize::Asked;

use super::Call;
use super::parameters::{ONCE, RESOURCE};
use crate::pages::local_path::LocalPath;
use crate::pages::person::Person;
use crate::pages::render::{Frame, page};
use crate::pages::{anti_forgery, headers, words};

#[derive(Template)]
#[template(path = "pages/consent.html")]
struct ConsentTemplate<'a> {
    frame: Frame,
    client: &'a str,
    team: &'a str,
    email: String,
    scopes: Vec<&'a str>,
    resources: &'a [String],
    destination: String,
    lasting: String,
    /// The request, which comes back with the decision.
    request: Vec<(&'static str, &'a str)>,
    anti_forgery: String,
    return_to: LocalPath,
}

/// Asks the person. They are asked every time: a consent given before says nothing about who asks
/// in the client's name today (RFC 6819 section 5.2.3.2).
pub(super) fn show(call: &Call<'_>, asked: &Asked, person: &Person) -> Response {
    let client = &call.found.client;
    let once = ONCE
        .iter()
        .filter_map(|name| Some((*name, call.fields.get(name)?)));
    let resources = call.fields.all(RESOURCE).map(|value| (RESOURCE, value));
    let template = ConsentTemplate {
        frame: Frame::plain(),
        client: &client.name,
        team: &call.found.team.name,
        email: person.user.email.to_string(),
        scopes: asked.scope.words().collect(),
        resources: &asked.resources,
        destination: headers::destination(&asked.redirect_uri),
        lasting: lasting(client),
        request: once.chain(resources).collect(),
        anti_forgery: anti_forgery::value(&person.cookie),
        return_to: call.return_to(),
    };
    let target = headers::form_target(&asked.redirect_uri);
    page(StatusCode::OK, &template, target.as_slice())
}

/// How long the client can use what it gets.
fn lasting(client: &Client) -> String {
    if client.grant_types.refresh_token {
        let (idle, hard) = (
            words::span(client.idle_ttl),
            words::span(client.absolute_ttl),
        );
        format!("Until you end it, but at most {hard}; it also ends after {idle} without use.")
    } else {
        format!(
            "{}, then the app has to ask again.",
            words::span(client.access_ttl)
        )
    }
}
