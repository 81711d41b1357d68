//! The replay window, counted in the time during which we could be asked.

use crate::time::{Span, Time};

/// A stretch of time in which no request could be answered: the store, or we, were away.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Absence {
    /// The last time at which we are known to have served.
    pub from: Time,
    /// When we served again.
    pub until: Time,
}

/// What the rules must know of the store as a whole.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct StoreFacts {
    /// Raised by every restore; tokens carry it.
    pub incarnation: u32,
    /// The latest absences, oldest first.
    pub absences: Vec<Absence>,
}

impl StoreFacts {
    /// How many absences are remembered. A window that spans more of them than this is closed
    /// early, which needs a store that flaps eight times within one window.
    pub const MAX_ABSENCES: usize = 8;

    /// Whether a window of this width that was opened at `opened` is open at `at`.
    ///
    /// A window that was open when we went away starts anew when we are back: a client that was
    /// told 503 all the while has then its full time to ask again.
    pub fn is_open(&self, opened: Time, width: Span, at: Time) -> bool {
        let mut begin = opened;
        for absence in &self.absences {
            let was_open = begin <= absence.until && begin.plus(width) >= absence.from;
            if was_open && absence.until > begin && absence.from <= at {
                begin = absence.until;
            }
        }
        at <= begin.plus(width)
    }

    /// Remembers one more absence, forgetting the oldest when there are too many.
    pub fn remember(&mut self, absence: Absence) {
        self.absences.push(absence);
        let surplus = self.absences.len().saturating_sub(Self::MAX_ABSENCES);
        self.absences.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: Span = Span::from_seconds(60);

    fn at(second: i64) -> Time {
        Time::from_seconds(second)
    }

    fn away(spans: &[(i64, i64)]) -> StoreFacts {
        let absences = spans.iter().map(|(from, until)| Absence {
            from: at(*from),
            until: at(*until),
        });
        StoreFacts {
            incarnation: 0,
            absences: absences.collect(),
        }
    }

    #[test]
    fn without_an_absence_it_is_a_plain_span() {
        assert!(away(&[]).is_open(at(0), W, at(60)));
        assert!(!away(&[]).is_open(at(0), W, at(61)));
    }

    #[test]
    fn a_window_open_when_we_went_starts_anew_when_we_are_back() {
        let facts = away(&[(50, 1000)]);
        assert!(facts.is_open(at(0), W, at(1060)));
        assert!(!facts.is_open(at(0), W, at(1061)));
    }

    #[test]
    fn a_window_closed_before_stays_closed() {
        assert!(!away(&[(61, 1000)]).is_open(at(0), W, at(1001)));
    }

    #[test]
    fn a_second_absence_within_the_new_window_counts_too() {
        let facts = away(&[(50, 1000), (1030, 2000)]);
        assert!(facts.is_open(at(0), W, at(2060)));
        assert!(!away(&[(50, 1000), (1100, 2000)]).is_open(at(0), W, at(2001)));
    }

    #[test]
    fn a_rotation_committed_while_going_away_is_covered() {
        assert!(away(&[(0, 1000)]).is_open(at(5), W, at(1060)));
    }
}
