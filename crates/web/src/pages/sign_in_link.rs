//! Links that sign a browser in once: for whoever started the process that made them.
//!
//! Opening a link spends nothing, for mail scanners and previews open links too; the button does.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::Response;
use evergrant_service::World;
use evergrant_service::core::id::UserId;
use evergrant_service::core::secret::SecretKind;
use evergrant_service::core::{Digest, Secret, Span, Time};

use super::cookie::Cookie;
use super::error::ErrorPage;
use super::fields::{Fields, OwnForm};
use super::render::{Frame, page as render_page, see_other};
use crate::App;

/// How long a link may be used.
const LIFETIME: Span = Span::from_seconds(3_600);
/// Most links at once; the oldest gives way.
const KEPT: usize = 16;

/// The links of this process. They are nowhere else, and gone with it.
#[derive(Default)]
pub struct SignInLinks(Mutex<Vec<Link>>);

struct Link {
    digest: Digest,
    user: UserId,
    ends: Time,
}

impl SignInLinks {
    /// Makes the text of a link for `/sign-in?link=…` that signs this user in.
    pub fn make(&self, user: UserId, world: &dyn World) -> Secret {
        let text = SecretKind::SignInLink.make(&world.secret());
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if links.len() >= KEPT {
            links.remove(0);
        }
        let ends = world.now().plus(LIFETIME);
        links.push(Link {
            digest: text.digest(),
            user,
            ends,
        });
        text
    }

    fn is_good(&self, text: &str, now: Time) -> bool {
        let digest = Digest::of(text.as_bytes());
        let links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        links
            .iter()
            .any(|link| link.digest == digest && now < link.ends)
    }

    fn spend(&self, text: &str, now: Time) -> Option<UserId> {
        let digest = Digest::of(text.as_bytes());
        let mut links = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = links
            .iter()
            .position(|link| link.digest == digest && now < link.ends)?;
        Some(links.remove(place).user)
    }
}

#[derive(Template)]
#[template(path = "pages/sign_in_link.html")]
struct LinkTemplate {
    frame: Frame,
    link: String,
}

/// `GET /sign-in`
pub(super) async fn page(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let link = fields.text("link");
    if !app.sign_in_links.is_good(&link, app.service.world().now()) {
        return Err(ErrorPage::not_found());
    }
    let template = LinkTemplate {
        frame: Frame::plain(),
        link,
    };
    Ok(render_page(StatusCode::OK, &template, &[]))
}

/// `POST /sign-in`. Who has the link could use it anyway, so the link is the anti-forgery field.
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    OwnForm(fields): OwnForm,
) -> Result<Response, ErrorPage> {
    let spent = app
        .sign_in_links
        .spend(&fields.text("link"), app.service.world().now());
    let user = spent.ok_or_else(ErrorPage::not_found)?;
    let (cookie, _) = app.service.sign_in_as(user).await?;
    app.metrics.sign_in("link");
    let mut response = see_other("/settings");
    response
        .headers_mut()
        .append(SET_COOKIE, Cookie::Session.set(&app, &cookie));
    Ok(response)
}
