//! Who looks at a page.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::response::{IntoResponse, Response};
use evergrant_service::core::Secret;
use evergrant_service::core::people::{Session, User};
use evergrant_service::{Authority, Caller};

use super::cookie::Cookie;
use super::error::ErrorPage;
use super::fields::{Fields, OwnForm};
use super::local_path::LocalPath;
use super::{anti_forgery, render};
use crate::App;

/// A signed-in person in their browser.
#[derive(Clone, Debug)]
pub(super) struct Person {
    /// The text of their cookie.
    pub(super) cookie: Secret,
    /// Their session, which lives.
    pub(super) session: Session,
    /// Who they are.
    pub(super) user: User,
}

impl Person {
    /// The person as a caller of use cases.
    pub(super) fn caller(&self) -> Caller {
        let authority = Authority::Session(Box::new(self.user.clone()));
        Caller {
            team: self.user.team,
            authority,
            seen: None,
        }
    }
}

/// Whoever looks: signed in or not.
pub(super) struct Visitor(pub(super) Option<Person>);

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = ErrorPage;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ErrorPage> {
        let Some(cookie) = Cookie::Session.read(app, &parts.headers) else {
            return Ok(Self(None));
        };
        let found = app.service.session(&cookie).await?;
        Ok(Self(found.map(|(session, user)| Person {
            cookie,
            session,
            user,
        })))
    }
}

/// Who is not signed in goes to the sign-in page, and comes back to the page they asked for.
impl FromRequestParts<Arc<App>> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let Visitor(person) = Visitor::from_request_parts(parts, app)
            .await
            .map_err(ErrorPage::into_response)?;
        let wanted = parts
            .uri
            .path_and_query()
            .filter(|_| parts.method.is_safe());
        let wanted = LocalPath::or_home(wanted.map(PathAndQuery::as_str));
        person.ok_or_else(|| render::see_other(&wanted.through_sign_in()))
    }
}

/// A form that a signed-in person sent from a page of ours.
pub(super) struct PersonForm {
    /// Who.
    pub(super) person: Person,
    /// What.
    pub(super) fields: Fields,
}

impl FromRequest<Arc<App>> for PersonForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let person = Person::from_request_parts(&mut parts, app).await?;
        let request = Request::from_parts(parts, body);
        let OwnForm(fields) = OwnForm::from_request(request, app)
            .await
            .map_err(ErrorPage::into_response)?;
        if anti_forgery::fits(&person.cookie, &fields) {
            Ok(Self { person, fields })
        } else {
            Err(ErrorPage::forged().into_response())
        }
    }
}
