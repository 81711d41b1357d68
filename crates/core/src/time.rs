//! Points in time and spans between them, always given as arguments.

use std::fmt;
use std::time::Duration;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
///
/// Milliseconds would not do: a client can refresh twice in one, and then nothing told whether a
/// third request came before or after.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Time(i64);

/// A length of time in milliseconds, never negative.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span(i64);

impl Time {
    /// The time that lies so many microseconds after the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The time that lies so many milliseconds after the Unix epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// The time that lies so many seconds after the Unix epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the Unix epoch, rounded down.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Whole seconds since the Unix epoch, rounded down: what JWT dates are written in.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The same time without its fraction of a second.
    pub const fn whole_second(self) -> Self {
        Self::from_seconds(self.seconds())
    }

    /// This time, later by a span.
    #[must_use]
    pub const fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0.saturating_mul(1000)))
    }

    /// This time, earlier by a span.
    #[must_use]
    pub const fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0.saturating_mul(1000)))
    }

    /// How long after `earlier` this is, in whole milliseconds. Clocks jump, ages never go below
    /// zero.
    pub const fn since(self, earlier: Self) -> Span {
        Span::from_millis(self.0.saturating_sub(earlier.0) / 1000)
    }
}

impl Span {
    /// A span of milliseconds; a negative number is no span and becomes zero.
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis > 0 { millis } else { 0 })
    }

    /// A span of seconds; a negative number becomes zero.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// A span of whole days.
    pub const fn from_days(days: i64) -> Self {
        Self::from_seconds(days.saturating_mul(86_400))
    }

    /// The span in milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// Reads `90s`, `10m`, `1h` or `30d`: a whole number and one unit.
    ///
    /// # Errors
    /// Says what is wrong with the text; nothing else is understood.
    pub fn parse(text: &str) -> Result<Self, SpanError> {
        let unit = text.chars().last().ok_or(SpanError::Form)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(SpanError::Form),
        };
        let digits = text.strip_suffix(unit).unwrap_or_default();
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SpanError::Form);
        }
        let count: i64 = digits.parse().map_err(|_| SpanError::TooLong)?;
        let total = count.checked_mul(seconds).ok_or(SpanError::TooLong)?;
        if total > Self::LONGEST.seconds() {
            return Err(SpanError::TooLong);
        }
        Ok(Self::from_seconds(total))
    }

    /// The longest span that a setting may name: a hundred years.
    pub const LONGEST: Self = Self::from_days(36_525);
}

/// Why a text is no span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpanError {
    /// Not a whole number followed by one of the units.
    Form,
    /// Longer than [`Span::LONGEST`].
    TooLong,
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Self::from_millis(span.millis().unsigned_abs())
    }
}

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form => "a duration is a whole number and a unit: 90s, 10m, 1h or 30d",
            Self::TooLong => "a duration is at most a hundred years",
        })
    }
}

impl std::error::Error for SpanError {}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.seconds();
        for (unit, letter) in [(86_400, 'd'), (3_600, 'h'), (60, 'm')] {
            if seconds >= unit && seconds % unit == 0 {
                return write!(f, "{}{letter}", seconds / unit);
            }
        }
        write!(f, "{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_back_as_it_prints() {
        for text in ["0s", "90s", "10m", "1h", "30d", "365d"] {
            assert_eq!(Span::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Span::parse("120s").unwrap().to_string(), "2m");
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in ["", "s", "-1s", "1", "1.5h", "1w", "٣s", "1 h", "+1s"] {
            assert_eq!(Span::parse(text), Err(SpanError::Form), "{text:?}");
        }
        for text in ["99999999999999999999s", "9223372036854775807d", "36526d"] {
            assert_eq!(Span::parse(text), Err(SpanError::TooLong), "{text:?}");
        }
    }

    #[test]
    fn ages_never_go_below_zero() {
        assert_eq!(
            Time::from_millis(5).since(Time::from_millis(9)),
            Span::from_millis(0)
        );
        assert_eq!(Time::from_millis(-1).seconds(), -1);
    }
}
