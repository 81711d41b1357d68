//! The data: every file can be read, and every example gives its cause.

use std::collections::BTreeSet;

use evergrant_core::held::explain::{Question, explain};

use super::{catalogue, examples, without};

#[test]
fn every_row_can_be_read() {
    let read = without(|_| false);
    assert!(read.is_ok(), "{read:?}");
}

#[test]
fn every_example_gives_its_cause_where_it_is_known_whose_it_is() {
    let mut wrong = Vec::new();
    for it in examples() {
        let question = Question {
            text: it.text,
            provider: it.speaker,
            status: None,
        };
        let said = explain(catalogue(), &question);
        if said.cause != it.cause {
            wrong.push(format!(
                "{}: {:?} by {:?}",
                it.id, said.cause, said.signature
            ));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_two_signatures_have_one_name() {
    let mut seen = BTreeSet::new();
    for it in examples() {
        assert!(seen.insert(it.id), "{}", it.id);
    }
}
