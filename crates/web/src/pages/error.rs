//! Pages that say what happened, what it means, and what to do.

use askama::Template;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use evergrant_service::{Failure, Wrong};

use super::render::{Frame, page, retry_after};
use super::words;
use crate::oauth::error::RETRY_AFTER_SECONDS;

/// A request that ended in a page for the person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ErrorPage {
    /// The status.
    pub(super) status: StatusCode,
    /// What happened.
    pub(super) heading: String,
    /// What it means.
    pub(super) meaning: String,
    /// What to do.
    pub(super) step: String,
    /// Seconds after which to try again.
    pub(super) retry_after: Option<u32>,
}

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorTemplate<'a> {
    frame: Frame,
    page: &'a ErrorPage,
}

impl ErrorPage {
    /// A page with these sentences.
    pub(super) fn new(status: StatusCode, heading: &str, meaning: &str, step: &str) -> Self {
        Self {
            status,
            heading: heading.to_owned(),
            meaning: meaning.to_owned(),
            step: step.to_owned(),
            retry_after: None,
        }
    }

    /// There is nothing at this address.
    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "There is nothing at this address",
            "The link may be incomplete, or what it led to has ended since.",
            "Check the address, or go on from your settings.",
        )
    }

    /// The form is of another browser, another sign-in, or another site.
    pub(super) fn forged() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "This form is out of date",
            "It was made for another sign-in, or your browser did not send our cookie with it. \
             Nothing was changed.",
            "Allow cookies for this site, go back, reload the page, and send the form again.",
        )
    }

    /// The form came from another site's page.
    pub(super) fn foreign_origin(ours: &str) -> Self {
        let step = format!(
            "Open {ours} yourself and do it there. If you did not press anything on another site, \
             close that site. Operators: the public URL must be the address that people see."
        );
        let meaning = "Your browser says that another site sent this form. Nothing was changed.";
        Self::new(
            StatusCode::FORBIDDEN,
            "This form came from another site",
            meaning,
            &step,
        )
    }

    /// The body is no form, or too large.
    pub(super) fn unreadable(status: StatusCode) -> Self {
        Self::new(
            status,
            "This form could not be read",
            "What was sent is no form, or it is too large. Nothing was changed.",
            "Go back, reload the page, and send the form again.",
        )
    }

    fn outage() -> Self {
        let mut page = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "This can't be done right now",
            "Our store can't be reached at the moment. Nothing of yours is lost.",
            "Wait a few seconds, then reload this page.",
        );
        page.retry_after = Some(RETRY_AFTER_SECONDS);
        page
    }

    fn wrong(wrong: &Wrong) -> Self {
        let sentence = words::sentence(&wrong.to_string());
        let said = |status, heading, step| Self::new(status, heading, &sentence, step);
        match wrong {
            Wrong::NotFound { .. } => Self::not_found(),
            Wrong::NotAuthenticated => said(
                StatusCode::UNAUTHORIZED,
                "You are not signed in",
                "Sign in, then try again.",
            ),
            Wrong::NotAllowed(_) => said(
                StatusCode::FORBIDDEN,
                "You may not do this",
                "Ask an admin of your team.",
            ),
            Wrong::NeedsPerson(_) | Wrong::NotNow(_) | Wrong::Suspended(_) => said(
                StatusCode::CONFLICT,
                "This connection does not serve now",
                "Ask whoever runs it.",
            ),
            Wrong::AlreadySetUp | Wrong::Exists { .. } => said(
                StatusCode::CONFLICT,
                "This is there already",
                "Sign in to see it.",
            ),
            Wrong::InUse { .. } => said(
                StatusCode::CONFLICT,
                "This is in use",
                "Remove what uses it first.",
            ),
            Wrong::Underway(_) => said(
                StatusCode::CONFLICT,
                "This is being done",
                "Look again in a minute.",
            ),
            Wrong::Value(_) | Wrong::TooLong { .. } => said(
                StatusCode::BAD_REQUEST,
                "This can't be accepted",
                "Go back and change it.",
            ),
            Wrong::TooManyTries(seconds) => {
                let step = "Wait, then try again.";
                let page = said(
                    StatusCode::TOO_MANY_REQUESTS,
                    "There were too many tries",
                    step,
                );
                Self {
                    retry_after: Some(*seconds),
                    ..page
                }
            }
        }
    }
}

impl From<Failure> for ErrorPage {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::new(
                StatusCode::BAD_REQUEST,
                "This request can't be answered",
                &words::sentence(refusal.sentence()),
                "Go back to the app that sent you here and start again.",
            ),
            Failure::Wrong(wrong) => Self::wrong(&wrong),
            Failure::Outage(outage) => {
                tracing::error!(%outage, "a page could not be shown");
                Self::outage()
            }
        }
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let template = ErrorTemplate {
            frame: Frame::plain(),
            page: &self,
        };
        let response = page(self.status, &template, &[]);
        match self.retry_after {
            Some(seconds) => retry_after(response, seconds),
            None => response,
        }
    }
}

/// Where nothing is: a page for browsers, a line for programs.
pub(super) async fn nothing_here(headers: HeaderMap) -> Response {
    let accepts = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if accepts.contains("text/html") {
        ErrorPage::not_found().into_response()
    } else {
        (StatusCode::NOT_FOUND, "There is nothing at this address.\n").into_response()
    }
}
