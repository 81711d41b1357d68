//! What became of a consent, for the person who came back from a provider: one page, on the server
//! and on a person's own machine.

use askama::Template;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant_service::core::Secret;
use evergrant_service::core::held::{Cause, State, scopes};
use evergrant_service::core::id::ConnectionId;
use evergrant_service::held::connect::Returned;
use evergrant_service::manage::connections::ConnectionSeen;
use evergrant_service::{Failure, Service, Wrong};

use super::fields::Fields;
use super::render::{Frame, page, retry_after};
use super::{headers, style};
use crate::oauth::error::RETRY_AFTER_SECONDS;

/// What became of it, in words.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    status: StatusCode,
    heading: &'static str,
    meaning: &'static str,
    facts: Vec<(&'static str, String)>,
    evidence: Vec<String>,
    step: &'static str,
}

#[derive(Template)]
#[template(path = "pages/outcome.html")]
struct OutcomeTemplate<'a> {
    frame: Frame,
    it: &'a Outcome,
}

#[derive(Template)]
#[template(path = "pages/outcome_here.html")]
struct HereTemplate<'a> {
    style: String,
    it: &'a Outcome,
}

/// Those that may stand in an answer once (RFC 6749 section 4.1.2, RFC 9207 section 2).
const ONCE: [&str; 5] = ["state", "code", "iss", "error", "error_description"];

/// Reads what a browser brought back. Whoever listens adds its cookie.
///
/// # Errors
/// The page for an answer that can't be one.
pub(crate) fn read(query: Option<&str>) -> Result<Returned, Outcome> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let text = |name| fields.get(name).map(str::to_owned);
    let repeated = ONCE.iter().any(|name| fields.is_repeated(name));
    let state = text("state").filter(|_| !repeated);
    Ok(Returned {
        state: state.map(Secret::new).ok_or_else(Outcome::unreadable)?,
        code: text("code").map(Secret::new),
        issuer: text("iss"),
        error: text("error"),
        description: text("error_description"),
        browser: None,
    })
}

/// Finishes a consent, and says what became of it; the connection is given where the state was
/// spent.
pub(crate) async fn finish(
    service: &Service,
    returned: &Returned,
) -> (Outcome, Option<ConnectionId>) {
    let id = match service.finish_connection(returned).await {
        Ok(id) => id,
        Err(failure) => return (Outcome::unfinished(&failure), None),
    };
    let outcome = match service.connection_after_consent(id).await {
        Ok(seen) => Outcome::of(&seen, returned.error.as_deref()),
        Err(failure) => Outcome::unfinished(&failure),
    };
    (outcome, Some(id))
}

impl Outcome {
    fn of(seen: &ConnectionSeen, error: Option<&str>) -> Self {
        let connection = &seen.loaded.connection;
        let diagnosis = connection.standing.diagnosis.as_ref();
        let mut facts = vec![
            ("Connection", connection.name.clone()),
            ("Provider", seen.provider.name.clone()),
        ];
        if let Some(account) = &connection.account {
            let name = account.label.as_ref().unwrap_or(&account.id);
            facts.push(("Account", name.clone()));
        }
        let (heading, meaning, step) = match connection.standing.state {
            State::Pending => NOT_YET,
            State::Revoked => failed(error, diagnosis.map(|it| it.cause)),
            State::ScopeGap => {
                let granted = seen.loaded.grant.scopes.as_ref();
                let missing = scopes::missing(&connection.scopes, granted);
                facts.push(("Not allowed", missing.join(" ")));
                CONNECTED_IN_PART
            }
            _ => CONNECTED,
        };
        let evidence = match connection.standing.state {
            State::Revoked => diagnosis.map(|it| it.evidence.clone()),
            _ => None,
        };
        Self {
            status: StatusCode::OK,
            heading,
            meaning,
            facts,
            evidence: evidence.unwrap_or_default(),
            step,
        }
    }

    /// Why it could not be finished.
    pub(super) fn unfinished(failure: &Failure) -> Self {
        match failure {
            Failure::Outage(outage) => {
                tracing::error!(%outage, "a consent could not be finished");
                Self::plain(StatusCode::SERVICE_UNAVAILABLE, OUTAGE)
            }
            Failure::Wrong(Wrong::Value(_)) => Self::stale(),
            Failure::Wrong(_) | Failure::Refused(_) => Self::unreadable(),
        }
    }

