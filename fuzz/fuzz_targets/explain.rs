//! Any bytes as a text about a failed token: the first says what is known beside it.
#![no_main]

use evergrant_service::core::held::explain::{Question, explain};
use evergrant_service::core::held::mask;
use evergrant_service::held::signatures::catalogue;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    let speakers = catalogue().speakers();
    let speaker = speakers.get(usize::from(*first));
    let question = Question {
        text: &text,
        provider: speaker.map(|it| it.key.as_str()),
        status: (*first % 2 == 0).then_some(u16::from(*first) + 300),
    };
    let said = explain(catalogue(), &question);
    assert!(!said.summary.is_empty());
    assert!(!mask::lines(&text).contains('\u{1b}'));
});
