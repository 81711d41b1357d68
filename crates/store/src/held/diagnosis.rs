//! Diagnoses, which stand in rows of connections and attempts.

use evergrant_core::Time;
use evergrant_core::held::{Cause, Confidence, Diagnosis, Party};

use crate::engine::{Outage, Value};
use crate::row::Columns;

/// How many columns a diagnosis has.
const COLUMNS: usize = 10;

/// Cause, party, confidence and evidence; then what later releases say as well.
pub(super) fn values(diagnosis: Option<&Diagnosis>) -> [Value; COLUMNS] {
    let Some(it) = diagnosis else {
        return [const { Value::Null }; COLUMNS];
    };
    let evidence = it.evidence.iter().map(String::as_str);
    let evidence: serde_json::Value = evidence.collect();
    let others = it.also_possible.iter().map(|it| it.as_str());
    let others: serde_json::Value = others.collect();
    let dates: serde_json::Value = it.dates.iter().map(|it| it.micros()).collect();
    [
        it.cause.as_str().into(),
        it.party.as_str().into(),
        it.confidence.as_str().into(),
        evidence.to_string().into(),
        others.to_string().into(),
        it.transient.into(),
        it.advice.clone().into(),
        dates.to_string().into(),
        it.code.clone().into(),
        it.at.into(),
    ]
}

/// A cause that this release does not know was written by a later one; it is left out.
fn causes(text: &str) -> Option<Vec<Cause>> {
    let words: Vec<String> = serde_json::from_str(text).ok()?;
    Some(words.iter().filter_map(|it| Cause::parse(it)).collect())
}

fn times(text: &str) -> Option<Vec<Time>> {
    let numbers: Vec<i64> = serde_json::from_str(text).ok()?;
    Some(numbers.into_iter().map(Time::from_micros).collect())
}

pub(super) fn read(columns: &mut Columns) -> Result<Option<Diagnosis>, Outage> {
    let cause = columns.maybe_word(Cause::parse)?;
    let party = columns.maybe_word(Party::parse)?;
    let confidence = columns.maybe_word(Confidence::parse)?;
    let evidence = columns.maybe_word(|text| serde_json::from_str(text).ok())?;
    // Rows of earlier releases have nothing from here on.
    let others = columns.maybe_word(causes)?;
    let transient = columns.maybe_number()?;
    let advice = columns.maybe_text()?;
    let dates = columns.maybe_word(times)?;
    let code = columns.maybe_text()?;
    let at = columns.maybe_time()?;
    match (cause, party, confidence, evidence) {
        (None, None, None, None) => Ok(None),
        (Some(cause), Some(party), Some(confidence), Some(evidence)) => {
            let plain = Diagnosis::new(cause, party, confidence, evidence);
            Ok(Some(Diagnosis {
                also_possible: others.unwrap_or_default(),
                transient: transient.map_or(plain.transient, |it| it != 0),
                advice,
                dates: dates.unwrap_or_default(),
                code,
                at,
                ..plain
            }))
        }
        _ => Err(columns.inconsistent()),
    }
}
