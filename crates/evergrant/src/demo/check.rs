//! What every part of the story does with an answer: reads it, and looks whether it is as told.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Broken;

/// A text of an answer.
pub(super) fn text<'a>(answer: &'a Value, name: &str) -> Result<&'a str, Broken> {
    answer.get(name).and_then(Value::as_str).ok_or_else(|| {
        let said = answer
            .get("error_code")
            .and_then(Value::as_str)
            .unwrap_or("no reason");
        Broken::new(format!("an answer has no {name}, but says {said}"))
    })
}

/// Ends the story unless it is so.
pub(super) fn expect(so: bool, what: &str) -> Result<(), Broken> {
    if so {
        Ok(())
    } else {
        Err(Broken::new(format!("not so: {what}")))
    }
}

/// An act of the API, as its document says it.
pub(super) fn act<A: DeserializeOwned>(asked: Value) -> Result<A, Broken> {
    serde_json::from_value(asked).map_err(|error| Broken::new(error.to_string()))
}
