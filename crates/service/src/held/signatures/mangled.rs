//! The examples as they arrive: cut, spoiled, doubled and wrapped, and each explained all the same.

use std::sync::LazyLock;

use evergrant_core::held::explain::{Question, explain};
use evergrant_core::held::mask;
use proptest::prelude::*;

use super::{Example, catalogue, examples};

static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| examples().collect());

/// Another example, what is done with both, and where.
type Harm = (prop::sample::Index, u8, prop::sample::Index);

fn harmed(text: &str, (other, how, at): &Harm) -> String {
    let place = at.index(text.len() + 1);
    let place = (0..=place).rev().find(|it| text.is_char_boundary(*it));
    let (before, behind) = text.split_at(place.unwrap_or(0));
    let other = other.get(&EXAMPLES).text;
    match how % 9 {
        0 => before.to_owned(),
        1 => behind.to_owned(),
        2 => format!("{before}{other}{behind}"),
        3 => format!("{text}\n{behind}"),
        4 => serde_json::json!({ "message": text, "status": how }).to_string(),
        5 => format!("<html><title>{before}</title>{behind}"),
        6 => format!("{before}{}{behind}", char::from(*how)),
        7 => url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
        _ => text.escape_unicode().collect(),
    }
}

proptest! {
    // Built without optimisation the catalogue is slow to look through; `scripts/soak` takes more.
    #![proptest_config(ProptestConfig {
        cases: std::env::var_os("PROPTEST_CASES").map_or(48, |_| ProptestConfig::default().cases),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_example_is_explained_whatever_happened_to_it(
        first: prop::sample::Index,
        harms in prop::collection::vec(any::<Harm>(), 0..5),
        told: bool,
    ) {
        let example = first.get(&EXAMPLES);
        let harmed = |text: String, it: &Harm| harmed(&text, it);
        let text = harms.iter().fold(example.text.to_owned(), harmed);
        let text: String = text.chars().take(100_000).collect();
        let provider = example.speaker.filter(|_| told);
        let question = Question { text: &text, provider, status: None };
        let said = explain(catalogue(), &question);
        prop_assert!(!said.summary.is_empty() && !said.next_step.is_empty());
        prop_assert!(!said.also_possible.contains(&said.cause));
        for line in said.evidence.iter().chain([&said.summary, &said.next_step]) {
            prop_assert_eq!(mask::shown(line, usize::MAX), line.as_str());
        }
        let masked = mask::lines(&text);
        prop_assert!(!masked.contains('\u{1b}'), "an escape is left");
    }
}
