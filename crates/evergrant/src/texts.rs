//! Texts from outside, in whatever encoding they came, and however long they are.

use std::io::{self, BufRead, Read};

use evergrant_web::service::core::held::explain::LONGEST;

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// How a text is written, by the mark that it begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Encoding {
    /// UTF-8, or something like it.
    Utf8,
    /// What PowerShell writes.
    Utf16Little,
    /// The same the other way round.
    Utf16Big,
}

impl Encoding {
    fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xfe, ..] => Self::Utf16Little,
            [0xfe, 0xff, ..] => Self::Utf16Big,
            _ => Self::Utf8,
        }
    }

    /// The text, with a sign in the place of what can't be read, and without the mark.
    fn text(self, bytes: &[u8]) -> String {
        let unit: fn([u8; 2]) -> u16 = match self {
            Self::Utf8 => {
                let text = String::from_utf8_lossy(bytes);
                return text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
            }
            Self::Utf16Little => u16::from_le_bytes,
            Self::Utf16Big => u16::from_be_bytes,
        };
        let (pairs, _) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| unit(*pair));
        let text: String = char::decode_utf16(units)
            .map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned()
    }
}

/// The two ends of a text: of a long one nobody looks at the middle.
#[derive(Default)]
struct Ends {
    first: Vec<u8>,
    last: Vec<u8>,
    lost: bool,
}

impl Ends {
    fn push(&mut self, bytes: &[u8]) {
        let room = LONGEST.saturating_sub(self.first.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.first.extend(first);
        self.last.extend(rest);
        if self.last.len() > 2 * LONGEST {
            // Letters of two bytes stay together.
            let lost = (self.last.len() - LONGEST) & !1;
            self.last.drain(..lost);
            self.lost = true;
        }
    }

    fn text(mut self) -> String {
        let encoding = Encoding::of(&self.first);
        if self.lost {
            let first = encoding.text(&self.first);
            return format!("{first}\n{}", encoding.text(&self.last));
        }
        self.first.append(&mut self.last);
        encoding.text(&self.first)
    }
}

/// A text to its end.
///
/// # Errors
/// When it can't be read.
pub(crate) fn whole(mut from: impl Read) -> io::Result<String> {
    let mut ends = Ends::default();
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(ends.text()),
            Ok(length) => ends.push(chunk.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Its lines one after the other, as they come.
///
/// # Errors
/// When it can't be read, or what is done with a line fails.
pub(crate) fn each_line(
    mut from: impl BufRead,
    mut work: impl FnMut(&str) -> io::Result<()>,
) -> io::Result<()> {
    let encoding = Encoding::of(from.fill_buf()?);
    if encoding != Encoding::Utf8 {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        return encoding.text(&bytes).lines().try_for_each(work);
    }
    while let Some(line) = line(&mut from)? {
        let text = line.text();
        work(text.strip_suffix('\r').unwrap_or(&text))?;
    }
    Ok(())
}

fn line(from: &mut impl BufRead) -> io::Result<Option<Ends>> {
    let mut ends = None;
    loop {
        let chunk = match from.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            chunk => chunk?,
        };
        if chunk.is_empty() {
            return Ok(ends);
        }
        let end = chunk.iter().position(|it| *it == b'\n');
        let length = end.unwrap_or(chunk.len());
        let line: &mut Ends = ends.get_or_insert_default();
        line.push(chunk.get(..length).unwrap_or_default());
        from.consume(length + usize::from(end.is_some()));
        if end.is_some() {
            return Ok(ends);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(bytes)
            .collect()
    }

    fn lines(bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        // One byte at a time, as from a slow pipe.
        let slow = io::BufReader::with_capacity(3, bytes);
        let read = each_line(slow, |line| {
            lines.push(line.to_owned());
            Ok(())
        });
        read.unwrap();
        lines
    }

    #[test]
    fn a_text_is_read_in_its_encoding() {
        let text = "Zugriff verweigert: é 𝄞\r\n";
        assert_eq!(whole(text.as_bytes()).unwrap(), text);
        assert_eq!(whole(&b"\xef\xbb\xbfa"[..]).unwrap(), "a");
        assert_eq!(whole(&*utf16(text, u16::to_le_bytes)).unwrap(), text);
        assert_eq!(whole(&*utf16(text, u16::to_be_bytes)).unwrap(), text);
        assert_eq!(whole(&b"\xff\xfea\0\0\xd8b"[..]).unwrap(), "a\u{fffd}");
        assert_eq!(whole(&b"a\xffb"[..]).unwrap(), "a\u{fffd}b");
        assert_eq!(whole(&b""[..]).unwrap(), "");
    }

    #[test]
    fn of_a_long_text_both_ends_are_kept() {
        let middle = io::repeat(b' ').take(5 * LONGEST as u64);
        let text = whole((&b"first"[..]).chain(middle).chain(&b"last"[..])).unwrap();
        assert!(text.len() <= 3 * LONGEST + 1, "{}", text.len());
        assert!(text.starts_with("first ") && text.ends_with(" last"));
    }

    #[test]
    fn every_line_is_told_the_empty_ones_too() {
        assert_eq!(
            lines(b"a\r\n\nlonger\xff\n\n"),
            ["a", "", "longer\u{fffd}", ""]
        );
        assert_eq!(lines(b"a\nb"), ["a", "b"]);
        assert_eq!(lines(b""), [""; 0]);
        let power_shell = utf16("a\r\n\r\nb\r\n", u16::to_le_bytes);
        assert_eq!(lines(&power_shell), ["a", "", "b"]);
    }
}
