//! Diagnoses, which stand in rows of connections and attempts.

use evergrant_core::held::{Cause, Confidence, Diagnosis, Party};

use crate::engine::{Outage, Value};
use crate::row::Columns;

/// Cause, party, confidence, evidence.
pub(super) fn values(diagnosis: Option<&Diagnosis>) -> [Value; 4] {
    let Some(it) = diagnosis else {
        return [const { Value::Null }; 4];
    };
    let evidence = it.evidence.iter().map(String::as_str);
    let evidence: serde_json::Value = evidence.collect();
    [
        it.cause.as_str().into(),
        it.party.as_str().into(),
        it.confidence.as_str().into(),
        evidence.to_string().into(),
    ]
}

pub(super) fn read(columns: &mut Columns) -> Result<Option<Diagnosis>, Outage> {
    let cause = columns.maybe_word(Cause::parse)?;
    let party = columns.maybe_word(Party::parse)?;
    let confidence = columns.maybe_word(Confidence::parse)?;
    let evidence = columns.maybe_word(|text| serde_json::from_str(text).ok())?;
    match (cause, party, confidence, evidence) {
        (None, None, None, None) => Ok(None),
        (Some(cause), Some(party), Some(confidence), Some(evidence)) => Ok(Some(Diagnosis {
            cause,
            party,
            confidence,
            evidence,
        })),
        _ => Err(columns.inconsistent()),
    }
}
