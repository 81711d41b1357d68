//! What a failed request is told: a problem document (RFC 9457) with a stable `code`.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use evergrant_service::core::Refusal;
use evergrant_service::core::secret::blotted;
use evergrant_service::{Failure, Outage, Wrong};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::oauth::error::RETRY_AFTER_SECONDS;

/// The media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` says which problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the status.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What happened, and what to do about it, for people.
    pub detail: String,
    /// What happened, for programs: a stable word.
    pub code: String,
    /// After how many seconds to try again.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem with this status and code. The text may repeat what the caller said, and callers
    /// write it into their logs: secrets are taken out of it.
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        let known = StatusCode::from_u16(status).ok();
        let title = known
            .and_then(|it| it.canonical_reason())
            .unwrap_or("Error");
        Self {
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            status,
            detail: blotted(&detail.into()),
            code: code.to_owned(),
            retry_after: None,
        }
    }

    /// A request that can't be read; the text names what is wrong with it.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(400, "request_malformed", detail)
    }

    /// The store can't be reached. Its own words may name hosts and files: they go to the log.
    pub fn outage(outage: &Outage) -> Self {
        tracing::warn!(%outage, "a request could not be answered");
        let detail = "The store can't be reached at present. Try again in a moment.";
        let problem = Self::new(503, "store_unavailable", detail);
        Self {
            retry_after: Some(RETRY_AFTER_SECONDS),
            ..problem
        }
    }

    fn wrong(wrong: &Wrong) -> Self {
        let status = match wrong {
            Wrong::Value(_) => 400,
            Wrong::NotAuthenticated => 401,
            Wrong::NotAllowed(_) => 403,
            Wrong::NotFound { .. } => 404,
            Wrong::AlreadySetUp | Wrong::Exists { .. } => 409,
            Wrong::TooManyTries(_) => 429,
        };
        let retry_after = match wrong {
            Wrong::TooManyTries(seconds) => Some(*seconds),
            _ => None,
        };
        Self {
            retry_after,
            ..Self::new(status, wrong.code(), sentence(&wrong.to_string()))
        }
    }

    fn refused(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::ClientNotAuthenticated => 401,
            Refusal::TooManyRetries => 429,
            Refusal::StoreWentBack => 503,
            Refusal::Ended(_) | Refusal::Overtaken => 409,
            _ => 400,
        };
        let retry_after = matches!(status, 429 | 503).then_some(RETRY_AFTER_SECONDS);
        Self {
            retry_after,
            ..Self::new(status, refusal.code(), refusal.sentence())
        }
    }

    /// The answer that carries it.
    pub(super) fn into_response(self) -> Response<Body> {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == 401 {
            let value = HeaderValue::from_static("Bearer realm=\"evergrant\"");
            headers.insert(WWW_AUTHENTICATE, value);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// What rules say of a value begins small, for it also follows a field's name on a page.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|it| it.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{end}", letters.as_str())
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::refused(refusal),
            Failure::Wrong(wrong) => Self::wrong(&wrong),
            Failure::Outage(outage) => Self::outage(&outage),
        }
    }
}
