//! Numbers in sentences.

use crate::Span;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A span as people say it: in the largest unit of which there are two or more.
pub(super) fn span(span: Span) -> String {
    let seconds = span.seconds();
    let (unit, word) = match seconds {
        it if it >= 2 * DAY - HOUR => (DAY, "day"),
        it if it >= 2 * HOUR => (HOUR, "hour"),
        it if it >= 2 * MINUTE => (MINUTE, "minute"),
        _ => (1, "second"),
    };
    // To the nearest.
    count((seconds + unit / 2) / unit, word)
}

/// So many of something.
pub(super) fn count(number: impl Into<i64>, word: &str) -> String {
    let number = number.into();
    let end = if number == 1 { "" } else { "s" };
    format!("{number} {word}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_in_their_own_unit() {
        for (seconds, text) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7_199, "120 minutes"),
            (7_200, "2 hours"),
            (86_400, "24 hours"),
            (2 * 86_400 - 60, "2 days"),
            (7 * 86_400 + 3_700, "7 days"),
            (180 * 86_400, "180 days"),
        ] {
            assert_eq!(span(Span::from_seconds(seconds)), text);
        }
    }
}
