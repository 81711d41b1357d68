//! Takes the wrappings off a text: strings in strings, addresses, pages, mails.
//!
//! What people paste went through many hands: JSON in a string in JSON, a query of an address, a
//! page, a mail. Each round takes one layer off wherever it lies, until nothing changes.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::held::reference::character;

/// More layers than these nobody wraps by accident.
const ROUNDS: usize = 4;

/// The text without its wrappings.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        let Some(next) = round(&plain) else { break };
        plain = Cow::Owned(next);
    }
    plain
}

/// One layer less, or nothing if there was none.
fn round(text: &str) -> Option<String> {
    let opened = opened(text.as_bytes());
    let text = opened.as_deref().unwrap_or(text.as_bytes());
    let bare = unescaped(text);
    let bytes = bare.or(opened)?;
    Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// Without escapes, codes and references of one layer; nothing if there were none.
fn unescaped(bytes: &[u8]) -> Option<Vec<u8>> {
    let (mail, plus) = (is_mail(bytes), bytes.contains(&b'+'));
    let stops = |it: &u8| match it {
        b'\\' | b'%' | b'&' | 0 => true,
        b'=' => mail,
        b'+' => plus,
        _ => false,
    };
    let mut out: Vec<u8> = Vec::new();
    let (mut at, mut copied) = (0, 0);
    let mut word = Word::default();
    while let Some(place) = bytes.iter().skip(at).position(stops) {
        at += place;
        let rest = bytes.get(at..).unwrap_or_default();
        let taken = match rest.first() {
            Some(0) => Some((1, Vec::new())),
            Some(b'\\') => escape(rest),
            Some(b'%') => hex(rest).map(|byte| (3, vec![byte])),
            Some(b'&') => reference(rest),
            Some(b'=') => soft(rest),
            Some(b'+') if word.is_query(bytes, at) => Some((1, vec![b' '])),
            _ => None,
        };
        let Some((length, decoded)) = taken else {
            at += 1;
            continue;
        };
        out.extend_from_slice(bytes.get(copied..at).unwrap_or_default());
        out.extend(decoded);
        at += length;
        copied = at;
    }
    if copied == 0 {
        return None;
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Some(out)
}

/// The word that a place lies in, looked at once.
#[derive(Default)]
struct Word {
    until: usize,
    query: bool,
}

impl Word {
    fn is_query(&mut self, bytes: &[u8], at: usize) -> bool {
        if at >= self.until {
            let before = bytes.get(self.until..at).unwrap_or_default();
            let start = before.iter().rposition(u8::is_ascii_whitespace);
            let start = self.until + start.map_or(0, |it| it + 1);
            let behind = bytes.get(at..).unwrap_or_default().iter();
            let end = behind.clone().position(u8::is_ascii_whitespace);
            self.until = at + end.unwrap_or(behind.len()).max(1);
            self.query = is_query(bytes.get(start..self.until).unwrap_or_default());
        }
        self.query
    }
}

/// Escapes of JSON, and of most languages' strings.
fn escape(rest: &[u8]) -> Option<(usize, Vec<u8>)> {
    let letter = match rest.get(1)? {
        b'n' | b'r' | b't' => b' ',
        it @ (b'"' | b'\'' | b'\\' | b'/') => *it,
        b'x' => return Some((4, vec![pair(rest.get(2..4)?)?])),
        b'u' => return unicode(rest),
        _ => return None,
    };
    Some((2, vec![letter]))
}

fn unicode(rest: &[u8]) -> Option<(usize, Vec<u8>)> {
    let unit = |at: usize| {
        let digits = std::str::from_utf8(rest.get(at..at + 4)?).ok()?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(2)?;
    let second = || (rest.get(6..8)? == b"\\u").then(|| unit(8)).flatten();
    let (length, units) = match (0xd800..0xdc00).contains(&first) {
        true => (12, vec![first, second()?]),
        false => (6, vec![first]),
    };
    let text = String::from_utf16(&units).ok()?;
    Some((length, text.into_bytes()))
}

fn hex(rest: &[u8]) -> Option<u8> {
    pair(rest.get(1..3)?)
}

fn pair(digits: &[u8]) -> Option<u8> {
    let all = digits.iter().all(u8::is_ascii_hexdigit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| all)?;
    u8::from_str_radix(digits, 16).ok()
}

/// Character references of HTML and XML.
fn reference(rest: &[u8]) -> Option<(usize, Vec<u8>)> {
    let end = rest.iter().take(10).position(|it| *it == b';')?;
    let name = std::str::from_utf8(rest.get(1..end)?).ok()?;
    let letter = character(name)?;
    Some((end + 1, letter.to_string().into_bytes()))
}

/// Whether a text is quoted-printable (RFC 2045 section 6.7): it has an encoded equals sign, an
/// encoded letter beyond ASCII, or a long line that is broken softly.
fn is_mail(bytes: &[u8]) -> bool {
    let soft = |line: &[u8]| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.len() >= 60 && line.ends_with(b"=")
    };
    let mut signs = bytes.windows(4).filter(|it| it.first() == Some(&b'='));
    let coded = |it: &[u8]| it.starts_with(b"=3D") || (it.ends_with(b"=") && is_letter(it));
    signs.any(coded) || bytes.split(|it| *it == b'\n').any(soft)
}

/// The first byte of a letter beyond ASCII, as quoted-printable writes it.
fn is_letter(code: &[u8]) -> bool {
    hex(code).is_some_and(|byte| byte >= 0xc3)
}

fn soft(rest: &[u8]) -> Option<(usize, Vec<u8>)> {
    match (rest.get(1)?, rest.get(2)) {
        (b'\n', _) => Some((2, Vec::new())),
        (b'\r', Some(b'\n')) => Some((3, Vec::new())),
        _ => hex(rest).map(|byte| (3, vec![byte])),
    }
}

/// Whether a word is the query of an address or a form, where a plus is a space.
fn is_query(word: &[u8]) -> bool {
    let has = |byte: u8| word.contains(&byte);
    has(b'=') && has(b'+') && !has(b'"') && (has(b'&') || has(b'%') || has(b'_'))
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// With the texts in base64 opened; nothing if there is none.
fn opened(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::new();
    let (mut at, mut copied) = (0, 0);
    for word in bytes.split(|it| !is_base64(*it)) {
        let start = at;
        at += word.len() + 1;
        if !may_be_base64(word) {
            continue;
        }
        if let Some((length, text)) = base64(bytes.get(start..).unwrap_or_default()) {
            out.extend_from_slice(bytes.get(copied..start).unwrap_or_default());
            out.extend(text);
            copied = start + length;
        }
    }
    if copied == 0 {
        return None;
    }
    out.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Some(out)
}

/// From this length on a word may be a text in base64.
const ENCODED: usize = 28;
/// Longer ones are files, not messages.
const LONGEST: usize = 16 * 1024;

fn may_be_base64(word: &[u8]) -> bool {
    let upper = word.iter().any(u8::is_ascii_uppercase);
    let lower = word.iter().any(u8::is_ascii_lowercase);
    (ENCODED..=LONGEST).contains(&word.len()) && upper && lower
}

/// A text in base64 is opened if it speaks of an error; anything else may be a token.
fn base64(rest: &[u8]) -> Option<(usize, Vec<u8>)> {
    let end = rest.iter().position(|it| !is_base64(*it));
    let word = rest.get(..end.unwrap_or(rest.len()))?;
    if !may_be_base64(word) {
        return None;
    }
    let padding = rest.get(word.len()..)?.iter().take(2);
    let padding = padding.take_while(|it| **it == b'=').count();
    let decoded = STANDARD.decode(rest.get(..word.len() + padding)?).ok()?;
    let text = std::str::from_utf8(&decoded).ok()?.to_ascii_lowercase();
    let speaks = text.contains("error") || text.contains("invalid_");
    speaks.then(|| (word.len() + padding, decoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrapping_comes_off() {
        for (wrapped, inner) in [
            (
                r#"{\"error\":\"invalid_grant\"}"#,
                r#"{"error":"invalid_grant"}"#,
            ),
            (r#"\\\"error\\\""#, r#""error""#),
            (
                "a=b&error_description=token+has+expired",
                "a=b&error_description=token has expired",
            ),
            ("error%3Dinvalid%5Fgrant", "error=invalid_grant"),
            ("error%253Dx", "error=x"),
            ("&quot;it&#39;s&quot; &amp;lt;", "\"it's\" <"),
            ("caf\\u00e9 \\ud83d\\ude00", "café 😀"),
            ("refresh_tok=\nen=3D1", "refresh_token=1"),
            ("b'\\xc3\\xa9'", "b'é'"),
            ("i\0n\0v\0", "inv"),
            (
                "eyJlcnJvciI6ImludmFsaWRfZ3JhbnQifQ== x",
                "{\"error\":\"invalid_grant\"} x",
            ),
            ("1 + 1 = 2, 100% & more", "1 + 1 = 2, 100% & more"),
            ("C:\\", "C:\\"),
        ] {
            assert_eq!(plain(wrapped), inner, "{wrapped}");
        }
    }

    #[test]
    fn what_is_cut_off_anywhere_is_read_as_far_as_it_goes() {
        let whole = "\\ud83d\\ude00 %e4 &#x41; =C3=A9 eyJlcnJvciI6ImludmFsaWRfZ3JhbnQifQ==";
        for end in 0..=whole.len() {
            drop(plain(whole.get(..end).unwrap_or_default()));
        }
    }
}
