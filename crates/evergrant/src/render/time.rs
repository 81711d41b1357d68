//! Times for people: to the minute in UTC, and how far away that is.

use evergrant_web::api::values::Moment;
use evergrant_web::service::core::Time;

const UNITS: [(i64, &str); 4] = [
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
    (1, "second"),
];

/// A time and its distance: `2026-11-02 09:30 UTC (3 minutes ago)`.
pub(crate) fn when(moment: Moment, now: Time) -> String {
    let text = moment.to_string();
    let minute = text.get(..16).unwrap_or(&text).replace('T', " ");
    format!("{minute} UTC ({})", distance(moment.0, now))
}

fn distance(time: Time, now: Time) -> String {
    let (ahead, behind) = (time.since(now).seconds(), now.since(time).seconds());
    let seconds = ahead.max(behind);
    let (size, unit) = UNITS
        .into_iter()
        .find(|(size, _)| seconds >= *size)
        .unwrap_or((1, "second"));
    // 89 days and 23 hours are 90 days to a person.
    let count = (seconds + size / 2) / size;
    let plural = if count == 1 { "" } else { "s" };
    match (ahead, behind) {
        (0, 0) => "now".to_owned(),
        (0, _) => format!("{count} {unit}{plural} ago"),
        (_, _) => format!("in {count} {unit}{plural}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_with_its_distance() {
        let time = Time::from_seconds(1_762_000_000);
        let at = |seconds: i64| when(Moment(Time::from_seconds(1_762_000_000 + seconds)), time);
        assert_eq!(at(0), "2025-11-01 12:26 UTC (now)");
        assert_eq!(at(-90), "2025-11-01 12:25 UTC (2 minutes ago)");
        assert_eq!(at(7_200), "2025-11-01 14:26 UTC (in 2 hours)");
        assert_eq!(at(86_400), "2025-11-02 12:26 UTC (in 1 day)");
    }
}
