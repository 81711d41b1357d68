//! Dates as texts: RFC 3339 and HTTP (RFC 9110 section 5.6.7).

use crate::Time;

pub(in crate::held) const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads a date in one of the two forms.
pub(in crate::held) fn read(text: &str) -> Option<Time> {
    let text = text.trim();
    if text.len() > 64 || !text.is_ascii() {
        return None;
    }
    rfc_3339(text).or_else(|| http(text))
}

/// `2026-11-20T12:00:00.5+01:00`. A space for the `T` and a missing zone, which is then UTC, are
/// let pass.
fn rfc_3339(text: &str) -> Option<Time> {
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let mut parts = date.split('-');
    let (year, month, day) = (
        digits(parts.next()?, 4)?,
        digits(parts.next()?, 2)?,
        digits(parts.next()?, 2)?,
    );
    if parts.next().is_some() {
        return None;
    }
    let zone = rest.find(['Z', 'z', '+', '-', ' ']);
    let (clock, zone) = rest.split_at(zone.unwrap_or(rest.len()));
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let offset = offset(zone.trim())?;
    let seconds = day_of(year, month, day)?.checked_mul(86_400)? + clock_of(clock)?;
    Some(Time::from_seconds(seconds - offset))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, also with hyphens.
fn http(text: &str) -> Option<Time> {
    let (_, rest) = text.split_once(',')?;
    let mut parts = rest.split([' ', '-']).filter(|it| !it.is_empty());
    let day = parts.next()?;
    let day = digits(day, day.len())?;
    let month = parts.next()?.to_ascii_lowercase();
    let month = MONTHS.iter().position(|it| *it == month)?;
    let (year, clock) = (parts.next()?, parts.next()?);
    let year = match year.len() {
        2 => 2000 + digits(year, 2)?,
        _ => digits(year, 4)?,
    };
    let month = i64::try_from(month).ok()? + 1;
    let seconds = day_of(year, month, day)?.checked_mul(86_400)? + clock_of(clock)?;
    Some(Time::from_seconds(seconds))
}

fn digits(text: &str, count: usize) -> Option<i64> {
    let all = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

/// Seconds since midnight. A leap second is the one before it.
fn clock_of(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let (hour, minute) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let second = parts.next().map_or(Some(0), |it| digits(it, 2))?;
    let known = parts.next().is_none() && hour < 24 && minute < 60 && second <= 60;
    known.then(|| hour * 3_600 + minute * 60 + second.min(59))
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    let (sign, clock) = match zone.split_at_checked(1) {
        None => return zone.is_empty().then_some(0),
        Some(("+", clock)) => (1, clock),
        Some(("-", clock)) => (-1, clock),
        Some(_) => return ["Z", "z", "UTC", "GMT"].contains(&zone).then_some(0),
    };
    let (hours, minutes) = match clock.split_once(':') {
        Some(parts) => parts,
        None => clock.split_at_checked(2)?,
    };
    Some(sign * (digits(hours, 2)? * 3_600 + digits(minutes, 2)? * 60))
}

/// Days since 1970-01-01 in the Gregorian calendar: years are counted from March, so that the leap
/// day is the last of them.
pub(in crate::held) fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month > 2 { year } else { year - 1 };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00Z", 951_825_600),
            ("2026-11-20T12:00:00.123456789Z", 1_795_176_000),
            ("2026-11-20T13:00:00+01:00", 1_795_176_000),
            ("2026-11-20T07:00:00-0500", 1_795_176_000),
            ("2026-11-20 12:00:00", 1_795_176_000),
            ("2026-11-20 12:00:00 UTC", 1_795_176_000),
            ("2026-11-20T12:00Z", 1_795_176_000),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
            ("Fri, 20-Nov-26 12:00:00 GMT", 1_795_176_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200),
        ] {
            assert_eq!(read(text), Some(Time::from_seconds(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "T",
            "3600",
            "2026-13-01T00:00:00Z",
            "2026-01-32T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00+1",
            "2026-01-01T00:00:00X",
            "2026-01-01-01T00:00:00Z",
            "20260101T000000Z",
            "Sun, 06 Nuv 1994 08:49:37 GMT",
            "Sun, 99999999999999999999 Nov 1994 08:49:37 GMT",
            "never",
            "２026-01-01T00:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
