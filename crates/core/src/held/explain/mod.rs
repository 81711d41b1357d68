//! What a text about a failed token says: any text, from anywhere.
//!
//! 1. The wrappings come off (`decode`), and the text becomes a row of words (`words`).
//! 2. All phrases of the catalogue are found in one pass (`lexicon`).
//! 3. Every signature whose pattern fits is weighed; the best one says what happened (`choose`).
//! 4. What it says is put into sentences (`tell`).
//!
//! It knows texts only: what the history of a grant adds is [`super::diagnose`]'s. It explains, and
//! never steers: what is done next follows from [`super::absorb`].

mod binary;
mod catalogue;
mod choose;
mod dates;
mod decode;
mod genre;
mod letters;
mod lexicon;
mod pattern;
mod tell;
mod trie;
mod words;

pub use catalogue::{Catalogue, Flaw, Signature, Speaker};

use crate::Time;
use crate::held::diagnosis::{Cause, Confidence, Party};
use choose::{Around, Fit, Origin};

/// How much of a text is looked at, in bytes; what is longer is looked at from both ends.
pub const LONGEST: usize = 4 * 1024 * 1024;
/// A passage that is judged as one, in bytes of its row of words.
const PASSAGE: usize = 16 * 1024;
/// How far a passage reaches into the next.
const OVERLAP: usize = 1_024;

/// A text, and what is known of where it came from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Question<'a> {
    /// The text.
    pub text: &'a str,
    /// Who it is from: any word.
    pub provider: Option<&'a str>,
    /// The HTTP status that it came with.
    pub status: Option<u16>,
}

/// What a text says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// What happened.
    pub cause: Cause,
    /// What else it may be, most likely first.
    pub also_possible: Vec<Cause>,
    /// Who must act.
    pub party: Party,
    /// How sure it is.
    pub confidence: Confidence,
    /// One sentence.
    pub summary: String,
    /// What to do next.
    pub next_step: String,
    /// What was seen, in sentences.
    pub evidence: Vec<String>,
    /// The dates that the text carries, in order, each once.
    pub dates: Vec<Time>,
    /// The key of whose text it is, if that was told or can be seen.
    pub provider: Option<String>,
    /// The signature that fits.
    pub signature: Option<String>,
}

impl Explanation {
    /// Whether it passes by itself, or by asking again.
    pub const fn is_transient(&self) -> bool {
        match self.cause {
            // A failure that nobody must do anything about, though its text gives no reason.
            Cause::Unknown => self.signature.is_some() && matches!(self.party, Party::Nobody),
            cause => cause.passes(self.party),
        }
    }
}

/// Says what a text means.
pub fn explain(catalogue: &Catalogue, question: &Question<'_>) -> Explanation {
    let text = ends(question.text);
    let text = binary::texts(&text);
    let plain = decode::plain(&text);
    let row = words::words(&plain);
    if genre::tells_nothing(&plain) {
        return tell::explanation(catalogue, question, &plain, Origin::Nobody, &[]);
    }
    let told = question.provider.and_then(|word| catalogue.position(word));
    let passages: Vec<_> = passages(&row)
        .map(|it| catalogue.lexicon.find(it))
        .collect();
    let mut shown: Vec<(usize, usize)> = Vec::new();
    for (speaker, weight) in passages.iter().flat_map(|it| choose::shown(catalogue, it)) {
        match shown.iter_mut().find(|(it, _)| *it == speaker) {
            Some((_, known)) => *known = weight.max(*known),
            None => shown.push((speaker, weight)),
        }
    }
    shown.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    let first = shown.first().map(|(speaker, _)| *speaker);
    let origin = match (told, first) {
        (Some(told), _) => Origin::Told(told),
        (None, Some(shown)) => Origin::Shown(shown),
        (None, None) => Origin::Nobody,
    };
    let speakers: Vec<usize> = shown.iter().map(|(speaker, _)| *speaker).collect();
    let around = Around {
        origin,
        shown: &speakers,
        named: question.provider.is_some_and(|it| !it.trim().is_empty()) || !speakers.is_empty(),
        status: question.status,
    };
    let mut best: Vec<Fit> = Vec::new();
    for found in &passages {
        let fits = choose::fits(catalogue, found, around);
        let score = |fits: &[Fit]| fits.first().map_or(i32::MIN, |it| it.score);
        if score(&fits) > score(&best) {
            best = fits;
        }
    }
    tell::explanation(catalogue, question, &plain, origin, &best)
}

/// A long text from both ends.
fn ends(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= LONGEST {
        return text.into();
    }
    let half = LONGEST / 2;
    let start = (0..=half)
        .rev()
        .find(|it| text.is_char_boundary(*it))
        .unwrap_or(0);
    let end = (text.len() - half..text.len()).find(|it| text.is_char_boundary(*it));
    let (first, last) = (text.get(..start), end.and_then(|it| text.get(it..)));
    format!(
        "{}\n{}",
        first.unwrap_or_default(),
        last.unwrap_or_default()
    )
    .into()
}

/// A row of words in passages that overlap, cut between words.
fn passages(row: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(row);
    std::iter::from_fn(move || {
        let from = rest?;
        let cut = |at: usize| from.as_bytes().iter().skip(at).position(|it| *it == b' ');
        let (passage, next) = match cut(PASSAGE) {
            None => (from, None),
            Some(more) => {
                let end = PASSAGE + more;
                let back = cut(PASSAGE - OVERLAP).map_or(end, |more| PASSAGE - OVERLAP + more);
                (from.get(..=end).unwrap_or(from), from.get(back..))
            }
        };
        rest = next;
        Some(passage)
    })
}
