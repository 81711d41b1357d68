//! Texts of failures that nothing matches: kept so that somebody can say what they mean.
//!
//! What is kept is masked as everything foreign is, and what differs from one failure to the next
//! (ids, dates, addresses, long numbers) is folded, so that the same text counts as one.

use crate::held::answer::{Fault, RawAnswer};
use crate::held::explain::Catalogue;
use crate::held::{mask, repeated};
use crate::id::{TeamId, UnmatchedId};
use crate::secret::Digest;
use crate::{Secret, Time};

/// The longest text that is kept, in bytes.
pub const LONGEST: usize = 2 * 1024;
/// How many texts a team keeps; beyond that the one that was not seen for longest goes.
pub const MOST: u32 = 500;

/// From this length on a number is an id, a time or a count, unless it is called a code.
const NUMBER: usize = 4;
/// From this length on a word of letters and digits is an id.
const MIXED: usize = 16;
/// From this length on a word of hexadecimal digits is one.
const HEX: usize = 8;
/// Stands for what was folded.
const FOLD: &str = "#";

/// A text that nothing matches, as it was seen once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sighting {
    /// Whose connection it was.
    pub team: TeamId,
    /// The key of the provider.
    pub provider: String,
    /// The HTTP status that it came with.
    pub status: u16,
    /// The text, masked and folded.
    pub text: String,
    /// When.
    pub at: Time,
}

impl Sighting {
    /// What two sightings of the same text have in common.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }
}

/// A text that nothing matches, and how often it was seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unmatched {
    /// Its id.
    pub id: UnmatchedId,
    /// The key of the provider.
    pub provider: String,
    /// The HTTP status that it came with last.
    pub status: u16,
    /// The text, masked and folded.
    pub text: String,
    /// When it was seen first.
    pub first_at: Time,
    /// When it was seen last.
    pub last_at: Time,
    /// How often.
    pub count: u64,
}

/// The text of a failed answer, if no signature says what it means and there is anything in it.
/// `ours` are the secrets that we sent. What was cut, or may be tokens in a form that nobody
/// knows, is not kept at all.
pub fn text(
    catalogue: &Catalogue,
    fault: &Fault,
    answer: &RawAnswer,
    ours: &[Secret],
) -> Option<String> {
    let known = fault.known.as_ref()?;
    let signature = known.said.signature.as_deref();
    let success = (200..300).contains(&answer.status);
    let tokens = success && fault.code.is_none();
    if !answer.complete || tokens || signature.is_some_and(|it| !catalogue.says_little(it)) {
        return None;
    }
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    let body = String::from_utf8_lossy(&answer.body);
    let text = repeated::hidden(&format!("{challenge} {body}"), ours);
    let text = folded(&mask::shown(&text, LONGEST));
    Some(cut(&text).to_owned()).filter(|it| !it.is_empty())
}

/// The same text for every failure of one kind.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut before = "";
    let mut rest = text;
    while let Some(place) = rest.find(is_of_id) {
        let (gap, from_word) = rest.split_at(place);
        folded.push_str(gap);
        let end = from_word.find(|it| !is_of_id(it));
        let (word, after) = from_word.split_at(end.unwrap_or(from_word.len()));
        let signs = ['.', ':', '-', '@', '+'];
        let (head, core) = word.split_at(word.len() - word.trim_start_matches(signs).len());
        let (core, tail) = core.split_at(core.trim_end_matches(signs).len());
        folded.push_str(head);
        folded.push_str(if varies(core, before) { FOLD } else { core });
        folded.push_str(tail);
        (rest, before) = (after, core);
    }
    folded.push_str(rest);
    folded
}

fn is_of_id(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | ':' | '@' | '+')
}

/// Whether a word is of this one failure.
fn varies(word: &str, before: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let called = before.to_ascii_lowercase();
    let code = called.ends_with("code") || called.ends_with("codes") || called.ends_with("error");
    if word.contains('@') {
        return true;
    }
    if letters == 0 {
        // Dates, times, addresses and plain numbers.
        return digits >= NUMBER && !(code && word.len() == digits);
    }
    let hex = |it: u8| it.is_ascii_hexdigit() || it == b'-';
    let iso = word.starts_with(|it: char| it.is_ascii_digit()) && word.contains(':');
    let is_hex = word.len() >= HEX && digits > 1 && word.bytes().all(hex);
    iso || is_hex || (word.len() >= MIXED && digits > 1)
}

/// At most so many bytes.
fn cut(text: &str) -> &str {
    let end = (0..=text.len().min(LONGEST))
        .rev()
        .find(|it| text.is_char_boundary(*it));
    text.get(..end.unwrap_or(0)).unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_one_failure_is_folded_and_what_is_of_all_stays() {
        for (text, kept) in [
            (
                "Request 7f3c1b2e-0a4d-4f7e-9c52-1d2e3f4a5b6c of ada@acme.example failed.",
                "Request # of # failed.",
            ),
            (
                "at 2026-11-28T10:20:30.123Z from 203.0.113.77: 12 tries",
                "at # from #: 12 tries",
            ),
            (
                r#"{"error":"nope","error_code":70043,"trace":1234567,"status":400}"#,
                r#"{"error":"nope","error_code":70043,"trace":#,"status":400}"#,
            ),
            ("AADSTS700082: the token", "AADSTS700082: the token"),
            ("order ab12cd34 is odd", "order # is odd"),
            ("decade of facade 42", "decade of facade 42"),
            ("ref tenant-9-abcdefgh-77.", "ref #."),
        ] {
            assert_eq!(folded(text), kept);
            assert_eq!(folded(kept), kept);
        }
    }

    #[test]
    fn it_is_cut_between_letters() {
        let long = "é".repeat(LONGEST);
        assert_eq!(cut(&long).len(), LONGEST);
        assert_eq!(cut(&format!("x{long}")).len(), LONGEST - 1);
    }
}
