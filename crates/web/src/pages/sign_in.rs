//! Signing in and out.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use evergrant_service::core::Secret;
use evergrant_service::{Failure, Wrong};

use super::authorize::{Waiting, waiting};
use super::cookie::{Cookie, form_cookie};
use super::error::ErrorPage;
use super::fields::{Fields, OwnForm};
use super::local_path::LocalPath;
use super::person::{PersonForm, Visitor};
use super::render::{Frame, page as render_page, retry_after, see_other};
use super::{anti_forgery, words};
use crate::App;
use crate::origin::From;

#[derive(Template)]
#[template(path = "pages/sign_in.html")]
struct SignInTemplate {
    frame: Frame,
    anti_forgery: String,
    email: String,
    return_to: LocalPath,
    /// What went wrong with the try before.
    trouble: Option<String>,
    /// The client that waits for an answer behind the sign-in.
    waiting: Option<Waiting>,
    /// Who is signed in already in this browser.
    signed_in: Option<String>,
}

/// `GET /login`
pub(super) async fn page(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
    Visitor(visitor): Visitor,
    headers: HeaderMap,
) -> Response {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let cookie = form_cookie(&app, &headers);
    let return_to = LocalPath::or_home(fields.get("return_to"));
    let template = SignInTemplate {
        frame: Frame::plain(),
        anti_forgery: anti_forgery::value(&cookie),
        email: String::new(),
        waiting: waiting(&app, &return_to).await,
        return_to,
        trouble: None,
        signed_in: visitor.map(|person| person.user.email.to_string()),
    };
    let mut response = show(StatusCode::OK, &template);
    response
        .headers_mut()
        .append(SET_COOKIE, Cookie::Form.set(&app, &cookie));
    response
}

/// `POST /login`
pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    From(origin): From,
    headers: HeaderMap,
    OwnForm(fields): OwnForm,
) -> Result<Response, ErrorPage> {
    let cookie = Cookie::Form
        .read(&app, &headers)
        .ok_or_else(ErrorPage::forged)?;
    if !anti_forgery::fits(&cookie, &fields) {
        return Err(ErrorPage::forged());
    }
    let return_to = LocalPath::or_home(fields.get("return_to"));
    let email = fields.text("email");
    let password = Secret::new(fields.text("password"));
    match app.service.sign_in(&email, &password, &origin).await {
        Ok((session, _)) => {
            app.metrics.sign_in("ok");
            let mut response = see_other(return_to.as_str());
            response
                .headers_mut()
                .append(SET_COOKIE, Cookie::Session.set(&app, &session));
            Ok(response)
        }
        Err(Failure::Wrong(wrong)) => {
            app.metrics.sign_in(wrong.code());
            let template = SignInTemplate {
                frame: Frame::plain(),
                anti_forgery: anti_forgery::value(&cookie),
                email,
                waiting: waiting(&app, &return_to).await,
                return_to,
                trouble: Some(trouble(&wrong)),
                signed_in: None,
            };
            Ok(refuse(&wrong, &template))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// `POST /logout`
pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    form: PersonForm,
) -> Result<Response, ErrorPage> {
    app.service
        .sign_out(&form.person.session, &form.person.user)
        .await?;
    let next = form
        .fields
        .get("return_to")
        .map(|wanted| LocalPath::or_home(Some(wanted)));
    let mut response =
        see_other(&next.map_or_else(|| "/login".to_owned(), |next| next.through_sign_in()));
    response
        .headers_mut()
        .append(SET_COOKIE, Cookie::Session.clear(&app));
    Ok(response.into_response())
}

fn show(status: StatusCode, template: &SignInTemplate) -> Response {
    let targets = template
        .waiting
        .iter()
        .filter_map(|it| it.form_target.clone());
    render_page(status, template, &targets.collect::<Vec<_>>())
}

fn trouble(wrong: &Wrong) -> String {
    match wrong {
        Wrong::TooManyTries(seconds) => {
            let wait = words::wait(*seconds);
            format!("There were too many tries. Wait {wait}, then sign in again.")
        }
        Wrong::NotAuthenticated => "The e-mail address or the password is wrong.".to_owned(),
        other => words::sentence(&other.to_string()),
    }
}

fn refuse(wrong: &Wrong, template: &SignInTemplate) -> Response {
    match wrong {
        Wrong::TooManyTries(seconds) => {
            retry_after(show(StatusCode::TOO_MANY_REQUESTS, template), *seconds)
        }
        _ => show(StatusCode::UNAUTHORIZED, template),
    }
}
