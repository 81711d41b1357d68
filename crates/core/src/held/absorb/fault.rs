//! A failure as it is kept and shown.

use super::lifetime;
use super::meaning;
use super::seen::Seen;
use crate::held::answer::{Fault, RawAnswer};
use crate::held::date;
use crate::held::mask;
use crate::{Span, Time};

/// Longest code that is kept.
const CODE: usize = 128;
/// Longest message that is kept.
const TEXT: usize = 1_000;
/// How much of a page is kept.
const PAGE: usize = 300;
/// Nobody is believed who asks for a longer pause.
const PAUSE: Span = Span::from_seconds(3_600);

/// What was seen of a failure.
pub(super) fn of(answer: &RawAnswer, seen: &Seen, now: Time) -> Fault {
    let code = meaning::code(answer.status, seen).map(|code| mask::shown(code, CODE));
    Fault {
        status: Some(answer.status),
        code: code.filter(|it| !it.is_empty()),
        text: text(answer, seen).filter(|it| !it.is_empty()),
        retry_after: answer.header("retry-after").and_then(|it| pause(it, now)),
        mute: is_mute(answer),
        known: None,
    }
}

fn is_mute(answer: &RawAnswer) -> bool {
    let refuses = matches!(answer.status, 400 | 401 | 403);
    let blank = answer.body.iter().all(u8::is_ascii_whitespace);
    refuses && answer.complete && blank && answer.header("www-authenticate").is_none()
}

fn text(answer: &RawAnswer, seen: &Seen) -> Option<String> {
    if let Some(first) = seen.texts.first() {
        let mut text = mask::shown(first, TEXT);
        for (name, detail) in &seen.details {
            let detail = mask::shown(detail, CODE);
            if !text.contains(&detail) {
                text = format!("{text} [{name} {detail}]");
            }
        }
        return Some(text);
    }
    // A success that can't be read may be tokens in a form nobody knows.
    let success = (200..300).contains(&answer.status);
    let page = seen.page.as_ref().filter(|page| page.html || !success)?;
    Some(mask::shown(&page.text, PAGE))
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds or a date.
fn pause(value: &str, now: Time) -> Option<Span> {
    let seconds: Option<f64> = value.trim().parse().ok();
    let pause = match seconds {
        Some(seconds) if seconds >= 0.0 => lifetime::at_most(seconds, PAUSE),
        Some(_) => return None,
        None => date::read(value)?.since(now),
    };
    Some(pause.min(PAUSE))
}
