//! Times and spans in words for people.

use evergrant_service::core::{Span, Time};
use jiff::Timestamp;

/// A point in time as a page shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    /// For machines: RFC 3339.
    pub(super) iso: String,
    /// For people, in UTC.
    pub(super) text: String,
}

impl Moment {
    /// The day.
    pub(super) fn day(time: Time) -> Self {
        Self::written(time, "%-d %b %Y")
    }

    /// The minute.
    pub(super) fn minute(time: Time) -> Self {
        Self::written(time, "%-d %b %Y, %H:%M")
    }

    fn written(time: Time, form: &str) -> Self {
        let at = Timestamp::from_second(time.seconds()).unwrap_or(Timestamp::MAX);
        Self {
            iso: at.to_string(),
            text: at.strftime(form).to_string(),
        }
    }
}

/// A span in its largest whole unit: `5 minutes`, `30 days`.
pub(super) fn span(span: Span) -> String {
    let seconds = span.seconds();
    for (unit, name) in [(86_400, "day"), (3_600, "hour"), (60, "minute")] {
        if seconds >= unit && seconds % unit == 0 {
            return count(seconds / unit, name);
        }
    }
    count(seconds, "second")
}

/// How long to wait, rounded up to what people count in.
pub(super) fn wait(seconds: u32) -> String {
    let seconds = i64::from(seconds);
    if seconds < 60 {
        count(seconds, "second")
    } else {
        count((seconds + 59) / 60, "minute")
    }
}

fn count(number: i64, name: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {name}{plural}")
}

/// A text of ours as a sentence: with a capital letter and a full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters
        .next()
        .map(|it| it.to_uppercase().collect())
        .unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_waits() {
        assert_eq!(span(Span::from_seconds(300)), "5 minutes");
        assert_eq!(span(Span::from_seconds(3_600)), "1 hour");
        assert_eq!(span(Span::from_days(365)), "365 days");
        assert_eq!(span(Span::from_seconds(90)), "90 seconds");
        assert_eq!(wait(1), "1 second");
        assert_eq!(wait(61), "2 minutes");
    }

    #[test]
    fn moments_and_sentences() {
        let moment = Moment::minute(Time::from_seconds(1_800_000_000));
        assert_eq!(moment.iso, "2027-01-15T08:00:00Z");
        assert_eq!(moment.text, "15 Jan 2027, 08:00");
        assert_eq!(
            sentence("a name has 1 to 100 letters"),
            "A name has 1 to 100 letters."
        );
    }
}
