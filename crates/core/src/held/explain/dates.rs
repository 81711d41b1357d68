//! The dates that a text carries.

use crate::Time;
use crate::held::date::{self, MONTHS, day_of};

/// More dates than these are a log.
const MOST: usize = 12;
/// So many numbers are looked at: a text with more is a log too, and so is one that says one date
/// over and over.
const LOOKS: usize = 2_000;
/// A date that is written longer than this is none.
const LONGEST: usize = 40;

/// Zones that are written in letters, in hours from Greenwich.
const ZONES: [(&str, i64); 12] = [
    ("UTC", 0),
    ("GMT", 0),
    ("PST", -8),
    ("PDT", -7),
    ("MST", -7),
    ("MDT", -6),
    ("CST", -6),
    ("CDT", -5),
    ("EST", -5),
    ("EDT", -4),
    ("CET", 1),
    ("CEST", 2),
];

/// Every date in a text, in order, each once. Zones that are not given are taken for UTC.
pub(super) fn of(text: &str) -> Vec<Time> {
    let bytes = text.as_bytes();
    let mut dates: Vec<Time> = Vec::new();
    let mut at = 0;
    for _ in 0..LOOKS {
        let Some(place) = bytes.iter().skip(at).position(u8::is_ascii_digit) else {
            break;
        };
        let start = at + place;
        let digits = bytes
            .iter()
            .skip(start)
            .take_while(|it| it.is_ascii_digit());
        let digits = digits.count();
        at = start + digits;
        let inside = start.checked_sub(1).and_then(|it| bytes.get(it));
        if inside.is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let Some(rest) = text.get(start..) else {
            continue;
        };
        let before = text.get(..start).unwrap_or_default();
        let read = match digits {
            4 => iso(rest),
            1 | 2 => named(rest, before).or_else(|| slashes(rest)),
            10 | 13 => unix(rest, digits, before),
            _ => None,
        };
        if let Some((time, length)) = read {
            at = start + length.max(digits);
            if !dates.contains(&time) {
                dates.push(time);
            }
            if dates.len() == MOST {
                break;
            }
        }
    }
    dates
}

/// `2020-02-26T21:52:54.2810613Z`, also without its clock or zone.
fn iso(rest: &str) -> Option<(Time, usize)> {
    let day = rest.get(..10)?;
    let clock_begins =
        |it: &str| it.starts_with(['T', 't', ' ']) && it.get(1..3).is_some_and(all_digits);
    let tail = rest.get(10..).unwrap_or_default();
    if !clock_begins(tail) {
        let ends = !tail.starts_with(|it: char| it.is_ascii_alphanumeric());
        let time = date::read(&format!("{day}T00:00:00Z")).filter(|_| ends)?;
        return Some((time, 10));
    }
    let of_date = |it: char| it.is_ascii_digit() || "T:.+-Zz".contains(it);
    let clock = head(tail.get(1..)?);
    let end = clock.find(|it| !of_date(it)).unwrap_or(clock.len());
    let clock = clock
        .get(..end)?
        .trim_end_matches(['.', ':', '-', '+', 'T']);
    // Python writes the fraction behind a comma; it says nothing here.
    let length = 11 + clock.len();
    Some((date::read(&format!("{day}T{clock}"))?, length))
}

/// As much as a date may be long: a look at each digit of a text must not become one at all that
/// follows it.
fn head(text: &str) -> &str {
    let longest = text.len().min(LONGEST);
    let end = (0..=longest).rev().find(|it| text.is_char_boundary(*it));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// The same before it.
fn tail(text: &str) -> &str {
    let start = text.len().saturating_sub(LONGEST);
    let start = (start..=text.len()).find(|it| text.is_char_boundary(*it));
    text.get(start.unwrap_or(0)..).unwrap_or_default()
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit())
}

/// `25-Dec-16 04:45:57 PST`, `06 Nov 1994 08:49:37 GMT`, `Nov 6, 1994`.
fn named(rest: &str, before: &str) -> Option<(Time, usize)> {
    let line = head(rest).split('\n').next()?;
    let mut parts = line.split([' ', '-', ',', '/']).filter(|it| !it.is_empty());
    let first = parts.next()?;
    let day: i64 = first.parse().ok()?;
    let before = tail(before.trim_end());
    let before = before.rsplit([' ', ',', '(', '"', '\'']).next();
    let (month, year) = match before.and_then(month) {
        Some(month) => (month, parts.next()?),
        None => (month(parts.next()?)?, parts.next()?),
    };
    let year: i64 = match year.len() {
        2 => 2000 + year.parse::<i64>().ok()?,
        4 => year.parse().ok()?,
        _ => return None,
    };
    let day = day_of(year, month, day)?;
    let mut seconds = day * 86_400;
    let mut clocks = parts.filter(|it| *it != "at" && *it != "um");
    if let Some(clock) = clocks.next().and_then(clock) {
        seconds += clock;
        let mut zone = clocks.next();
        if let Some(half) = zone.filter(|it| ["AM", "PM", "am", "pm"].contains(it)) {
            seconds += half_day(half, clock);
            zone = clocks.next();
        }
        let zone = zone.map(|it| it.trim_end_matches(|it: char| !it.is_ascii_alphabetic()));
        let known = ZONES.iter().find(|(name, _)| Some(*name) == zone);
        seconds -= known.map_or(0, |(_, hours)| hours * 3_600);
    }
    Some((Time::from_seconds(seconds), first.len()))
}

