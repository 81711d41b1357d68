//! Our cookies: the session of a signed-in person, one that binds the sign-in form to its browser
//! before there is a session, and one for each consent on its way to a provider.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use evergrant_service::core::held::consent;
use evergrant_service::core::people::session::SESSION_LIFETIME;
use evergrant_service::core::{Secret, Span};
use url::Url;

use crate::App;

/// A cookie of which a browser has one.
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
        find(headers, self.name(app))
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
        header(app, (self.name(app), "/"), text, life)
    }
}

/// The cookie of one consent. Each has a name of its own, made from the `state` that goes to the
/// provider, so that a person can be on the way to several at once.
pub(super) struct ConsentCookie {
    name: String,
    path: String,
}

/// Enough letters of a digest to tell two consents apart.
const TOLD_APART: usize = 12;

impl ConsentCookie {
    /// The cookie of the consent with this `state`.
    pub(super) fn of(app: &App, state: &Secret) -> Self {
        // Its path is not `/`, so it can't have `__Host-`.
        let prefix = if app.is_secure() { "__Secure-" } else { "" };
        let digest = state.digest().base64url();
        let part: String = digest.chars().take(TOLD_APART).collect();
        let callback = Url::parse(&app.service.callback_url());
        Self {
            name: format!("{prefix}evergrant_consent_{part}"),
            path: callback.map_or_else(|_| "/".to_owned(), |url| url.path().to_owned()),
        }
    }

    /// Its text in a request.
    pub(super) fn read(&self, headers: &HeaderMap) -> Option<Secret> {
        find(headers, &self.name)
    }

    /// The header that gives it to the browser. `Lax` lets it come back with the person whom the
    /// provider sends back, and with no request that another site makes behind their back.
    pub(super) fn set(&self, app: &App, text: &Secret) -> HeaderValue {
        self.header(app, text.expose(), consent::LONGEST)
    }

    /// The header that takes it from the browser.
    pub(super) fn clear(&self, app: &App) -> HeaderValue {
        self.header(app, "", Span::from_seconds(0))
    }

    fn header(&self, app: &App, text: &str, life: Span) -> HeaderValue {
        header(app, (&self.name, &self.path), text, life)
    }
}

/// 256 random bits as the text of a cookie.
pub(super) fn fresh(app: &App) -> Secret {
    let random = app.service.world().secret();
    Secret::new(URL_SAFE_NO_PAD.encode(*random))
}

fn find(headers: &HeaderMap, wanted: &str) -> Option<Secret> {
    let all = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = all
        .flat_map(|value| value.split(';'))
        .filter_map(|it| it.split_once('='));
    let (_, text) = pairs.find(|(name, _)| name.trim() == wanted)?;
    Some(Secret::new(text.trim().to_owned()))
}

fn header(app: &App, (name, path): (&str, &str), text: &str, life: Span) -> HeaderValue {
    let life = life.seconds();
    let secure = if app.is_secure() { "; Secure" } else { "" };
    let text =
        format!("{name}={text}; Path={path}; Max-Age={life}; HttpOnly; SameSite=Lax{secure}");
    // Our own texts are base64url and never fail.
    let value = HeaderValue::try_from(text);
    let mut value = value.unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// The form cookie of this browser, or a new one.
pub(super) fn form_cookie(app: &App, headers: &HeaderMap) -> Secret {
    let known = Cookie::Form.read(app, headers);
    let is_ours = |text: &Secret| {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        text.expose().len() == FORM_LENGTH && text.expose().bytes().all(letters)
    };
    known.filter(is_ours).unwrap_or_else(|| fresh(app))
}
