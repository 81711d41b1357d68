//! A text of a guide: plain words, with as much markup as a page, a terminal and a document need.

use crate::held::diagnosis::Cause;

/// Words with `**what stands on a screen**`, `` `what is typed or read` `` and bare addresses.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Text(String);

/// A piece of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// Words.
    Plain(&'a str),
    /// What stands on a screen: a menu, a button, a page.
    Menu(&'a str),
    /// What is typed, or read letter by letter.
    Code(&'a str),
    /// The word of a cause: there is a guide for it.
    Guide(Cause),
    /// An `https` address.
    Address(&'a str),
}

const SCHEME: &str = "https://";

impl Text {
    /// A text with its markup.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As it was written, which is Markdown too.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As a terminal shows it: what stands on a screen in quotes, what is typed as it was written.
    pub fn plain(&self) -> String {
        let words = self.pieces().into_iter().map(|piece| match piece {
            Piece::Plain(it) | Piece::Address(it) => it.to_owned(),
            Piece::Menu(it) => format!("\"{it}\""),
            Piece::Code(it) => format!("`{it}`"),
            Piece::Guide(cause) => format!("`{}`", cause.as_str()),
        });
        words.collect()
    }

    /// Its pieces. A mark that nothing closes is a word like others.
    pub fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        let mut plain = self.0.as_str();
        while let Some((before, piece, after)) = first_mark(plain) {
            if !before.is_empty() {
                pieces.push(Piece::Plain(before));
            }
            pieces.push(piece);
            plain = after;
        }
        if !plain.is_empty() {
            pieces.push(Piece::Plain(plain));
        }
        pieces
    }
}

/// What stands before the first mark, what it marks, and what follows.
fn first_mark(text: &str) -> Option<(&str, Piece<'_>, &str)> {
    let found = [
        enclosed(text, "**").map(|(at, it, after)| (at, Piece::Menu(it), after)),
        enclosed(text, "`").map(|(at, it, after)| (at, code(it), after)),
        address(text).map(|(at, it, after)| (at, Piece::Address(it), after)),
    ];
    let first = found.into_iter().flatten().min_by_key(|(at, ..)| *at);
    first.and_then(|(at, piece, after)| Some((text.get(..at)?, piece, after)))
}

fn enclosed<'a>(text: &'a str, mark: &str) -> Option<(usize, &'a str, &'a str)> {
    let (before, rest) = text.split_once(mark)?;
    let (inner, after) = rest.split_once(mark)?;
    (!inner.is_empty()).then_some((before.len(), inner, after))
}

fn code(word: &str) -> Piece<'_> {
    Cause::parse(word).map_or(Piece::Code(word), Piece::Guide)
}

/// An address ends at a space, and the stop of a sentence is none of it.
fn address(text: &str) -> Option<(usize, &str, &str)> {
    let at = text.find(SCHEME)?;
    let rest = text.get(at..)?;
    let end = rest.find([' ', '\n', ')', '`']).unwrap_or(rest.len());
    let (whole, _) = rest.split_at(end);
    let it = whole.trim_end_matches(['.', ',', ';', ':']);
    (it.len() > SCHEME.len()).then(|| (at, it, rest.get(it.len()..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &Text) -> Vec<Piece<'_>> {
        text.pieces()
    }

    #[test]
    fn menus_codes_and_addresses_are_found() {
        let text = Text::new("Open https://a.example/x. Press **Apps > Remove**, read `190`");
        let expected = [
            Piece::Plain("Open "),
            Piece::Address("https://a.example/x"),
            Piece::Plain(". Press "),
            Piece::Menu("Apps > Remove"),
            Piece::Plain(", read "),
            Piece::Code("190"),
        ];
        assert_eq!(pieces(&text), expected);
        let plain = "Open https://a.example/x. Press \"Apps > Remove\", read `190`";
        assert_eq!(text.plain(), plain);
    }

    #[test]
    fn the_word_of_a_cause_leads_to_its_guide() {
        let text = Text::new("Read `idle_expiry`, not `idle`");
        let expected = [
            Piece::Plain("Read "),
            Piece::Guide(Cause::IdleExpiry),
            Piece::Plain(", not "),
            Piece::Code("idle"),
        ];
        assert_eq!(pieces(&text), expected);
        assert_eq!(text.plain(), text.as_str());
    }

    #[test]
    fn a_mark_that_nothing_closes_is_a_word() {
        for text in ["a ** b", "a ` b", "https://", "", "****", "``"] {
            let text = Text::new(text);
            assert_eq!(text.plain(), text.as_str());
        }
        let text = Text::new("(https://a.example), then `https://b.example`");
        let expected = [
            Piece::Plain("("),
            Piece::Address("https://a.example"),
            Piece::Plain("), then "),
            Piece::Code("https://b.example"),
        ];
        assert_eq!(pieces(&text), expected);
    }
}
