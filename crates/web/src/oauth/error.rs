//! From what happened to what the wire calls it: one exhaustive match.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use evergrant_service::Failure;
use evergrant_service::core::Refusal;
use serde::Serialize;

/// How long a client should wait when we were at fault: an outage is mostly a restart.
pub(crate) const RETRY_AFTER_SECONDS: u32 = 1;

/// The `error` of RFC 6749 section 5.2, RFC 7009 and RFC 8707 for a refusal.
pub(crate) const fn oauth_error(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::ClientNotAuthenticated => "invalid_client",
        Refusal::CodeExpired
        | Refusal::CodeOfAnotherClient
        | Refusal::CodeUnknown
        | Refusal::Ended(_)
        | Refusal::Overtaken
        | Refusal::RedirectDiffers
        | Refusal::TokenExpired
        | Refusal::TokenOfAnotherClient
        | Refusal::TokenUnknown
        | Refusal::VerifierWrong => "invalid_grant",
        Refusal::GrantTypeNotAllowed => "unauthorized_client",
        Refusal::GrantTypeUnknown => "unsupported_grant_type",
        Refusal::Invalid(_) | Refusal::RedirectNotRegistered => "invalid_request",
        Refusal::ResourceNotGranted => "invalid_target",
        Refusal::ResponseTypeUnknown => "unsupported_response_type",
        Refusal::ScopeNotAllowed | Refusal::ScopeNotGranted => "invalid_scope",
        Refusal::StoreWentBack | Refusal::TooManyRetries => "temporarily_unavailable",
        Refusal::TokenNotRevocable => "unsupported_token_type",
        Refusal::UserDenied => "access_denied",
    }
}

const fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::ClientNotAuthenticated => StatusCode::UNAUTHORIZED,
        Refusal::TooManyRetries => StatusCode::TOO_MANY_REQUESTS,
        Refusal::StoreWentBack => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    }
}

#[derive(Serialize)]
struct Body<'a> {
    error: &'a str,
    error_description: &'a str,
    error_code: &'a str,
}

/// A failed request at an endpoint for programs.
#[derive(Debug)]
pub(crate) struct TokenError {
    pub(crate) failure: Failure,
    /// Whether the client tried HTTP authentication, and so is told the scheme again.
    pub(crate) by_header: bool,
}

impl From<Failure> for TokenError {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            by_header: false,
        }
    }
}

impl From<Refusal> for TokenError {
    fn from(refusal: Refusal) -> Self {
        Failure::Refused(refusal).into()
    }
}

impl TokenError {
    /// The sub-code, for the metrics.
    pub(crate) const fn code(&self) -> &'static str {
        match &self.failure {
            Failure::Refused(refusal) => refusal.code(),
            Failure::Wrong(wrong) => wrong.code(),
            Failure::Outage(_) => "store_unavailable",
        }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let code = self.code();
        let (status, error, text) = match &self.failure {
            Failure::Refused(refusal) => (
                status(refusal),
                oauth_error(refusal),
                refusal.sentence().to_owned(),
            ),
            Failure::Wrong(wrong) => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                wrong.to_string(),
            ),
            Failure::Outage(outage) => {
                tracing::error!(%outage, "a request could not be decided");
                let text = "The server can't decide this now. Try again with the same token.";
                let status = StatusCode::SERVICE_UNAVAILABLE;
                (status, "temporarily_unavailable", text.to_owned())
            }
        };
        let body = Body {
            error,
            error_description: &text,
            error_code: code,
        };
        let mut response = json(status, &body);
        let headers = response.headers_mut();
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        if status == StatusCode::UNAUTHORIZED && self.by_header {
            let scheme = HeaderValue::from_static("Basic realm=\"evergrant\"");
            headers.insert(WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

/// An answer in JSON that nobody may store (RFC 6749 section 5.1).
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => raw_json(status, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// As [`json`], for a text that is JSON already.
pub(crate) fn raw_json(status: StatusCode, body: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}
