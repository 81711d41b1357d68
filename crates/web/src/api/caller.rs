//! Who sent a request: a personal access token, or the session of a signed-in browser.

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use evergrant_service::core::Secret;
use evergrant_service::{Authority, Caller, Failure, Wrong};

use super::problem::Problem;
use crate::App;
use crate::origin::is_ours;
use crate::pages::Cookie;

/// The caller behind a request.
///
/// # Errors
/// 401 for nobody, 403 for a browser that another site sent.
pub(super) async fn caller(app: &App, request: &Parts) -> Result<Caller, Problem> {
    let anonymous = || Problem::from(Failure::Wrong(Wrong::NotAuthenticated));
    if let Some(value) = request.headers.get(AUTHORIZATION) {
        let token = value.to_str().ok().and_then(bearer).ok_or_else(anonymous)?;
        return Ok(app.service.personal_token(&token).await?);
    }
    let cookie = Cookie::Session
        .read(app, &request.headers)
        .ok_or_else(anonymous)?;
    let (_, user) = app.service.session(&cookie).await?.ok_or_else(anonymous)?;
    if request.method != Method::GET && !is_our_own_page(app, &request.headers) {
        let text = "A browser's session changes something only from a page of this server, or \
                    with a JSON body.";
        return Err(Problem::new(403, "not_allowed", text));
    }
    Ok(Caller {
        team: user.team,
        authority: Authority::Session(Box::new(user)),
        seen: None,
    })
}

/// The token of RFC 6750 section 2.1; the scheme's name has no case (RFC 9110 section 11.1).
fn bearer(value: &str) -> Option<Secret> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
        .then(|| Secret::new(token.to_owned()))
}

/// Browsers send our cookie along with requests that another site made them send. Such a request
/// says so, or can't carry JSON without asking us first, which we never allow.
fn is_our_own_page(app: &App, headers: &HeaderMap) -> bool {
    let said = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or_default())
    };
    if let Some(site) = said("sec-fetch-site") {
        return site == "same-origin";
    }
    if let Some(origin) = said(ORIGIN.as_str()) {
        return is_ours(origin, &app.service.settings().issuer, said("host"));
    }
    said(CONTENT_TYPE.as_str()).is_some_and(is_json)
}

/// Whether a media type is JSON.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_from_its_header_only_in_the_right_form() {
        let read = |value| bearer(value).map(|token| token.expose().to_owned());
        assert_eq!(read("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("bearer  abc").as_deref(), Some("abc"));
        for value in ["Basic abc", "Bearer", "Bearer ", "abc"] {
            assert_eq!(read(value), None, "{value}");
        }
    }

    #[test]
    fn json_has_parameters_and_no_case() {
        assert!(is_json("application/json"));
        assert!(is_json("Application/JSON; charset=utf-8"));
        assert!(!is_json("text/plain"));
        assert!(!is_json("application/x-www-form-urlencoded"));
    }
}
