//! The authorization endpoint (RFC 6749 section 3.1), where a person is asked.
//!
//! 1. Client and redirect address are found; as long as they are not known, an error is a page.
//! 2. Who is not signed in signs in first: before that nobody is sent anywhere else, or our address
//!    would be a way to any address that anybody registers (RFC 9700 section 4.11.2).
//! 3. What is wrong with the rest goes to the client.
//! 4. The person sees who asks for what, and decides.
//! 5. The decision comes with the request, which is judged anew from the start.

mod answer;
mod consent;
mod parameters;

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use evergrant_service::core::Refusal;
use evergrant_service::core::issued::authorize::Asked;
use evergrant_service::issued::authorize::Authorization;
use evergrant_service::{Failure, Outage};

use self::answer::Answer;
use self::parameters::Parameters;
use super::error::ErrorPage;
use super::fields::Fields;
use super::local_path::LocalPath;
use super::person::{Person, Visitor};
use super::render::see_other;
use super::{anti_forgery, headers, origin, words};
use crate::App;

/// Where it is.
const PATH: &str = "/oauth2/authorize";
/// The name of the two buttons.
const DECISION: &str = "decision";

/// `GET /oauth2/authorize`
pub(super) async fn ask(
    State(app): State<Arc<App>>,
    Visitor(visitor): Visitor,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    begin(&app, &fields, visitor).await
}

/// `POST /oauth2/authorize`: a person's decision, or a request that a client sent by a form (RFC
/// 6749 section 3.1).
pub(super) async fn answer(
    State(app): State<Arc<App>>,
    Visitor(visitor): Visitor,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ErrorPage> {
    let Some(decision) = Decision::read(&fields)? else {
        return begin(&app, &fields, visitor).await;
    };
    origin::check(&app, &headers)?;
    let call = Call::look(&app, &fields).await?;
    let Some(person) = visitor else {
        return Ok(call.sign_in_first());
    };
    if !anti_forgery::fits(&person.cookie, &fields) {
        return Err(ErrorPage::forged());
    }
    call.decide(decision, &person).await
}

async fn begin(app: &App, fields: &Fields, visitor: Option<Person>) -> Result<Response, ErrorPage> {
    let call = Call::look(app, fields).await?;
    let Some(person) = visitor else {
        return Ok(call.sign_in_first());
    };
    match &call.asked {
        Ok(asked) => Ok(consent::show(&call, asked, &person)),
        Err(refusal) => Ok(call.answer().refused(refusal)),
    }
}

/// What a person pressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Decision {
    Allow,
    Deny,
}

impl Decision {
    fn read(fields: &Fields) -> Result<Option<Self>, ErrorPage> {
        match (fields.get(DECISION), fields.is_repeated(DECISION)) {
            (None, _) => Ok(None),
            (Some("allow"), false) => Ok(Some(Self::Allow)),
            (Some("deny"), false) => Ok(Some(Self::Deny)),
            _ => Err(ErrorPage::unreadable(StatusCode::BAD_REQUEST)),
        }
    }
}

/// One request, looked at.
struct Call<'a> {
    app: &'a App,
    fields: &'a Fields,
    state: Option<String>,
    found: Authorization,
    asked: Result<Asked, Refusal>,
}

impl<'a> Call<'a> {
    async fn look(app: &'a App, fields: &'a Fields) -> Result<Self, ErrorPage> {
        let read = Parameters::read(fields).map_err(|refusal| unanswerable(refusal.into()))?;
        let found = app
            .service
            .authorization(&read.client_id, &read.request)
            .await;
        let found = found.map_err(unanswerable)?;
        let asked = read.fault.map_or_else(|| found.asked.clone(), Err);
        Ok(Self {
            app,
            fields,
            state: read.request.state,
            found,
            asked,
        })
    }

    fn answer(&self) -> Answer<'_> {
        Answer {
            redirect_uri: &self.found.redirect_uri,
            state: self.state.as_deref(),
            issuer: &self.app.service.settings().issuer,
        }
    }

    /// The request as an address of ours, without what the consent page's form added.
    fn return_to(&self) -> LocalPath {
        let query = self.fields.query_without(&[DECISION, anti_forgery::FIELD]);
        LocalPath::or_home(Some(&format!("{PATH}?{query}")))
    }

    fn sign_in_first(&self) -> Response {
        see_other(&self.return_to().through_sign_in())
    }

    async fn decide(&self, decision: Decision, person: &Person) -> Result<Response, ErrorPage> {
        let asked = match (&self.asked, decision) {
            (Err(refusal), _) => return Ok(self.answer().refused(refusal)),
            (Ok(_), Decision::Deny) => return Ok(self.answer().refused(&Refusal::UserDenied)),
            (Ok(asked), Decision::Allow) => asked,
        };
        let who = (&person.session, &person.user);
        match self
            .app
            .service
            .consent(asked, &self.found.client, who)
            .await
        {
            Ok(code) => Ok(self.answer().code(&code)),
            Err(Failure::Refused(refusal)) => Ok(self.answer().refused(&refusal)),
            Err(Failure::Outage(Outage(why))) => {
                tracing::error!(why, "a consent could not be written");
                Ok(self.answer().outage())
            }
            Err(failure @ Failure::Wrong(_)) => Err(failure.into()),
        }
    }
}

/// An error that may be sent nowhere, for it is not known where to.
fn unanswerable(failure: Failure) -> ErrorPage {
    let page = |heading, meaning: &str| {
        let step = "Go back to the app and start again. If it happens again, tell its makers \
                    what this page says.";
        ErrorPage::new(StatusCode::BAD_REQUEST, heading, meaning, step)
    };
    match failure {
        Failure::Refused(Refusal::ClientNotAuthenticated) => page(
            "This app is not registered here",
            "The app that sent you here gave a client_id that is unknown or was removed.",
        ),
        Failure::Refused(Refusal::RedirectNotRegistered) => page(
            "The app gave an address that is not its own",
            "The redirect_uri of this request is not registered for the app, so you are not sent \
             there.",
        ),
        Failure::Refused(refusal) => page(
            "The app's request is not complete",
            &words::sentence(refusal.sentence()),
        ),
        other => other.into(),
    }
}

/// The client that waits for an answer behind a sign-in.
pub(super) struct Waiting {
    /// Its name.
    pub(super) client: String,
    /// Where its answer goes, as a source of `form-action`.
    pub(super) form_target: Option<String>,
}

/// Who waits where a sign-in leads to, if that is a request that may be answered.
pub(super) async fn waiting(app: &App, return_to: &LocalPath) -> Option<Waiting> {
    let fields = Fields::parse(return_to.query_of(PATH)?.as_bytes());
    let call = Call::look(app, &fields).await.ok()?;
    let form_target = headers::form_target(&call.found.redirect_uri);
    Some(Waiting {
        client: call.found.client.name,
        form_target,
    })
}
