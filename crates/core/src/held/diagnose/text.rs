//! What the text of an answer says of it.

use crate::held::diagnosis::{Cause, Confidence, Diagnosis};
use crate::held::explain::Explanation;

/// Whether it names a cause.
pub(super) fn speaks(said: &Explanation) -> bool {
    said.signature.is_some() && said.cause != Cause::Unknown
}

/// Whether it leaves no doubt.
pub(super) fn is_certain(said: &Explanation) -> bool {
    speaks(said) && said.confidence == Confidence::Certain
}

/// Takes over what the text says.
pub(super) fn take(it: &mut Diagnosis, said: &Explanation) {
    it.cause = said.cause;
    it.party = said.party;
    it.confidence = said.confidence;
    let usual = said.cause.next_step(said.party);
    it.advice = (said.next_step != usual).then(|| said.next_step.clone());
    add_evidence(it, said);
}

/// Takes over what was seen in the text; status, code and what it said stand there already.
pub(super) fn add_evidence(it: &mut Diagnosis, said: &Explanation) {
    if said.signature.is_none() {
        return;
    }
    for line in &said.evidence {
        let quoted = line.strip_prefix("It says \"");
        let quoted = quoted.and_then(|it| it.strip_suffix("\"."));
        let stands = |words: &str| it.evidence.iter().any(|line| line.contains(words));
        let known = line.starts_with("It came with the HTTP status") || quoted.is_some_and(stands);
        if !known {
            it.evidence.push(line.clone());
        }
    }
}
