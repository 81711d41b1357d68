//! What each letter is, remembered: a text has few different ones, and many of each.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// So many are remembered; of two that share a place the last one is.
const PLACES: usize = 1_024;

/// A letter comes apart into no more than these, but for a few ligatures.
const SMALL: usize = 3;

/// What is known of a letter.
#[derive(Clone, Copy)]
pub(super) struct Letter {
    letter: char,
    /// Whether words are made of such.
    pub(super) word: bool,
    /// Whether a word may come apart before or behind it.
    pub(super) parts: bool,
    /// It in small, without its marks, where that is so few letters.
    small: Option<[Option<char>; SMALL]>,
}

impl Letter {
    fn new(letter: char) -> Self {
        let mut small = [None; SMALL];
        let mut count = 0;
        small_letters(letter, |it| {
            if let Some(place) = small.get_mut(count) {
                *place = Some(it);
            }
            count += 1;
        });
        Self {
            letter,
            word: letter.is_alphanumeric() || is_combining_mark(letter),
            parts: letter.is_uppercase() || is_sign(letter),
            small: (count <= SMALL).then_some(small),
        }
    }

    const fn ascii(letter: char) -> Self {
        Self {
            letter,
            word: letter.is_ascii_alphanumeric(),
            parts: letter.is_ascii_uppercase(),
            small: Some([Some(letter.to_ascii_lowercase()), None, None]),
        }
    }

    /// Writes it in small, without its marks.
    pub(super) fn write(self, out: &mut String) {
        match self.small {
            Some(small) => small.into_iter().flatten().for_each(|it| out.push(it)),
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

/// The letters beyond ASCII that were met; nothing is kept before the first.
#[derive(Default)]
pub(super) struct Letters(Vec<Letter>);

impl Letters {
    /// What a letter is.
    pub(super) fn of(&mut self, letter: char) -> Letter {
        if letter.is_ascii() {
            return Letter::ascii(letter);
        }
        if self.0.is_empty() {
            self.0.resize(PLACES, Letter::ascii(' '));
        }
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
        let mut letters = Letters::default();
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
        for letter in "ÉﬀŁ\u{301}\u{fdfa}".chars() {
            letters.of(letter).write(&mut out);
        }
        assert!(out.starts_with("effl") && out.chars().count() > 10, "{out}");
        for letter in (0..128).map(char::from) {
            let (known, anew) = (Letter::ascii(letter), Letter::new(letter));
            assert_eq!(
                (known.word, known.parts, known.small),
                (anew.word, anew.parts, anew.small)
            );
        }
    }
}