    /// The state is no good, or not any more.
    pub(super) fn stale() -> Self {
        Self::plain(StatusCode::GONE, STALE)
    }

    fn unreadable() -> Self {
        Self::plain(StatusCode::BAD_REQUEST, UNREADABLE)
    }

    fn plain(
        status: StatusCode,
        (heading, meaning, step): (&'static str, &'static str, &'static str),
    ) -> Self {
        Self {
            status,
            heading,
            meaning,
            facts: Vec::new(),
            evidence: Vec::new(),
            step,
        }
    }

    /// The page on the server.
    pub(super) fn into_page(self) -> Response {
        let template = OutcomeTemplate {
            frame: Frame::plain(),
            it: &self,
        };
        self.sealed(page(self.status, &template, &[]))
    }

    /// The page of a program on the person's own machine. Nothing else is served there, so it
    /// carries its style along.
    pub(crate) fn into_page_here(self) -> Response {
        let template = HereTemplate {
            style: format!("data:text/css;base64,{}", STANDARD.encode(style::TEXT)),
            it: &self,
        };
        let mut response = self.sealed(page(self.status, &template, &[]));
        let policy = "default-src 'none'; style-src data:; frame-ancestors 'none'; \
                      base-uri 'none'; form-action 'none'";
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        response
    }

    /// The address of the page holds code and state: nobody is told where the person was.
    fn sealed(&self, mut response: Response) -> Response {
        response
            .headers_mut()
            .insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers::protect_now(&mut response);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            return retry_after(response, RETRY_AFTER_SECONDS);
        }
        response
    }
}

/// Heading, meaning, and what to do.
type Words = (&'static str, &'static str, &'static str);

const CONNECTED: Words = (
    "Connected",
    "Your agreement is here, and programs of your team can work with it from now on.",
    "Nothing. You can close this window.",
);
const CONNECTED_IN_PART: Words = (
    "Connected, but not for everything",
    "Your agreement is here and works for what you allowed. Some of what was asked for is missing.",
    "You can close this window. To allow the rest, ask for a new link and agree to all of it.",
);
const NOT_YET: Words = (
    "This is not finished yet",
    "You agreed, and the provider was asked for the tokens. Its answer is still on its way.",
    "You can close this window: it goes on without you. Whoever sent you the link sees how it \
     ends.",
);
const DENIED: Words = (
    "You did not agree",
    "The provider says that you said no. Nothing was connected.",
    "You can close this window. If that was a mistake, ask for a new link.",
);
const REFUSED: Words = (
    "The provider refused",
    "It gave us no tokens for your visit. Nothing was connected.",
    "Show this page to whoever sent you the link. After that, ask for a new one.",
);
const APP_REFUSED: Words = (
    "The provider did not accept our app",
    "You did nothing wrong: our own registration at the provider is refused. Nothing was \
     connected.",
    "Tell an admin of your team to mend the integration. After that, ask for a new link.",
);
const LOST: Words = (
    "The provider's answer was lost",
    "You agreed, but no answer that can be used came back to us. An agreement is good for one \
     request, so yours is used up. Nothing was connected.",
    "Ask for a new link, and agree once more.",
);
const STALE: Words = (
    "This was used already, or is too old",
    "Each way back from a provider is good once, in the browser that set out, and for a quarter \
     of an hour. If you reloaded a page that said that you are connected, you still are.",
    "Look whether the connection is there. If it is not, ask for a new link.",
);
const UNREADABLE: Words = (
    "This answer can't be read",
    "The address that you came back with is not complete, or says something twice. Nothing was \
     changed.",
    "Ask for a new link, and follow it from the start.",
);
const OUTAGE: Words = (
    "This can't be done right now",
    "Our store can't be reached at the moment. Your agreement is not used up.",
    "Wait a few seconds, then reload this page.",
);

/// Why nothing was connected.
fn failed(error: Option<&str>, cause: Option<Cause>) -> Words {
    match (error, cause) {
        (Some("access_denied"), _) => DENIED,
        (Some(_), _) => REFUSED,
        (None, Some(Cause::AppOrClientMisconfigured)) => APP_REFUSED,
        (
            None,
            Some(
                Cause::ResponseLost
                | Cause::NetworkOrProxy
                | Cause::ProviderOutage
                | Cause::RateLimited
                | Cause::MalformedResponse,
            ),
        ) => LOST,
        (None, _) => REFUSED,
    }
}
