//! A provider's own rules, from the catalogue.

use zeroize::Zeroizing;

use super::seen::Seen;
use crate::held::answer::RawAnswer;
use crate::held::provider::{Provider, Rule};

/// The first rule that fits: all that it names must.
pub(super) fn fitting<'a>(
    answer: &RawAnswer,
    seen: &Seen,
    provider: &'a Provider,
) -> Option<&'a Rule> {
    let mut text = None;
    provider.rules.iter().find(|rule| {
        let status = rule.status.is_none_or(|it| it == answer.status);
        let code = rule
            .code
            .as_ref()
            .is_none_or(|code| seen.codes.iter().any(|it| it.eq_ignore_ascii_case(code)));
        status
            && code
            && rule.text.as_ref().is_none_or(|words| {
                let text = text.get_or_insert_with(|| everything(answer, seen));
                text.contains(&words.to_lowercase())
            })
    })
}

/// The body as it came and as it was decoded, in lower case.
fn everything(answer: &RawAnswer, seen: &Seen) -> Zeroizing<String> {
    let mut text = String::new();
    if answer.complete {
        text.push_str(&String::from_utf8_lossy(&answer.body).to_lowercase());
    }
    let page = seen.page.iter().map(|page| &page.text);
    for said in seen.texts.iter().chain(page) {
        text.push('\n');
        text.push_str(&said.to_lowercase());
    }
    Zeroizing::new(text)
}
