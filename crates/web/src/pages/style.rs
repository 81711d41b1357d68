//! The one stylesheet, under an address that changes with its content.

use std::sync::LazyLock;

use axum::extract::RawQuery;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use evergrant_service::core::Digest;

/// Where it is.
pub(super) const PATH: &str = "/assets/style.css";
/// Its text.
pub(super) const TEXT: &str = include_str!("../../assets/style.css");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Its digest, of which sixteen letters tell one release's from another's.
static TAG: LazyLock<String> = LazyLock::new(|| {
    Digest::of(TEXT.as_bytes())
        .base64url()
        .chars()
        .take(16)
        .collect()
});
static URL: LazyLock<String> = LazyLock::new(|| format!("{PATH}?v={}", *TAG));

/// The address that pages name.
pub(super) fn url() -> &'static str {
    &URL
}

/// The stylesheet. Under the address that names its content it never changes; under another one
/// the browser has to ask whether it did.
pub(super) async fn stylesheet(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let named = query.as_deref().and_then(|query| query.strip_prefix("v="));
    let kept = if named == Some(TAG.as_str()) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let quoted = format!("\"{}\"", *TAG);
    let known = headers
        .get(IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    let same = known.is_some_and(|known| known.split(',').any(|it| it.trim() == quoted));
    let tag = HeaderValue::try_from(quoted).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
    let answer = [
        (
            CONTENT_TYPE,
            HeaderValue::from_static("text/css; charset=utf-8"),
        ),
        (CACHE_CONTROL, HeaderValue::from_static(kept)),
        (CORP, HeaderValue::from_static("same-origin")),
        (ETAG, tag),
    ];
    if same {
        (StatusCode::NOT_MODIFIED, answer).into_response()
    } else {
        (answer, TEXT).into_response()
    }
}
