//! A request as it comes in (RFC 9112), and as it goes on.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

const HEAD_LIMIT_BYTES: u64 = 64 * 1024;
const BODY_LIMIT_BYTES: u64 = 16 * 1024 * 1024;
/// Those that tell of one connection and not of the message.
const OF_CONNECTION: [&str; 9] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header that is not passed on, because framing is made anew.
pub(super) fn is_of_connection(name: &str) -> bool {
    OF_CONNECTION
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own))
}

/// A complete request.
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) keeps_alive: bool,
}

impl Request {
    /// The next request on a connection; nothing where it was closed in good order.
    pub(super) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let mut first = line(stream).await?;
        if first.is_empty() {
            // RFC 9112 section 2.2 has servers pass over an empty line; the end comes as one too.
            first = line(stream).await?;
        }
        if first.is_empty() {
            return Ok(None);
        }
        let mut words = first.split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(malformed("request line"));
        };
        let mut this = Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            keeps_alive: version == "HTTP/1.1",
        };
        loop {
            let line = line(stream).await?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or(malformed("header"))?;
            this.headers
                .push((name.to_owned(), value.trim().to_owned()));
            if this.headers.len() > 200 {
                return Err(malformed("headers without an end"));
            }
        }
        let says = |value: Option<&str>, word: &str| {
            value.is_some_and(|value| value.to_ascii_lowercase().contains(word))
        };
        this.keeps_alive &= !says(this.header("connection"), "close");
        if says(this.header("transfer-encoding"), "chunked") {
            this.body = chunks(stream).await?;
        } else if let Some(length) = this.header("content-length") {
            let length = length.parse().map_err(|_| malformed("content-length"))?;
            take(stream, length, &mut this.body).await?;
        }
        Ok(Some(this))
    }

    pub(super) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let found = self
            .headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Head and body for a connection of their own. `Host` stays, so that a server which names its
    /// own endpoints names them at the proxy.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            if !is_of_connection(name) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        if !self.body.is_empty() || !matches!(self.method.as_str(), "GET" | "HEAD") {
            head.push_str(&format!("Content-Length: {}\r\n", self.body.len()));
        }
        head.push_str("Connection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A line without its end; empty also where the connection ended before its first byte.
async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
    let mut bytes = Vec::new();
    let mut limited = stream.take(HEAD_LIMIT_BYTES);
    limited.read_until(b'\n', &mut bytes).await?;
    if bytes.is_empty() {
        return Ok(String::new());
    }
    if bytes.pop() != Some(b'\n') {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    String::from_utf8(bytes).map_err(|_| malformed("line"))
}

/// RFC 9112 section 7.1.
async fn chunks(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(stream).await?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| malformed("chunk size"))?;
        if size == 0 {
            while !line(stream).await?.is_empty() {}
            return Ok(body);
        }
        take(stream, size, &mut body).await?;
        if !line(stream).await?.is_empty() {
            return Err(malformed("end of a chunk"));
        }
    }
}

async fn take(
    stream: &mut (impl AsyncBufRead + Unpin),
    length: u64,
    body: &mut Vec<u8>,
) -> io::Result<()> {
    if length.saturating_add(body.len() as u64) > BODY_LIMIT_BYTES {
        return Err(malformed("body: it is too large"));
    }
    let read = stream.take(length).read_to_end(body).await?;
    if read as u64 == length {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed {what}"))
}
