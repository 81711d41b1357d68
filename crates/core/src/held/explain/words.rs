//! A text as a row of words: small letters without accents, one space apart.
//!
//! `"error_subcode":463`, `error_subcode=463` and `<error_subcode>463` become the same words, and
//! so do `InvalidGrant`, `INVALID-GRANT` and `invalid_grant`. What is looked for is written as
//! words too, so that one phrase fits every way of writing.

use super::letters::{Letters, is_sign};

/// A word that is longer is an id or a secret; nothing is looked for in it.
const LONGEST: usize = 40;
/// A tag that is longer is none.
const TAG: usize = 2_000;

/// The word that stands for the beginning of a page.
const PAGE: &str = " htmlpage";

/// Elements of pages: what they are called says nothing.
const ELEMENTS: [&str; 54] = [
    "a",
    "abbr",
    "article",
    "aside",
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "img",
    "input",
    "label",
    "li",
    "link",
    "main",
    "meta",
    "nav",
    "ol",
    "p",
    "section",
    "small",
    "span",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "title",
    "tr",
    "tt",
    "u",
    "ul",
];

/// The words, each with a space before it, and one at the end.
pub(super) fn words(text: &str) -> String {
    let mut words = Words {
        out: String::with_capacity(text.len() + 2),
        word: String::new(),
        letters: Letters::default(),
    };
    let mut rest = text;
    while let Some((before, from_tag)) = rest.split_once(['<', '\u{1b}']) {
        words.read(before);
        words.end();
        rest = match rest.as_bytes().get(before.len()) {
            Some(b'<') => words.tag(from_tag),
            _ => after_escape(from_tag),
        };
    }
    words.read(rest);
    words.end();
    words.out.push(' ');
    words.out
}

struct Words {
    out: String,
    word: String,
    letters: Letters,
}

impl Words {
    fn read(&mut self, text: &str) {
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            if self.word.is_empty()
                && let Some((word, after)) = plain_word(rest)
            {
                self.push(word);
                rest = after;
                continue;
            }
            if self.letters.of(letter).word {
                self.word.push(letter);
            } else if !self.goes_on(letter) {
                self.end();
            }
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }

    /// `doesn't` is one word; `d'accès` is two, and so is the beginning of `u'invalid_grant'`.
    fn goes_on(&self, letter: char) -> bool {
        match letter {
            '\'' | '\u{2019}' => self.word.chars().nth(1).is_some(),
            '\u{ad}' | '\u{200b}' | '\u{feff}' => true,
            _ => false,
        }
    }

    fn end(&mut self) {
        let word = std::mem::take(&mut self.word);
        let simple = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let mut whole = word.chars();
        if word.bytes().all(simple) || whole.all(|it| !self.letters.of(it).parts) {
            self.push(&word);
        } else if word.len() <= LONGEST * 3 {
            self.split(&word);
        }
        self.word = word;
        self.word.clear();
    }

    /// `InvalidGrantError` is three words, `OAuthException` two, and signs of scripts that put no
    /// spaces are one each.
    fn split(&mut self, word: &str) {
        let mut start = 0;
        let (mut before, mut last): (Option<char>, Option<char>) = (None, None);
        let mut letters = word.char_indices().peekable();
        while let Some((place, letter)) = letters.next() {
            let big = letter.is_uppercase();
            let next_is_small = big && letters.peek().is_some_and(|(_, it)| it.is_lowercase());
            let rises = big
                && last
                    .is_some_and(|it| it.is_lowercase() || (!it.is_uppercase() && next_is_small));
            let falls = big
                && last.is_some_and(char::is_uppercase)
                && before.is_some_and(char::is_uppercase)
                && next_is_small;
            let alone = is_sign(letter) || last.is_some_and(is_sign);
            if rises || falls || alone {
                self.push(word.get(start..place).unwrap_or_default());
                start = place;
            }
            (before, last) = (last, Some(letter));
        }
        self.push(word.get(start..).unwrap_or_default());
    }

