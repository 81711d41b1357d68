//! Explaining: what a text about a failed token says. No store is asked, and nothing is kept.

use evergrant_service::core::held::Cause;
use evergrant_service::core::held::explain::{Explanation, Question, explain};
use evergrant_service::held::signatures;
use evergrant_service::{Caller, Failure, Service, Wrong};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs, Unattended};
use super::values::Moment;

/// No request is longer, in bytes.
pub const MAX_BODY: usize = 4 * 1024 * 1024;
/// More texts than these are asked for in several requests.
const MOST: usize = 100;

/// What a text says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Explanation)]
pub struct ExplanationShown {
    /// What happened: a stable word, `unknown` where the text tells of nothing that failed.
    pub cause: String,
    /// What else it may be, most likely first.
    pub also_possible: Vec<String>,
    /// Who must act: `nobody`, `end_user`, `account_admin`, `app_developer` or `operator`.
    pub party: String,
    /// How sure that is: `certain`, `likely` or `ambiguous`.
    pub confidence: String,
    /// Whether it passes by itself, or by asking again.
    pub transient: bool,
    /// What happened, in one sentence.
    pub summary: String,
    /// What to do next, in one sentence.
    pub next_step: String,
    /// The dates that stand in the text, in order, each once.
    pub dates: Vec<Moment>,
    /// What was seen. The text itself is never repeated.
    pub evidence: Vec<String>,
    /// The key of whose text it is; null if that was neither told nor can be seen.
    #[schema(required)]
    pub provider: Option<String>,
}

impl ExplanationShown {
    /// What is known of a text.
    pub fn of(question: &Question<'_>) -> Self {
        explain(signatures::catalogue(), question).into()
    }

    /// Whether the text tells of anything that failed.
    pub fn tells(&self) -> bool {
        self.cause != Cause::Unknown.as_str() || !self.also_possible.is_empty()
    }
}

impl From<Explanation> for ExplanationShown {
    fn from(said: Explanation) -> Self {
        let also = said.also_possible.iter().map(|it| it.as_str().to_owned());
        Self {
            transient: said.is_transient(),
            cause: said.cause.as_str().to_owned(),
            also_possible: also.collect(),
            party: said.party.as_str().to_owned(),
            confidence: said.confidence.as_str().to_owned(),
            summary: said.summary,
            next_step: said.next_step,
            dates: said.dates.into_iter().map(Moment).collect(),
            evidence: said.evidence,
            provider: said.provider,
        }
    }
}

/// The status of an answer as people write it; none where nothing is written.
///
/// # Errors
/// Says what is wrong, and does not repeat it: it may be a secret in the wrong place.
pub fn status(text: &str) -> Result<Option<u16>, &'static str> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse().ok();
    number.filter(is_status).map(Some).ok_or(NO_STATUS)
}

const NO_STATUS: &str = "A status is a number from 100 to 599";

fn is_status(number: &u16) -> bool {
    (100..=599).contains(number)
}

/// A text, and what is known of where it came from.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TextToExplain)]
pub struct Asked {
    /// The text: an error message, an answer, a page, a line of a log.
    pub text: String,
    /// Who it is from: a key of the catalogue, another name of it, or any word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The HTTP status that it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 100, maximum = 599)]
    pub status: Option<u16>,
}

impl Asked {
    fn answer(&self) -> Result<ExplanationShown, Failure> {
        if !self.status.is_none_or(|it| is_status(&it)) {
            return Err(Wrong::Value(NO_STATUS.into()).into());
        }
        Ok(ExplanationShown::of(&Question {
            text: &self.text,
            provider: self.provider.as_deref(),
            status: self.status,
        }))
    }
}

/// Says what one text means, or what many do: `text`, or `texts`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// The text: an error message, an answer, a page, a line of a log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Who it is from: a key of the catalogue, another name of it, or any word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The HTTP status that it came with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 100, maximum = 599)]
    pub status: Option<u16>,
    /// In place of the three: up to 100 texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub texts: Option<Vec<Asked>>,
}

/// What was asked: for one text its explanation, for `texts` all of theirs.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ExplainAnswer)]
pub enum Explained {
    /// Of one text.
    One(Box<ExplanationShown>),
    /// Of many.
    Many(Explanations),
}

/// Explanations of texts, in their order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Explanations {
    /// One for each text.
    pub items: Vec<ExplanationShown>,
}

impl Act for Explain {
    type Answer = Explained;
    const NAME: &'static str = "explain";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/explain";
    const SUMMARY: &'static str = "Says what a text about a failed token means.";
    const NEEDS: Needs = Needs::Nothing;

    async fn perform(self, _: &Service, _: &Caller) -> Result<Explained, Failure> {
        self.answer()
    }
}

impl Unattended for Explain {
    const MAX_BODY: usize = MAX_BODY;
    const SHAPE: &'static str = "Send {\"text\": TEXT}, with \"provider\", a text, and \"status\", \
         a number, if you know them; or {\"texts\": [...]} with up to 100 such objects. Nothing \
         else may stand there.";

    fn answer(self) -> Result<Explained, Failure> {
        let wrong = |text: &str| Err(Wrong::Value(text.to_owned()).into());
        match (self.text, self.texts) {
            (Some(text), None) => {
                let asked = Asked {
                    text,
                    provider: self.provider,
                    status: self.status,
                };
                asked.answer().map(|it| Explained::One(Box::new(it)))
            }
            (None, Some(_)) if self.provider.is_some() || self.status.is_some() => {
                wrong("`provider` and `status` stand in each object of `texts`")
            }
            (None, Some(texts)) if texts.len() > MOST => wrong("`texts` has at most 100 objects"),
            (None, Some(texts)) => {
                let items: Result<_, _> = texts.iter().map(Asked::answer).collect();
                items.map(|items| Explained::Many(Explanations { items }))
            }
            (None, None) => wrong("there is no `text`, and there are no `texts`"),
            (Some(_), Some(_)) => wrong("there is `text` and `texts`: one of them is asked for"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_and_never_repeated() {
        assert_eq!(status(" 401 "), Ok(Some(401)));
        assert_eq!(status(" "), Ok(None));
        for wrong in ["99", "600", "-1", "4O1", "ghp_0123456789abcdef", "65536401"] {
            assert_eq!(status(wrong), Err(NO_STATUS), "{wrong}");
        }
    }
}
