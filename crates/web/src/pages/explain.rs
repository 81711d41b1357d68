//! A page to paste into: what a text about a failed token says.
//!
//! Anybody may read it, for it knows nothing of anybody: no store is asked and nothing is kept.
//! What was pasted comes back as it was, but for its secrets.

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use evergrant_service::core::held::explain::Question;
use evergrant_service::core::held::guide::actor;
use evergrant_service::core::held::{Cause, Confidence, Party, mask};
use evergrant_service::held::{guides, signatures};
use evergrant_service::{Failure, Wrong};

use super::cookie::{Cookie, form_cookie};
use super::error::ErrorPage;
use super::fields::{Fields, OwnForm};
use super::person::Visitor;
use super::render::{Frame, page as render_page, retry_after};
use super::words::Moment;
use super::{anti_forgery, words};
use crate::App;
use crate::api::explain::{ExplanationShown, MAX_BODY, status};
use crate::origin::From;

/// Where it is.
pub(super) const PATH: &str = "/explain";
/// No form is larger.
pub(super) const LARGEST: usize = MAX_BODY;
/// More letters of a provider's name than these tell nobody more.
const NAME: usize = 60;

#[derive(Template)]
#[template(path = "pages/explain.html")]
struct ExplainTemplate {
    frame: Frame,
    anti_forgery: String,
    /// What was pasted, and what was said of it.
    text: String,
    provider: String,
    status: String,
    /// What may be said.
    providers: &'static [(String, String)],
    trouble: Option<String>,
    said: Option<Said>,
}

/// What the text says, for people.
struct Said {
    explanation: ExplanationShown,
    /// Whether there is anything to tell.
    tells: bool,
    party: &'static str,
    degree: &'static str,
    provider: Option<&'static str>,
    dates: Vec<Moment>,
    guide: String,
    others: Vec<Other>,
}

/// What else it may be, and the guide of that.
struct Other {
    name: String,
    address: String,
}

/// Keys and names, for the list of what may be said.
static PROVIDERS: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let speakers = signatures::catalogue().speakers().iter();
    speakers
        .map(|it| (it.key.clone(), it.name.clone()))
        .collect()
});

/// `GET /explain`
pub(super) async fn page(
    State(app): State<Arc<App>>,
    visitor: Result<Visitor, ErrorPage>,
    headers: HeaderMap,
) -> Response {
    let cookie = form_cookie(&app, &headers);
    let template = ExplainTemplate::empty(visitor, anti_forgery::value(&cookie));
    let mut response = render_page(StatusCode::OK, &template, &[]);
    response
        .headers_mut()
        .append(SET_COOKIE, Cookie::Form.set(&app, &cookie));
    response
}

/// `POST /explain`
pub(super) async fn explain(
    State(app): State<Arc<App>>,
    visitor: Result<Visitor, ErrorPage>,
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
    let mut template = ExplainTemplate::empty(visitor, anti_forgery::value(&cookie));
    template.provider = mask::shown(fields.get("provider").unwrap_or_default(), NAME);
    let status = match status(fields.get("status").unwrap_or_default()) {
        Ok(status) => status,
        Err(text) => return Ok(template.refused(&fields, words::sentence(text))),
    };
    template.status = status.map(|it| it.to_string()).unwrap_or_default();
    if let Err(failure) = app.service.may_explain(&origin) {
        return match failure {
            Failure::Wrong(Wrong::TooManyTries(seconds)) => Ok(template.waits(&fields, seconds)),
            failure => Err(failure.into()),
        };
    }
    let text = fields.text("text");
    if text.trim().is_empty() {
        let trouble = "There is no text. Paste what you got when it failed.";
        return Ok(template.refused(&fields, trouble.into()));
    }
    let provider = fields.get("provider").map(str::to_owned);
    let work = move || {
        let question = Question {
            text: &text,
            provider: provider.as_deref(),
            status,
        };
        Ok((ExplanationShown::of(&question), mask::lines(&text)))
    };
    let length = fields.get("text").map_or(0, str::len);
    let (explanation, masked) = app.reading.run(length, work).await?;
    template.said = Some(Said::of(explanation));
    template.text = masked;
    Ok(render_page(StatusCode::OK, &template, &[]))
}

impl ExplainTemplate {
    fn empty(visitor: Result<Visitor, ErrorPage>, anti_forgery: String) -> Self {
        // Is the store away, nobody can say who looks; what the page says is the same.
        let person = visitor.ok().and_then(|Visitor(person)| person);
        Self {
            frame: person.map_or_else(Frame::plain, |it| Frame::of(&it).at(PATH)),
            anti_forgery,
            text: String::new(),
            provider: String::new(),
            status: String::new(),
            providers: &PROVIDERS,
            trouble: None,
            said: None,
        }
    }

    fn refused(mut self, fields: &Fields, trouble: String) -> Response {
        self.text = mask::lines(fields.get("text").unwrap_or_default());
        self.trouble = Some(trouble);
        render_page(StatusCode::UNPROCESSABLE_ENTITY, &self, &[])
    }

    fn waits(mut self, fields: &Fields, seconds: u32) -> Response {
        self.text = mask::lines(fields.get("text").unwrap_or_default());
        let wait = words::wait(seconds);
        self.trouble = Some(format!(
            "There were too many texts from where you are. Wait {wait}, then send it again."
        ));
        retry_after(
            render_page(StatusCode::TOO_MANY_REQUESTS, &self, &[]),
            seconds,
        )
    }
}

impl Said {
    fn of(explanation: ExplanationShown) -> Self {
        let provider = explanation.provider.as_deref();
        let name = provider.and_then(|it| signatures::catalogue().speaker(it));
        let cause = Cause::parse(&explanation.cause).unwrap_or(Cause::Unknown);
        let party = Party::parse(&explanation.party).unwrap_or(Party::Nobody);
        let degree = Confidence::parse(&explanation.confidence).unwrap_or(Confidence::Ambiguous);
        Self {
            tells: explanation.tells(),
            party: actor(party),
            degree: degree.degree(),
            provider: name.map(|it| it.name.as_str()),
            dates: explanation
                .dates
                .iter()
                .map(|it| Moment::minute(it.0))
                .collect(),
            guide: guides::address(cause, provider),
            others: others(&explanation),
            explanation,
        }
    }
}

fn others(explanation: &ExplanationShown) -> Vec<Other> {
    let provider = explanation.provider.as_deref();
    let other = |name: &String| {
        let cause = Cause::parse(name)?;
        Some(Other {
            name: name.clone(),
            address: guides::address(cause, provider),
        })
    };
    explanation.also_possible.iter().filter_map(other).collect()
}
