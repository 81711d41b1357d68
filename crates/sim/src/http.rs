//! An HTTP/1.1 keep-alive client over plain TCP that costs next to nothing per request.
//!
//! There are two layers. [`Connection`] sends bytes that the caller has prepared and lends the
//! answer out of its own buffer: no allocation per request once the buffer has grown to the size
//! of an answer. [`Site`] is for everything else: it owns what it returns, opens a connection for
//! each request, so that a restart of the server never meets a stale one, and gives up after
//! thirty seconds.
//!
//! Neither layer ever sends a request twice: a refresh token in it may have been spent.

mod chunked;
mod response;
mod site;

use std::io;
use std::net::SocketAddr;
use std::ops::Range;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use chunked::Dechunker;
use response::{Framing, Head};

pub use response::{HeaderLines, Response};
pub use site::{Headers, OwnedResponse, Request, Site};

/// Why there is no usable answer.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error("cannot use {url}: {reason}")]
    Address { url: String, reason: &'static str },
    #[error("nobody answers at {address}: {source}")]
    Connect {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("the connection broke: {0}")]
    Broken(#[source] io::Error),
    #[error("the server closed the connection before the answer was complete")]
    Closed,
    #[error("the answer is no HTTP/1.1: {0}")]
    Malformed(&'static str),
    #[error("the {0} of the answer is larger than this client reads")]
    TooLarge(&'static str),
    #[error("no answer within {0} seconds")]
    TimedOut(u64),
}

/// One keep-alive connection; it dials again by itself after the server has closed it in good
/// order or an exchange has failed or was dropped half way.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Connection {
    /// Dials the address.
    pub async fn open(address: SocketAddr) -> Result<Self, HttpError> {
        let stream = dial(address).await?;
        Ok(Self {
            address,
            stream: Some(stream),
            buffer: vec![0; FIRST_BUFFER_BYTES],
        })
    }

    /// Sends a complete request, head and body, and lends the complete answer.
    ///
    /// There is no time limit here, because a timer for each request is measurable under load:
    /// the caller sets one around the whole.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Response<'_>, HttpError> {
        // The stream comes back only after a clean end: an exchange that was dropped half way
        // must not leave its answer to the next one.
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => dial(self.address).await?,
        };
        stream.write_all(request).await.map_err(HttpError::Broken)?;

        let mut intake = Intake {
            stream: &mut stream,
            buffer: &mut self.buffer,
            filled: 0,
        };
        let asked_for_head_only = request.starts_with(b"HEAD ");
        let head = intake.head(asked_for_head_only).await?;
        let body = intake.body(&head).await?;

        if head.keeps_alive {
            self.stream = Some(stream);
        }
        Ok(Response {
            status: head.status,
            head: self.buffer.get(head.bytes).unwrap_or_default(),
            body: self.buffer.get(body).unwrap_or_default(),
        })
    }
}

async fn dial(address: SocketAddr) -> Result<TcpStream, HttpError> {
    let connect = |source| HttpError::Connect { address, source };
    let stream = TcpStream::connect(address).await.map_err(connect)?;
    stream.set_nodelay(true).map_err(connect)?;
    Ok(stream)
}

/// The answer as it comes in: the first `filled` bytes of the buffer are from the server.
struct Intake<'a> {
    stream: &'a mut TcpStream,
    buffer: &'a mut Vec<u8>,
    filled: usize,
}

impl Intake<'_> {
    async fn head(&mut self, asked_for_head_only: bool) -> Result<Head, HttpError> {
        let mut start = 0;
        let mut searched = 0;
        loop {
            let unsearched = self.buffer.get(searched..self.filled).unwrap_or_default();
            let Some(at) = memmem::find(unsearched, b"\r\n\r\n") else {
                // The blank line may be cut in two by a read.
                searched = start.max(self.filled.saturating_sub(3));
                if self.filled - start >= HEAD_LIMIT_BYTES {
                    return Err(HttpError::TooLarge("head"));
                }
                self.fill().await?;
                continue;
            };
            let end = searched + at + 4;
            let head = Head::parse(self.buffer, start..end, asked_for_head_only)?;
            if head.status >= 200 {
                return Ok(head);
            }
            // An interim answer (RFC 9110 section 15.2) precedes the one that was asked for.
            start = end;
            searched = end;
        }
    }

    async fn body(&mut self, head: &Head) -> Result<Range<usize>, HttpError> {
        let start = head.bytes.end;
        match head.framing {
            Framing::Length(length) => {
                if length > BODY_LIMIT_BYTES {
                    return Err(HttpError::TooLarge("body"));
                }
                let end = start + length;
                while self.filled < end {
                    self.fill().await?;
                }
                self.ends_at(end)?;
                Ok(start..end)
            }
            Framing::Chunked => {
                let mut dechunker = Dechunker::starting_at(start);
                loop {
                    let incoming = self.buffer.get_mut(..self.filled).unwrap_or_default();
                    if dechunker.advance(incoming)? {
                        break;
                    }
                    self.fill().await?;
                }
                self.ends_at(dechunker.consumed())?;
                Ok(start..dechunker.decoded())
            }
            Framing::UntilClose => loop {
                match self.fill().await {
                    Ok(()) => {}
                    Err(HttpError::Closed) => return Ok(start..self.filled),
                    Err(error) => return Err(error),
                }
            },
        }
    }

    async fn fill(&mut self) -> Result<(), HttpError> {
        if self.filled == self.buffer.len() {
            if self.buffer.len() > HEAD_LIMIT_BYTES + BODY_LIMIT_BYTES {
                return Err(HttpError::TooLarge("body"));
            }
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
        // A read that leaves room tells tokio that the socket is drained, which saves the next
        // request a vain system call.
        match self.stream.read(free).await.map_err(HttpError::Broken)? {
            0 => Err(HttpError::Closed),
            count => {
                self.filled += count;
                Ok(())
            }
        }
    }

    /// Nothing is pipelined here, so bytes after the answer mean that it was framed wrongly.
    fn ends_at(&self, end: usize) -> Result<(), HttpError> {
        if self.filled > end {
            Err(HttpError::Malformed("bytes after the answer"))
        } else {
            Ok(())
        }
    }
}

const FIRST_BUFFER_BYTES: usize = 8 * 1024;
const HEAD_LIMIT_BYTES: usize = 64 * 1024;
const BODY_LIMIT_BYTES: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests;
