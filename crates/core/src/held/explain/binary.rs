//! What is no text at all: the texts in it are picked out, as one does with a program's file.

use std::borrow::Cow;

/// Shorter runs of letters come about by chance.
const RUN: usize = 6;

/// A text as it is; of bytes that are none, the runs of ASCII that could be words.
pub(super) fn texts(text: &str) -> Cow<'_, str> {
    // Text in UTF-16 that was read as bytes has a zero beside each letter, and is text.
    let odd = |it: char| it == '\u{fffd}' || (it.is_control() && !it.is_whitespace() && it != '\0');
    let sample = text.chars().take(4_096);
    let (mut all, mut strange) = (0_usize, 0_usize);
    for letter in sample {
        all += 1;
        strange += usize::from(odd(letter));
    }
    if strange * 8 <= all {
        return text.into();
    }
    let ends = |it: u8| !it.is_ascii_graphic() && it != b' ';
    let runs = text.as_bytes().split(|it| ends(*it));
    let runs = runs.filter(|run| run.len() >= RUN);
    let runs = runs.filter_map(|run| std::str::from_utf8(run).ok());
    runs.collect::<Vec<_>>().join("\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_bytes_only_their_words_are_left() {
        let bytes = b"\x00\x01\xff\xfe\x80invalid_grant\x90\x91ab\x02\xffexpired token\xff";
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(texts(&text), "invalid_grant\nexpired token");
        for text in [
            "",
            "ein Schlüssel",
            "期限切れ",
            "i\0n\0v\0",
            "a\u{1b}[0mb text \u{fffd} here",
        ] {
            assert_eq!(texts(text), text);
        }
    }
}
