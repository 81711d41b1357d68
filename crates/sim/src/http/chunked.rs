//! Chunked bodies (RFC 9112 section 7.1), decoded in place in the buffer they arrived in.

use memchr::memchr;

use super::HttpError;

/// Moves the data of each complete chunk down to the end of the body so far.
#[derive(Debug)]
pub(super) struct Dechunker {
    decoded: usize,
    consumed: usize,
}

impl Dechunker {
    pub(super) fn starting_at(body: usize) -> Self {
        Self {
            decoded: body,
            consumed: body,
        }
    }

    /// Where the decoded body ends.
    pub(super) fn decoded(&self) -> usize {
        self.decoded
    }

    /// Where the encoded body ends, once it is complete.
    pub(super) fn consumed(&self) -> usize {
        self.consumed
    }

    /// Takes in what has arrived; true when the body is complete.
    pub(super) fn advance(&mut self, incoming: &mut [u8]) -> Result<bool, HttpError> {
        loop {
            let rest = incoming.get(self.consumed..).unwrap_or_default();
            let Some(newline) = memchr(b'\n', rest) else {
                return refuse_endless_line(rest);
            };
            let size = chunk_size(rest.get(..newline).unwrap_or_default())?;
            let data = newline + 1;
            if size == 0 {
                return self.skip_trailers(incoming, self.consumed + data);
            }
            if size > super::BODY_LIMIT_BYTES {
                return Err(HttpError::TooLarge("body"));
            }
            match rest.get(data + size..data + size + 2) {
                None => return Ok(false),
                Some(b"\r\n") => {}
                Some(_) => return Err(HttpError::Malformed("end of a chunk")),
            }
            let from = self.consumed + data;
            incoming.copy_within(from..from + size, self.decoded);
            self.decoded += size;
            self.consumed = from + size + 2;
        }
    }

    fn skip_trailers(&mut self, incoming: &[u8], from: usize) -> Result<bool, HttpError> {
        let mut line_start = from;
        loop {
            let rest = incoming.get(line_start..).unwrap_or_default();
            let Some(newline) = memchr(b'\n', rest) else {
                return refuse_endless_line(rest);
            };
            line_start += newline + 1;
            if matches!(rest.get(..newline), Some(b"\r" | b"")) {
                self.consumed = line_start;
                return Ok(true);
            }
        }
    }
}

fn refuse_endless_line(line: &[u8]) -> Result<bool, HttpError> {
    if line.len() > super::HEAD_LIMIT_BYTES {
        return Err(HttpError::Malformed("chunk line without an end"));
    }
    Ok(false)
}

fn chunk_size(line: &[u8]) -> Result<usize, HttpError> {
    let digits = line
        .split(|byte| *byte == b';')
        .next()
        .unwrap_or_default()
        .trim_ascii();
    let is_hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    std::str::from_utf8(digits)
        .ok()
        .filter(|_| is_hex)
        .and_then(|digits| usize::from_str_radix(digits, 16).ok())
        .ok_or(HttpError::Malformed("chunk size"))
}