    fn push(&mut self, word: &str) {
        if word.is_empty() || word.len() > LONGEST {
            return;
        }
        self.out.push(' ');
        if word.is_ascii() {
            let begin = self.out.len();
            self.out.push_str(word);
            if let Some(word) = self.out.get_mut(begin..) {
                word.make_ascii_lowercase();
            }
        } else {
            for letter in word.chars() {
                self.letters.of(letter).write(&mut self.out);
            }
        }
    }

    /// Passes over a tag. Its words count, unless it is an element of a page.
    fn tag<'a>(&mut self, from_tag: &'a str) -> &'a str {
        let begins = |it: char| it.is_ascii_alphabetic() || matches!(it, '/' | '!' | '?');
        if !from_tag.starts_with(begins) {
            return from_tag;
        }
        let near = from_tag
            .bytes()
            .take(TAG)
            .position(|it| matches!(it, b'>' | b'<'));
        let Some((tag, after)) = near.and_then(|end| from_tag.split_at_checked(end)) else {
            return from_tag;
        };
        let Some(after) = after.strip_prefix('>') else {
            return from_tag;
        };
        let name = tag
            .trim_start_matches('/')
            .split(|it: char| !it.is_ascii_alphanumeric());
        let name = name
            .into_iter()
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        match name.as_str() {
            "script" | "style" if !tag.starts_with('/') => after_element(after, &name),
            "html" if !tag.starts_with('/') => {
                self.out.push_str(PAGE);
                after
            }
            // What is closed was named when it was opened.
            _ if tag.starts_with('/') || ELEMENTS.contains(&name.as_str()) => after,
            _ => {
                self.read(tag);
                self.end();
                after
            }
        }
    }
}

/// The word that a text begins with, if it has small letters and digits only and ends plainly;
/// and what comes behind it. Most words are such, and need no closer look.
fn plain_word(text: &str) -> Option<(&str, &str)> {
    let plain = |it: &u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    let end = text.bytes().position(|it| !plain(&it))?;
    let behind = text.as_bytes().get(end)?;
    let ends = behind.is_ascii() && !behind.is_ascii_alphanumeric() && *behind != b'\'';
    if !ends {
        return None;
    }
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// What comes behind a script or style; all of it, if it is never closed.
fn after_element<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some((_, from_end)) = rest.split_once("</") {
        let same = from_end
            .get(..name.len())
            .is_some_and(|it| it.eq_ignore_ascii_case(name));
        if same {
            return from_end.split_once('>').map_or("", |(_, after)| after);
        }
        rest = from_end;
    }
    ""
}

/// Passes over the rest of a terminal's colour or cursor sequence (ECMA-48 section 5.4).
fn after_escape(text: &str) -> &str {
    let Some(sequence) = text.strip_prefix('[') else {
        return text;
    };
    let parameters = |it: char| it.is_ascii_digit() || it == ';' || it == '?';
    let rest = sequence.trim_start_matches(parameters);
    rest.strip_prefix(|it: char| it.is_ascii_alphabetic())
        .unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_is_one() {
        for (text, row) in [
            (r#"{"error_subcode":463}"#, " error subcode 463 "),
            ("<error_subcode>463</error_subcode>", " error subcode 463 "),
            (
                "InvalidGrant INVALID-GRANT invalid_grant",
                " invalid grant invalid grant invalid grant ",
            ),
            (
                "OAuthException OAuth2Error HTTPError",
                " oauth exception oauth2 error http error ",
            ),
            ("AADSTS50173: x", " aadsts50173 x "),
            (
                "The <b>refresh</b> token doesn\u{2019}t",
                " the refresh token doesnt ",
            ),
            ("Schlüssel été ŁÓDŹ İzin", " schlussel ete lodz izin "),
            ("期限切れ", " 期 限 切 れ "),
            ("\u{1b}[31mred\u{1b}[0m", " red "),
            ("<script>var token = 1</script>ok", " ok "),
            ("Unexpected token < in JSON", " unexpected token in json "),
            ("<script>never closed", " "),
            ("{u'error': u'invalid_grant'}", " u error u invalid grant "),
            ("", " "),
        ] {
            assert_eq!(words(text), row, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_to_be_a_word_is_left_out() {
        let text = format!("a {} b", "x".repeat(41));
        assert_eq!(words(&text), " a b ");
    }
}
