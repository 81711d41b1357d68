//! How long a token lives, however that is said.

use serde_json::Value;

use crate::held::date;
use crate::{Span, Time};

/// Nobody means more than ten years; who says so means "very long".
const LONGEST: Span = Span::from_days(3_653);
/// Numbers above this are milliseconds: as seconds they would lie in the year 5138.
const MILLISECONDS: f64 = 1e11;
/// Numbers below this are no points in time but spans: as seconds they lie in the year 2001.
const POINTS: f64 = 1e9;

/// A number, also one in a string.
pub(super) fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|it| it.is_finite())
}

/// A span in seconds; zero, less and more than ten years are not believed.
pub(super) fn span(value: &Value) -> Option<Span> {
    seconds(number(value)?)
}

fn seconds(number: f64) -> Option<Span> {
    let span = at_most(number, LONGEST);
    (span.seconds() > 0).then_some(span)
}

/// So many seconds, but no more than this; nothing for what is negative or no number.
pub(super) fn at_most(seconds: f64, longest: Span) -> Span {
    Span::from_millis((seconds * 1000.0) as i64).min(longest)
}

/// A point in time: seconds or milliseconds since the epoch, or a date as text.
fn point(value: &Value) -> Option<Time> {
    let Some(number) = number(value) else {
        return date::read(value.as_str()?);
    };
    let millis = if number.abs() > MILLISECONDS {
        number
    } else {
        number * 1000.0
    };
    Some(Time::from_millis(millis as i64))
}

/// The span from now to a point in time, if that lies ahead.
pub(super) fn until(value: &Value, now: Time) -> Option<Span> {
    let span = point(value)?.since(now).min(LONGEST);
    (span.seconds() > 0).then_some(span)
}

/// What is a span with some and a point in time with others, under one name.
pub(super) fn span_or_until(value: &Value, now: Time) -> Option<Span> {
    match number(value) {
        Some(number) if number < POINTS => seconds(number),
        _ => until(value, now),
    }
}
