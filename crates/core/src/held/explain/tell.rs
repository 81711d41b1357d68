//! What was found, in sentences.

use super::catalogue::{Catalogue, Signature};
use super::choose::{Fit, Origin};
use super::{Explanation, Question, dates};
use crate::held::diagnosis::{Cause, Confidence, Party};
use crate::held::mask;

/// A second cause counts if what speaks for it weighs at most so much less.
const CLOSE: i32 = 8;
/// More other causes than these help nobody.
const OTHERS: usize = 8;

pub(super) fn explanation(
    catalogue: &Catalogue,
    question: &Question<'_>,
    plain: &str,
    origin: Origin,
    fits: &[Fit],
) -> Explanation {
    let speaker = origin.speaker().and_then(|it| catalogue.speakers.get(it));
    let best = fits.first().and_then(|it| catalogue.rules.get(it.rule));
    let mut evidence = Vec::new();
    if let (Some(word), None) = (question.provider, speaker) {
        let word = mask::shown(word, 40);
        evidence.push(format!(
            "\"{word}\" is no provider that is known here; the text was read as anybody's."
        ));
    }
    let Some(rule) = best else {
        evidence
            .push("Nothing in it speaks of a token, a grant or a connection that failed.".into());
        return Explanation {
            cause: Cause::Unknown,
            also_possible: Vec::new(),
            party: Party::Nobody,
            confidence: Confidence::Ambiguous,
            summary: "This text tells of no token that failed.".into(),
            next_step: "If it comes from a failed refresh all the same, add the provider's whole \
                        answer: status, headers and body."
                .into(),
            evidence,
            dates: dates::of(plain),
            provider: speaker.map(|it| it.key.clone()),
            signature: None,
        };
    };
    let signature = &rule.signature;
    let name = rule.speaker.or(origin.speaker());
    let name = name.and_then(|it| catalogue.speakers.get(it));
    let said = name.filter(|it| !it.relays).map(|it| it.name.as_str());
    if let (Origin::Shown(_), Some(speaker)) = (origin, speaker) {
        evidence.push(format!("The text is {}'s, by its wording.", speaker.name));
    }
    evidence.extend(
        signature
            .means
            .clone()
            .or_else(|| words(signature, fits.first()?.pattern)),
    );
    if let Some(status) = question.status {
        evidence.push(format!("It came with the HTTP status {status}."));
    }
    Explanation {
        cause: signature.cause,
        also_possible: others(catalogue, fits),
        party: signature.party,
        confidence: signature.confidence,
        summary: signature.cause.summary(said),
        next_step: match &signature.next {
            Some(next) => next.clone(),
            None => signature.cause.next_step(signature.party).to_owned(),
        },
        evidence,
        dates: dates::of(plain),
        provider: speaker.map(|it| it.key.clone()),
        signature: Some(signature.id.clone()),
    }
}

/// The words by which it is known, as the catalogue has them: never the text's own.
fn words(signature: &Signature, pattern: usize) -> Option<String> {
    let says = signature.says.get(pattern)?;
    let part = says
        .split([' ', '+'])
        .any(|it| matches!(it, "!" | "~" | "&" | ">"));
    if part || says.contains('@') {
        return Some("Its words are those of this failure.".into());
    }
    let words = says.replace(" + ", "\" and \"").replace('*', "");
    Some(format!("It says \"{words}\"."))
}

/// What else it may be: what the signature says, then what others that fit as well say.
fn others(catalogue: &Catalogue, fits: &[Fit]) -> Vec<Cause> {
    let mut others: Vec<Cause> = Vec::new();
    let Some(first) = fits.first() else {
        return others;
    };
    let rules = fits
        .iter()
        .filter_map(|fit| Some((fit, catalogue.rules.get(fit.rule)?)));
    let close = rules.filter(|(fit, _)| first.score - fit.score <= CLOSE);
    let signatures: Vec<_> = close.map(|(_, rule)| &rule.signature).collect();
    let cause = signatures.first().map(|it| it.cause);
    let sure = signatures
        .first()
        .is_some_and(|it| it.confidence == Confidence::Certain);
    let own = signatures.first().into_iter().flat_map(|it| it.also.iter());
    let further = signatures.iter().skip(1).map(|it| &it.cause);
    for other in own.chain(further.filter(|_| !sure)) {
        if Some(*other) != cause && *other != Cause::Unknown && !others.contains(other) {
            others.push(*other);
        }
    }
    others.truncate(OTHERS);
    others
}
