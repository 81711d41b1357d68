//! What came in a query or a form: names and values.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use url::form_urlencoded;

use super::error::ErrorPage;
use super::origin;
use crate::App;

/// Names and values in their order. An empty value is as good as none (OAuth 2.1 section 3.1).
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a query or the body of a form.
    pub(super) fn parse(text: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(text).into_owned();
        Self(pairs.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// The first value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The first value of a name as one's own text, empty where there is none.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Every value of a name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(key, _)| key == name);
        named.map(|(_, value)| value.as_str())
    }

    /// Whether a name stands there more than once.
    pub(super) fn is_repeated(&self, name: &str) -> bool {
        self.all(name).nth(1).is_some()
    }

    /// Everything but these names, as a query.
    pub(super) fn query_without(&self, names: &[&str]) -> String {
        let kept = self
            .0
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()));
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .finish()
    }
}

impl FromRequest<Arc<App>> for Fields {
    type Rejection = ErrorPage;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ErrorPage> {
        let kind = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let kind = kind
            .and_then(|value| value.split(';').next())
            .unwrap_or_default()
            .trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(ErrorPage::unreadable(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let body = Bytes::from_request(request, app).await;
        let body = body.map_err(|rejection| ErrorPage::unreadable(rejection.status()))?;
        Ok(Self::parse(&body))
    }
}

/// A form that did not come from another site's page.
pub(super) struct OwnForm(pub(super) Fields);

impl FromRequest<Arc<App>> for OwnForm {
    type Rejection = ErrorPage;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, ErrorPage> {
        origin::check(app, request.headers())?;
        Fields::from_request(request, app).await.map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_omitted_and_repetition_is_seen() {
        let fields = Fields::parse(b"a=1&a=&b=2&b=3&c=");
        assert!(!fields.is_repeated("a"));
        assert!(fields.is_repeated("b"));
        assert_eq!(fields.get("c"), None);
        assert_eq!(fields.query_without(&["a"]), "b=2&b=3");
    }
}