fn month(text: &str) -> Option<i64> {
    let text = text.trim_end_matches(['.', ',']).to_ascii_lowercase();
    let known = |it: &str| text.len() >= 3 && text.starts_with(it) && text.len() <= 9;
    let place = MONTHS.iter().position(|it| known(it))?;
    i64::try_from(place).ok().map(|it| it + 1)
}

/// Seconds since midnight of `04:45:57` or `4:45`.
fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds = parts.next().map_or(Some(0), |it| {
        let digits = it.find(|it: char| !it.is_ascii_digit()).unwrap_or(it.len());
        it.get(..digits)?.parse().ok()
    })?;
    let known = (0..24).contains(&hours) && (0..60).contains(&minutes);
    known.then_some(hours * 3_600 + minutes * 60 + seconds.min(59))
}

/// What the half of the day adds to a clock of twelve hours.
fn half_day(half: &str, clock: i64) -> i64 {
    let noon = 12 * 3_600;
    match (half.eq_ignore_ascii_case("pm"), clock >= noon) {
        (true, false) => noon,
        (false, true) => -noon,
        _ => 0,
    }
}

/// `5/17/2022 10:03:15 PM`: the month comes first, unless that can't be.
fn slashes(rest: &str) -> Option<(Time, usize)> {
    let mut parts = head(rest).split([' ', '\n', ',']);
    let day = parts.next()?;
    let mut numbers = day.split('/');
    let (first, second) = (numbers.next()?, numbers.next()?);
    let year: i64 = numbers.next().filter(|it| it.len() == 4)?.parse().ok()?;
    let (first, second): (i64, i64) = (first.parse().ok()?, second.parse().ok()?);
    let (month, date) = if first > 12 {
        (second, first)
    } else {
        (first, second)
    };
    let mut seconds = day_of(year, month, date)? * 86_400;
    if let Some(clock) = parts.next().and_then(clock) {
        seconds += clock;
        seconds += parts.next().map_or(0, |half| match half.get(..2) {
            Some(it @ ("AM" | "PM" | "am" | "pm")) => half_day(it, clock),
            _ => 0,
        });
    }
    Some((Time::from_seconds(seconds), day.len()))
}

/// Seconds or milliseconds since 1970, if a word before them says that they are a time.
fn unix(rest: &str, digits: usize, before: &str) -> Option<(Time, usize)> {
    let ends = rest.as_bytes().get(digits);
    if ends.is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    let number: i64 = rest.get(..digits)?.parse().ok()?;
    let seconds = if digits == 13 { number / 1_000 } else { number };
    let start = before.len().saturating_sub(28);
    let start = (start..before.len()).find(|it| before.is_char_boundary(*it));
    let before = before.get(start.unwrap_or(0)..)?.to_ascii_lowercase();
    let of_time = [
        "time", "exp", "iat", "nbf", "issued", "until", "early", " < ", " at ",
    ];
    let known = (1_000_000_000..2_200_000_000).contains(&seconds);
    let says = of_time.iter().any(|it| before.contains(it));
    (known && says).then(|| (Time::from_seconds(seconds), digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_however_they_are_written() {
        for (text, seconds) in [
            (
                "issued on 2020-02-26T21:52:54.2810613Z and",
                vec![1_582_753_974],
            ),
            ("on 2021-01-19, and", vec![1_611_014_400]),
            ("'2021-01-19 08:57:18+01:00'", vec![1_611_043_038]),
            ("2023-06-25 01:27:46,657 ERROR", vec![1_687_656_466]),
            (
                "expired on Sunday, 25-Dec-16 04:45:57 PST. The",
                vec![1_482_669_957],
            ),
            ("Tue, 17 May 2022 10:03:15 GMT", vec![1_652_781_795]),
            ("at May 17, 2022 10:03 PM UTC", vec![1_652_824_980]),
            ("5/17/2022 10:03:15 PM", vec![1_652_824_995]),
            ("17/05/2022", vec![1_652_745_600]),
            (
                "unix time 1375279200. The current unix time is 1375279200",
                vec![1_375_279_200],
            ),
            ("\"exp\":1700000000000}", vec![1_700_000_000]),
            ("port 1700000000, id 1700000005", vec![]),
            ("90.00:00:00, 50173, v1.2.3, 1234-56-78, 99/99/2020", vec![]),
            ("", vec![]),
        ] {
            let times: Vec<Time> = seconds.into_iter().map(Time::from_seconds).collect();
            assert_eq!(of(text), times, "{text}");
        }
    }
}
