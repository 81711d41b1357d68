//! How well texts are understood: cases with their causes, and what is said of them.

use std::collections::BTreeMap;

use evergrant_service::core::held::Cause;
use evergrant_service::core::held::explain::{Catalogue, Question, explain};
use serde::Deserialize;

/// A text, and what a fair expert says of it.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct Case {
    /// Whose text it is, if it tells.
    #[serde(default)]
    pub provider: String,
    /// The text.
    pub text: String,
    /// What happened: a word of the API; `unknown`, if the text is no token failure.
    #[serde(default = "unknown")]
    pub cause: String,
    /// What else an expert would accept.
    #[serde(default)]
    pub also: Vec<String>,
    /// Who must act.
    #[serde(default = "nobody")]
    pub party: String,
}

fn unknown() -> String {
    Cause::Unknown.as_str().to_owned()
}

fn nobody() -> String {
    "nobody".to_owned()
}

/// The cases of a file.
#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

/// Reads the cases of a file.
///
/// # Errors
/// When it is no TOML, or has other fields.
pub fn read(text: &str) -> Result<Vec<Case>, toml::de::Error> {
    toml::from_str::<File>(text).map(|file| file.case)
}

/// How often it was right.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// How many cases there were.
    pub cases: usize,
    /// The cause was the first that the expert names.
    pub right: usize,
    /// The cause was one that the expert accepts.
    pub accepted: usize,
    /// The expert's cause was the cause or among the others possible.
    pub named: usize,
    /// The party was the expert's.
    pub party: usize,
    /// Of texts that are no failure: how often one was seen in them.
    pub false_alarms: usize,
    /// What was taken for what: expert, ours.
    pub confused: BTreeMap<(String, String), usize>,
}

/// What was said of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// The cause.
    pub cause: Cause,
    /// The signature that fitted.
    pub signature: Option<String>,
    /// Whether the expert accepts it.
    pub accepted: bool,
}

impl Tally {
    /// Asks about a case, and counts the answer.
    pub fn ask(&mut self, catalogue: &Catalogue, case: &Case, tell_provider: bool) -> Said {
        let told = tell_provider && !case.provider.is_empty();
        let said = explain(
            catalogue,
            &Question {
                text: &case.text,
                provider: told.then_some(case.provider.as_str()),
                status: None,
            },
        );
        let cause = said.cause.as_str();
        let right = cause == case.cause;
        let accepted = right || case.also.iter().any(|it| it == cause);
        let others = said.also_possible.iter().map(|it| it.as_str());
        let named = right || others.into_iter().any(|it| it == case.cause);
        self.cases += 1;
        self.right += usize::from(right);
        self.accepted += usize::from(accepted);
        self.named += usize::from(named);
        self.party += usize::from(said.party.as_str() == case.party);
        let no_failure = case.cause == "unknown" && case.party == "nobody" && case.also.is_empty();
        self.false_alarms += usize::from(no_failure && said.signature.is_some());
        if !right {
            let pair = (case.cause.clone(), cause.to_owned());
            *self.confused.entry(pair).or_default() += 1;
        }
        Said {
            cause: said.cause,
            signature: said.signature,
            accepted,
        }
    }
}
