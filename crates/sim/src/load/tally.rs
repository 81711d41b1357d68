//! What was counted and timed, and the report that is made of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use serde::Serialize;

/// One per thread: the histogram is too large to have one for each chain in the cache.
#[derive(Debug)]
pub(super) struct Tally {
    latencies_us: Histogram<u64>,
    faults: BTreeMap<String, u64>,
    last_end: Option<Instant>,
}

impl Tally {
    pub(super) fn new() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "the bounds are constants that the crate accepts"
        )]
        let mut latencies_us = Histogram::new_with_bounds(1, LONGEST_US, 3).expect("fixed bounds");
        latencies_us.auto(false);
        Self {
            latencies_us,
            faults: BTreeMap::new(),
            last_end: None,
        }
    }

    pub(super) fn record(&mut self, latency: Duration, end: Instant) {
        let us = u64::try_from(latency.as_micros()).unwrap_or(LONGEST_US);
        self.latencies_us.saturating_record(us);
        self.last_end = self.last_end.max(Some(end));
    }

    /// Counts a fault; names beyond a bound are counted together.
    pub(super) fn fault(&mut self, name: &str) {
        self.add_faults(name, 1);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for value in other.latencies_us.iter_recorded() {
            let count = value.count_since_last_iteration();
            self.latencies_us
                .saturating_record_n(value.value_iterated_to(), count);
        }
        for (name, count) in &other.faults {
            self.add_faults(name, *count);
        }
        self.last_end = self.last_end.max(other.last_end);
    }

    pub(super) fn report(self, scenario: &str, connections: usize, begin: Instant) -> Report {
        let seconds = self.last_end.map_or(0.0, |end| (end - begin).as_secs_f64());
        let operations = self.latencies_us.len();
        let rate = if seconds > 0.0 {
            to_f64(operations) / seconds
        } else {
            0.0
        };
        let ms = |quantile| to_f64(self.latencies_us.value_at_quantile(quantile)) / 1000.0;
        Report {
            scenario: scenario.to_owned(),
            connections,
            seconds: rounded(seconds, 1000.0),
            operations,
            per_second: rounded(rate, 10.0),
            p50_ms: ms(0.5),
            p90_ms: ms(0.9),
            p99_ms: ms(0.99),
            p999_ms: ms(0.999),
            max_ms: to_f64(self.latencies_us.max()) / 1000.0,
            errors: self.faults,
        }
    }

    fn add_faults(&mut self, name: &str, count: u64) {
        let is_known = self.faults.contains_key(name) || self.faults.len() < FAULT_NAMES_LIMIT;
        let name = if is_known { name } else { "other" };
        *self.faults.entry(name.to_owned()).or_default() += count;
    }
}

/// The measured window; errors are those of the whole run, warm-up included.
#[derive(Debug, Serialize)]
pub struct Report {
    pub scenario: String,
    pub connections: usize,
    pub seconds: f64,
    pub operations: u64,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p90_ms: f64,
    pub p99_ms: f64,
    pub p999_ms: f64,
    pub max_ms: f64,
    pub errors: BTreeMap<String, u64>,
}

impl Report {
    /// Whether something was measured and every answer of the run was right.
    pub fn is_clean(&self) -> bool {
        self.operations > 0 && self.errors.is_empty()
    }
}

fn rounded(number: f64, parts: f64) -> f64 {
    (number * parts).round() / parts
}

// Counts and microseconds of a run are far below 2^52.
fn to_f64(count: u64) -> f64 {
    count as f64
}

const LONGEST_US: u64 = 100_000_000;
const FAULT_NAMES_LIMIT: usize = 50;

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{FAULT_NAMES_LIMIT, Tally};

    #[test]
    fn threads_add_up_and_the_report_says_what_was_seen() {
        let begin = Instant::now();
        let mut whole = Tally::new();
        for thread in 0..2 {
            let mut part = Tally::new();
            for ms in 1..=50 {
                let end = begin + Duration::from_secs(2);
                part.record(Duration::from_millis(ms + thread * 50), end);
            }
            part.fault("503/-");
            whole.merge(&part);
        }
        let report = whole.report("get", 2, begin);
        assert_eq!((report.operations, report.connections), (100, 2));
        assert_eq!((report.seconds, report.per_second), (2.0, 50.0));
        assert!((report.p50_ms - 50.0).abs() < 0.1, "{report:?}");
        assert!((report.max_ms - 100.0).abs() < 0.1, "{report:?}");
        assert_eq!(report.errors.get("503/-"), Some(&2));
        assert!(!report.is_clean());
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["scenario"], "get");
        assert_eq!(json["p999_ms"], json["max_ms"]);
    }

    #[test]
    fn the_names_of_faults_are_bounded() {
        let mut tally = Tally::new();
        for number in 0..1000 {
            tally.fault(&number.to_string());
        }
        let report = tally.report("get", 1, Instant::now());
        assert_eq!(report.errors.len(), FAULT_NAMES_LIMIT + 1);
        assert_eq!(report.errors.values().sum::<u64>(), 1000);
        assert_eq!(report.per_second, 0.0);
    }
}
