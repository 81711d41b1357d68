//! What is known of a failure beside its status and code: what its text says, and what the grant's
//! history does. It goes into the diagnosis, and nowhere else.

use evergrant_core::held::attempt::Attempt;
use evergrant_core::held::diagnose::{self, Background, Facts, History, Known};
use evergrant_core::held::explain::{Explanation, Question, explain};
use evergrant_core::held::unmatched::{self, Sighting};
use evergrant_core::held::{Fault, Provider, RawAnswer, Reading};
use evergrant_core::{Change, Secret, Time};

use super::returned::Returned;
use super::signatures::catalogue;
use super::situation::Scene;
use crate::Service;

/// So much of an answer is looked at for its cause.
const LONGEST: usize = 64 * 1024;

impl Service {
    /// Adds to what was read of a refusal what its text and the grant's history say.
    pub(super) async fn enlighten(
        &self,
        reading: &mut Reading,
        scene: &Scene,
        (attempt, send): (&Attempt, usize),
        answer: &RawAnswer,
    ) {
        let (Reading::Refused { fault, .. } | Reading::Unclear(fault)) = reading else {
            return;
        };
        let code = diagnose::counted_by(fault.code.as_deref(), fault.status);
        let now = self.world.now();
        let about = (attempt.generation, now);
        let of = (&scene.it.connection, &scene.it.grant);
        let background = self.store.background(of, about, code.as_deref());
        // Nothing that is done hangs on it.
        let background = background.await.unwrap_or_else(|outage| {
            tracing::warn!(%outage, "the history of a grant can't be read; it is told without");
            Background::default()
        });
        let told = (code, background);
        let history = History::of(&scene.it, (attempt, send), answer, told, now);
        let said = said(&scene.provider, answer);
        fault.known = Some(Box::new(Known {
            facts: Facts::of(&scene.provider),
            said,
            history: Some(history),
        }));
    }
}

/// What the text of an answer says.
fn said(provider: &Provider, answer: &RawAnswer) -> Explanation {
    let body = answer.body.get(..LONGEST).unwrap_or(&answer.body);
    let body = String::from_utf8_lossy(body);
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    let text = format!("{challenge}\n{body}");
    let question = Question {
        text: text.trim(),
        provider: provider.called().map(|_| provider.key.as_str()),
        status: Some(answer.status),
    };
    explain(catalogue(), &question)
}

/// What is to be remembered of an answer whose text nobody here understands.
pub(super) fn unmatched(
    reading: &Reading,
    scene: &Scene,
    answer: &RawAnswer,
    (sent, now): (&[Secret], Time),
) -> Option<Change> {
    let (Reading::Refused { fault, .. } | Reading::Unclear(fault)) = reading else {
        return None;
    };
    let text = unmatched::text(catalogue(), fault, answer, sent)?;
    Some(Change::UnmatchedSeen(Box::new(Sighting {
        team: scene.team(),
        provider: scene.provider.key.clone(),
        status: answer.status,
        text,
        at: now,
    })))
}

/// The same of what a browser brought back.
pub(super) fn denied(mut fault: Fault, returned: &Returned, provider: &Provider) -> Fault {
    let text = [returned.error.as_deref(), returned.description.as_deref()];
    let text: Vec<_> = text.into_iter().flatten().collect();
    let question = Question {
        text: &text.join(": "),
        provider: provider.called().map(|_| provider.key.as_str()),
        status: None,
    };
    if !text.is_empty() {
        fault.known = Some(Box::new(Known {
            facts: Facts::of(provider),
            said: explain(catalogue(), &question),
            history: None,
        }));
    }
    fault
}
