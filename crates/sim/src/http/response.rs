//! The head of an answer: its status, its header lines and how its body is framed.

use std::ops::Range;

use memchr::memchr;

use super::HttpError;

/// An answer lent by its connection until the next exchange.
#[derive(Clone, Copy, Debug)]
pub struct Response<'a> {
    pub status: u16,
    pub(super) head: &'a [u8],
    pub body: &'a [u8],
}

impl<'a> Response<'a> {
    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name.as_bytes()))
            .and_then(|(_, value)| std::str::from_utf8(value).ok())
    }

    /// All header lines in their order.
    pub fn headers(&self) -> HeaderLines<'a> {
        HeaderLines::of(self.head)
    }
}

/// Names and trimmed values of the header lines of a head.
#[derive(Clone, Debug)]
pub struct HeaderLines<'a> {
    rest: &'a [u8],
}

impl<'a> HeaderLines<'a> {
    fn of(head: &'a [u8]) -> Self {
        let first = memchr(b'\n', head).map_or(head.len(), |at| at + 1);
        Self {
            rest: head.get(first..).unwrap_or_default(),
        }
    }
}

impl<'a> Iterator for HeaderLines<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (line, rest) = self.rest.split_at_checked(memchr(b'\n', self.rest)? + 1)?;
            self.rest = rest;
            // A line without a colon is the blank one at the end.
            if let Some(colon) = memchr(b':', line) {
                let (name, value) = line.split_at_checked(colon)?;
                return Some((name, value.get(1..)?.trim_ascii()));
            }
        }
    }
}

/// What the connection must know about a head.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) bytes: Range<usize>,
    pub(super) framing: Framing,
    pub(super) keeps_alive: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
    UntilClose,
}

impl Head {
    pub(super) fn parse(
        buffer: &[u8],
        bytes: Range<usize>,
        asked_for_head_only: bool,
    ) -> Result<Self, HttpError> {
        let head = buffer.get(bytes.clone()).unwrap_or_default();
        let mut keeps_alive = head.starts_with(b"HTTP/1.1 ");
        if !keeps_alive && !head.starts_with(b"HTTP/1.0 ") {
            return Err(HttpError::Malformed("status line"));
        }
        let Some(status @ 100..=999) = head.get(9..12).and_then(decimal) else {
            return Err(HttpError::Malformed("status code"));
        };

        let mut length = None;
        let mut is_chunked = false;
        for (name, value) in HeaderLines::of(head) {
            if name.eq_ignore_ascii_case(b"content-length") {
                let stated = decimal(value).ok_or(HttpError::Malformed("content-length"))?;
                if length
                    .replace(stated)
                    .is_some_and(|earlier| earlier != stated)
                {
                    return Err(HttpError::Malformed("two content-lengths"));
                }
            } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
                if !value.eq_ignore_ascii_case(b"chunked") {
                    return Err(HttpError::Malformed("transfer-encoding"));
                }
                is_chunked = true;
            } else if name.eq_ignore_ascii_case(b"connection") {
                let mut options = value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
                keeps_alive &= !options.any(|option| option.eq_ignore_ascii_case(b"close"));
            }
        }

        // RFC 9112 section 6.3, in its order.
        let framing = match (length, is_chunked) {
            _ if asked_for_head_only || status < 200 || matches!(status, 204 | 304) => {
                Framing::Length(0)
            }
            (Some(_), true) => return Err(HttpError::Malformed("a length and chunks")),
            (None, true) => Framing::Chunked,
            (Some(length), false) => Framing::Length(length),
            (None, false) => Framing::UntilClose,
        };
        keeps_alive &= framing != Framing::UntilClose;
        let status = u16::try_from(status).map_err(|_| HttpError::Malformed("status code"))?;
        Ok(Self {
            status,
            bytes,
            framing,
            keeps_alive,
        })
    }
}

fn decimal(text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_usize, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| usize::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}
