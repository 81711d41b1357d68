//! What a failed request is told: a problem document (RFC 9457) with a stable `code`.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use evergrant_service::core::secret::blotted;
use evergrant_service::core::{Refusal, Span};
use evergrant_service::held::Blocked;
use evergrant_service::{Failure, Outage, Wrong};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::connections::DiagnosisShown;
use crate::oauth::error::RETRY_AFTER_SECONDS;

/// The media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: `code` says which problem it is.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name of the status.
    pub title: String,
    /// The status of the answer.
    pub status: u16,
    /// What happened, and what to do about it, for people.
    pub detail: String,
    /// What happened, for programs: a stable word.
    pub code: String,
    /// Why a connection gives no token now, as far as it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Box<DiagnosisShown>>,
    /// Where a person authorizes the connection anew, where one must; null as long as there is no
    /// such link.
    #[serde(
        default,
        deserialize_with = "said",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>)]
    pub reauthorize_url: Option<Option<String>>,
    /// After how many seconds to try again.
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem with this status and code. The text may repeat what the caller said, and callers
    /// write it into their logs: secrets are taken out of it.
    pub fn new(status: u16, code: &str, detail: impl Into<String>) -> Self {
        let known = StatusCode::from_u16(status).ok();
        let title = known
            .and_then(|it| it.canonical_reason())
            .unwrap_or("Error");
        Self {
            kind: "about:blank".to_owned(),
            title: title.to_owned(),
            status,
            detail: blotted(&detail.into()),
            code: code.to_owned(),
            diagnosis: None,
            reauthorize_url: None,
            retry_after: None,
        }
    }

    /// A request that can't be read; the text names what is wrong with it.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(400, "request_malformed", detail)
    }

    /// The store can't be reached. Its own words may name hosts and files: they go to the log.
    pub fn outage(outage: &Outage) -> Self {
        tracing::warn!(%outage, "a request could not be answered");
        let detail = "The store can't be reached at present. Try again in a moment.";
        let problem = Self::new(503, "store_unavailable", detail);
        Self {
            retry_after: Some(RETRY_AFTER_SECONDS),
            ..problem
        }
    }

    fn wrong(wrong: &Wrong) -> Self {
        let status = match wrong {
            Wrong::Value(_) => 400,
            Wrong::NotAuthenticated => 401,
            Wrong::NotAllowed(_) | Wrong::Suspended(_) => 403,
            Wrong::NotFound { .. } => 404,
            Wrong::AlreadySetUp | Wrong::Exists { .. } | Wrong::NeedsPerson(_) => 409,
            Wrong::Underway(_) | Wrong::InUse { .. } => 409,
            Wrong::TooLong { .. } => 422,
            Wrong::TooManyTries(_) => 429,
            Wrong::NotNow(_) => 503,
        };
        let problem = Self::new(status, wrong.code(), sentence(&wrong.to_string()));
        match wrong {
            Wrong::TooManyTries(seconds) => Self {
                retry_after: Some(*seconds),
                ..problem
            },
            Wrong::NeedsPerson(blocked) => Self {
                diagnosis: why(blocked),
                reauthorize_url: Some(None),
                ..problem
            },
            Wrong::NotNow(blocked) => Self {
                diagnosis: why(blocked),
                retry_after: Some(whole_seconds(blocked.retry_after)),
                ..problem
            },
            _ => problem,
        }
    }

    fn refused(refusal: Refusal) -> Self {
        let status = match refusal {
            Refusal::ClientNotAuthenticated => 401,
            Refusal::TooManyRetries => 429,
            Refusal::StoreWentBack => 503,
            Refusal::Ended(_) | Refusal::Overtaken => 409,
            _ => 400,
        };
        let retry_after = matches!(status, 429 | 503).then_some(RETRY_AFTER_SECONDS);
        Self {
            retry_after,
            ..Self::new(status, refusal.code(), refusal.sentence())
        }
    }

    /// The answer that carries it.
    pub(super) fn into_response(self) -> Response<Body> {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == 401 {
            let value = HeaderValue::from_static("Bearer realm=\"evergrant\"");
            headers.insert(WWW_AUTHENTICATE, value);
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Why there is no token.
fn why(blocked: &Blocked) -> Option<Box<DiagnosisShown>> {
    let they = blocked.provider.as_deref();
    let diagnosis = blocked.diagnosis.as_ref();
    diagnosis.map(|it| Box::new(DiagnosisShown::of(it, they)))
}

/// A member that is there, also where it is null.
fn said<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Rounded up: who comes a moment later finds something new.
fn whole_seconds(span: Span) -> u32 {
    let seconds = span.millis().saturating_add(999) / 1_000;
    u32::try_from(seconds.max(1)).unwrap_or(u32::MAX)
}

/// What rules say of a value begins small, for it also follows a field's name on a page.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters
        .next()
        .map(|it| it.to_uppercase().to_string())
        .unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{end}", letters.as_str())
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::refused(refusal),
            Failure::Wrong(wrong) => Self::wrong(&wrong),
            Failure::Outage(outage) => Self::outage(&outage),
        }
    }
}

