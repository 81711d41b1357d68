//! What each letter is, remembered: a text has few different ones, and many of each.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// So many are remembered; of two that share a place the last one is.
const PLACES: usize = 1_024;

/// What is known of a letter.
#[derive(Clone, Copy)]
pub(super) struct Letter {
    letter: char,
    /// Whether words are made of such.
    pub(super) word: bool,
    /// Whether a word may come apart before or behind it.
    pub(super) parts: bool,
    /// It in small, without its marks, where that is one letter.
    small: Option<char>,
}

impl Letter {
    fn new(letter: char) -> Self {
        let mut small = Vec::new();
        small_letters(letter, |it| small.push(it));
        Self {
            letter,
            word: letter.is_alphanumeric() || is_combining_mark(letter),
            parts: letter.is_uppercase() || is_sign(letter),
            small: match small.as_slice() {
                [only] => Some(*only),
                _ => None,
            },
        }
    }

    /// Writes it in small, without its marks.
    pub(super) fn write(self, out: &mut String) {
        match self.small {
            Some(small) => out.push(small),
            None => small_letters(self.letter, |it| out.push(it)),
        }
    }
}

fn small_letters(letter: char, mut tell: impl FnMut(char)) {
    decompose_compatible(letter, |part| {
        if !is_combining_mark(part) {
            part.to_lowercase().map(plain).for_each(&mut tell);
        }
    });
}

/// The letters that were met.
pub(super) struct Letters(Vec<Letter>);

impl Letters {
    pub(super) fn new() -> Self {
        Self(vec![Letter::new(' '); PLACES])
    }

    /// What a letter is.
    pub(super) fn of(&mut self, letter: char) -> Letter {
        let Some(place) = self.0.get_mut(letter as usize % PLACES) else {
            return Letter::new(letter);
        };
        if place.letter != letter {
            *place = Letter::new(letter);
        }
        *place
    }
}

/// Scripts that are written without spaces, or whose words take endings without end.
pub(super) const fn is_sign(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{ff66}'..='\u{ff9f}' | '\u{1100}'..='\u{11ff}')
}

/// Letters that do not come apart.
const fn plain(letter: char) -> char {
    match letter {
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        'ı' => 'i',
        'ß' => 's',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_a_letter_is() {
        let mut letters = Letters::new();
        // Letters that share a place take it from each other.
        for letter in ['a', 'Á', '\u{441}', 'ﬀ', '\u{4c1}', '\u{301}', ' ', 'a'] {
            let (known, anew) = (letters.of(letter), Letter::new(letter));
            let written = |it: Letter| {
                let mut out = String::new();
                it.write(&mut out);
                out
            };
            assert_eq!(written(known), written(anew), "{letter}");
            assert_eq!((known.word, known.parts), (anew.word, anew.parts));
        }
        let mut out = String::new();
        for letter in "ÉﬀŁ\u{301}".chars() {
            letters.of(letter).write(&mut out);
        }
        assert_eq!(out, "effl");
    }
}
