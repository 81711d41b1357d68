//! Scopes: sets of words that a client asks for and a user agrees to (RFC 6749 section 3.3).

use std::collections::BTreeSet;
use std::fmt;

/// A set of scope words, written in alphabetical order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct ScopeSet(BTreeSet<String>);

/// Why a text is no scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScopeError;

impl fmt::Display for ScopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "scopes are words of printable ASCII without quotes or backslashes, \
             separated by single spaces",
        )
    }
}

impl std::error::Error for ScopeError {}

impl ScopeSet {
    /// Longest scope text that is read; longer is an attack or a mistake.
    pub const MAX_LENGTH: usize = 4096;

    /// Reads words separated by single spaces; the empty text is the empty set.
    ///
    /// # Errors
    /// When a word has a character that RFC 6749 section 3.3 forbids, or the text is too long.
    pub fn parse(text: &str) -> Result<Self, ScopeError> {
        if text.len() > Self::MAX_LENGTH {
            return Err(ScopeError);
        }
        if text.is_empty() {
            return Ok(Self::default());
        }
        text.split(' ')
            .map(word)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// The set of these words.
    ///
    /// # Errors
    /// When one of them is not a single scope word.
    pub fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, ScopeError> {
        words
            .into_iter()
            .map(word)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether every word here is in `other` too.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Whether the set has this word.
    pub fn has(&self, word: &str) -> bool {
        self.0.contains(word)
    }

    /// Whether the set has no word.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The words in alphabetical order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn word(text: &str) -> Result<String, ScopeError> {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if text.is_empty() || !text.bytes().all(allowed) {
        return Err(ScopeError);
    }
    Ok(text.to_owned())
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(word)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_repetition_do_not_matter() {
        assert_eq!(
            ScopeSet::parse("b a b").unwrap(),
            ScopeSet::parse("a b").unwrap()
        );
        assert_eq!(ScopeSet::parse("b a").unwrap().to_string(), "a b");
        assert!(ScopeSet::parse("").unwrap().is_empty());
    }

    #[test]
    fn what_rfc_6749_forbids_is_refused() {
        for text in ["a  b", " a", "a ", "a\"b", "a\\b", "a\tb", "é", "a\u{7f}"] {
            assert_eq!(ScopeSet::parse(text), Err(ScopeError), "{text:?}");
        }
        assert_eq!(ScopeSet::of(["a b"]), Err(ScopeError));
    }
}
