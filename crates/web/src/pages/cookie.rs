//! Our two cookies: the session of a signed-in person, and one that binds the sign-in form to its
//! browser before there is a session.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant_service::core::people::session::SESSION_LIFETIME;
use evergrant_service::core::{Secret, Span};

use crate::App;

/// One of our cookies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cookie {
    /// Of a signed-in person.
    Session,
    /// Of a browser that is about to sign in.
    Form,
}

/// What a [`Cookie::Form`] has at least: 256 bits in base64url.
const FORM_LENGTH: usize = 43;

impl Cookie {
    /// Its name. `__Host-` makes the browser refuse one that came by plain http, from a subdomain
    /// or for a part of the site.
    fn name(self, app: &App) -> &'static str {
        match (self, app.is_secure()) {
            (Self::Session, true) => "__Host-evergrant_session",
            (Self::Session, false) => "evergrant_session",
            (Self::Form, true) => "__Host-evergrant_form",
            (Self::Form, false) => "evergrant_form",
        }
    }

    /// Its text in a request.
    pub(crate) fn read(self, app: &App, headers: &HeaderMap) -> Option<Secret> {
        let all = headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut pairs = all
            .flat_map(|value| value.split(';'))
            .filter_map(|it| it.split_once('='));
        let (_, text) = pairs.find(|(name, _)| name.trim() == self.name(app))?;
        Some(Secret::new(text.trim().to_owned()))
    }

    /// The header that gives it to the browser.
    pub(super) fn set(self, app: &App, text: &Secret) -> HeaderValue {
        let life = match self {
            Self::Session => SESSION_LIFETIME,
            Self::Form => Span::from_days(1),
        };
        self.header(app, text.expose(), life)
    }

    /// The header that takes it from the browser.
    pub(super) fn clear(self, app: &App) -> HeaderValue {
        self.header(app, "", Span::from_seconds(0))
    }

    fn header(self, app: &App, text: &str, life: Span) -> HeaderValue {
        let (name, life) = (self.name(app), life.seconds());
        let secure = if app.is_secure() { "; Secure" } else { "" };
        let text = format!("{name}={text}; Path=/; Max-Age={life}; HttpOnly; SameSite=Lax{secure}");
        // Our own texts are base64url and never fail.
        let value = HeaderValue::try_from(text);
        let mut value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

/// The form cookie of this browser, or a new one.
pub(super) fn form_cookie(app: &App, headers: &HeaderMap) -> Secret {
    let known = Cookie::Form.read(app, headers);
    let is_ours = |text: &Secret| {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        text.expose().len() == FORM_LENGTH && text.expose().bytes().all(letters)
    };
    known.filter(is_ours).unwrap_or_else(|| {
        let random = app.service.world().secret();
        Secret::new(URL_SAFE_NO_PAD.encode(*random))
    })
}
