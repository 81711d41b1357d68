//! From a template to an answer.

use askama::Template;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, RETRY_AFTER,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::person::Person;
use super::{anti_forgery, headers, style};

/// What every page has around its content.
pub(super) struct Frame {
    /// The address of the stylesheet.
    pub(super) style: &'static str,
    /// Who is signed in.
    pub(super) person: Option<FramedPerson>,
}

/// The signed-in person in the page's head.
pub(super) struct FramedPerson {
    /// Their address.
    pub(super) email: String,
    /// For the form that signs out.
    pub(super) anti_forgery: String,
    /// The address of the page in their menu that they look at.
    pub(super) here: &'static str,
}

impl Frame {
    /// For anybody.
    pub(super) fn plain() -> Self {
        Self {
            style: style::url(),
            person: None,
        }
    }

    /// For a signed-in person.
    pub(super) fn of(person: &Person) -> Self {
        let person = FramedPerson {
            email: person.user.email.to_string(),
            anti_forgery: anti_forgery::value(&person.cookie),
            here: "/settings/integrations",
        };
        Self {
            style: style::url(),
            person: Some(person),
        }
    }

    /// The same around another page of the menu.
    pub(super) fn at(mut self, here: &'static str) -> Self {
        if let Some(person) = &mut self.person {
            person.here = here;
        }
        self
    }
}

/// A page whose forms, or the redirects that follow them, may lead to `form_targets` beside us.
pub(super) fn page(
    status: StatusCode,
    template: &impl Template,
    form_targets: &[String],
) -> Response {
    let html = match template.render() {
        Ok(html) => html,
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let answer = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            CONTENT_SECURITY_POLICY,
            headers::content_security_policy(form_targets),
        ),
        // With `no-referrer` browsers send our own forms with `Origin: null`, which can't be told
        // from a stranger's. Other sites are told as little with this one.
        (REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    (status, answer, html).into_response()
}

/// Says when to come back.
pub(super) fn retry_after(mut response: Response, seconds: u32) -> Response {
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Sends the browser on with GET: never 307, which would carry a password or a decision along
/// (RFC 9700 section 4.12).
pub(super) fn see_other(location: &str) -> Response {
    match HeaderValue::try_from(location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