#[cfg(test)]
mod tests {
    use evergrant_service::core::held::{Cause, Confidence, Diagnosis, Party, State};
    use serde_json::{Value, json};

    use super::*;

    fn blocked(diagnosis: Option<Diagnosis>) -> Box<Blocked> {
        Box::new(Blocked {
            connection: "crm".into(),
            provider: Some("Acme".into()),
            state: State::NeedsReauth,
            diagnosis,
            retry_after: Span::from_millis(4_200),
        })
    }

    fn lost() -> Diagnosis {
        let mut lost = Diagnosis::new(
            Cause::ResponseLost,
            Party::EndUser,
            Confidence::Certain,
            vec!["It was sent twice.".into()],
        );
        lost.also_possible = vec![Cause::RefreshTokenReused];
        lost
    }

    fn told(wrong: Wrong) -> (Problem, Value) {
        let problem = Problem::from(Failure::Wrong(wrong));
        let value = serde_json::to_value(&problem).unwrap();
        (problem, value)
    }

    #[test]
    fn where_a_person_is_needed_the_diagnosis_and_the_link_are_told() {
        let (_, value) = told(Wrong::NeedsPerson(blocked(Some(lost()))));
        assert_eq!(value["status"], 409);
        assert_eq!(value["code"], "needs_reauth");
        assert_eq!(value["diagnosis"]["cause"], "response_lost");
        assert_eq!(value["diagnosis"]["party"], "end_user");
        assert_eq!(value["diagnosis"]["confidence"], "certain");
        assert_eq!(
            value["diagnosis"]["evidence"],
            json!(["It was sent twice."])
        );
        let others = &value["diagnosis"]["also_possible"];
        assert_eq!(*others, json!(["refresh_token_reused"]));
        assert_eq!(value["diagnosis"]["transient"], false);
        assert_eq!(value["diagnosis"]["dates"], json!([]));
        let summary = value["diagnosis"]["summary"].as_str();
        assert!(summary.is_some_and(|it| it.contains("Acme")), "{value}");
        assert!(value["diagnosis"]["next_step"].is_string());
        assert_eq!(value.get("reauthorize_url"), Some(&Value::Null));
    }

    #[test]
    fn where_waiting_helps_it_is_said_how_long() {
        let (problem, value) = told(Wrong::NotNow(blocked(Some(lost()))));
        assert_eq!(value["status"], 503);
        assert_eq!(value["code"], "not_now");
        assert_eq!(value["diagnosis"]["cause"], "response_lost");
        assert_eq!(value.get("reauthorize_url"), None);
        let response = problem.into_response();
        assert_eq!(response.headers()[RETRY_AFTER], "5");
        let (problem, value) = told(Wrong::NotNow(blocked(None)));
        assert_eq!(value.get("diagnosis"), None);
        assert_eq!(problem.retry_after, Some(5));
    }

    #[test]
    fn a_suspended_connection_is_forbidden_and_nothing_to_wait_for() {
        let (problem, value) = told(Wrong::Suspended("crm".into()));
        assert_eq!(
            (value["status"].as_u64(), &value["code"]),
            (Some(403), &json!("suspended"))
        );
        assert_eq!(problem.retry_after, None);
        let members: Vec<_> = value.as_object().unwrap().keys().collect();
        assert_eq!(members, ["code", "detail", "status", "title", "type"]);
    }

    #[test]
    fn a_problem_reads_back_with_the_members_it_has() {
        for wrong in [
            Wrong::NeedsPerson(blocked(Some(lost()))),
            Wrong::NotAuthenticated,
        ] {
            let (problem, value) = told(wrong);
            let read: Problem = serde_json::from_value(value).unwrap();
            assert_eq!(read, problem);
        }
    }
}
