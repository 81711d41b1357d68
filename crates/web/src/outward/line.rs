//! One request over a connection of its own.

use std::error::Error;
use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use evergrant_service::core::held::RawAnswer;
use evergrant_service::core::held::plan::Request;
use evergrant_service::held::wire::{Limits, Line, Silence};
use evergrant_service::store::engine::Pending;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use url::Origin;
use zeroize::Zeroizing;

use super::clock::Deadline;
use super::message::{kept, short, take_in, written};

/// What a head may take, in bytes and in lines, and what is read at once.
const HEAD: usize = 64 * 1024;
const HEADERS: usize = 256;

/// A connection over which nothing was sent yet. Its end, whenever it comes, is a reset: the
/// socket was made so.
pub(super) struct Laid<S> {
    stream: S,
    origin: Origin,
    limits: Limits,
}

impl<S> Laid<S> {
    pub(super) fn new(stream: S, origin: Origin, limits: Limits) -> Self {
        Self {
            stream,
            origin,
            limits,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Line for Laid<S> {
    fn exchange(self: Box<Self>, request: Request) -> Pending<'static, Result<RawAnswer, Silence>> {
        let deadline = Deadline::after(self.limits.total);
        Box::pin(exchanged(*self, request, deadline))
    }
}

async fn exchanged<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    laid: Laid<S>,
    request: Request,
    deadline: Deadline,
) -> Result<RawAnswer, Silence> {
    let Laid {
        stream,
        origin,
        limits,
    } = laid;
    if request.url.origin() != origin {
        let text = "The line leads to another host than the request.";
        return Err(Silence(text.to_owned()));
    }
    let request = written(request)
        .map_err(|error| Silence(format!("The request can't be written: {error}.")))?;
    let mut answer = None;
    let carried = deadline.bound(carry(stream, request, limits.body, &mut answer));
    let end = carried.await;
    // What came of an answer is worth more than how it ended.
    answer.ok_or_else(|| {
        Silence(match end {
            Some(Err(error)) => short(&format!("There was no answer: {}.", told(&error))),
            _ => format!(
                "There was no answer within {:?}.",
                Duration::from(limits.total)
            ),
        })
    })
}

/// Sends the request, and fills in the answer as it comes.
///
/// What providers do wrong in headers is forgiven where the meaning is plain: an answer that is
/// not read may be a token that is lost.
async fn carry<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    request: hyper::Request<Full<Bytes>>,
    room: usize,
    answer: &mut Option<RawAnswer>,
) -> hyper::Result<()> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD)
        .max_headers(HEADERS)
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .handshake(TokioIo::new(stream))
        .await?;
    let exchange = async {
        let (head, mut coming) = sender.send_request(request).await?.into_parts();
        let answer = answer.insert(RawAnswer {
            status: head.status.as_u16(),
            headers: kept(&head.headers),
            body: Zeroizing::default(),
            complete: false,
        });
        while let Some(frame) = coming.frame().await {
            if let Ok(piece) = frame?.into_data()
                && !take_in(&mut answer.body, &piece, room)
            {
                return Ok(());
            }
        }
        answer.complete = true;
        Ok(())
    };
    beside(connection, exchange).await
}

/// Drives the connection beside what is done over it, in one future: when that is dropped, the
/// socket is gone at once.
async fn beside<T>(connection: impl Future, work: impl Future<Output = T>) -> T {
    let mut connection = pin!(connection);
    let mut work = pin!(work);
    let mut open = true;
    poll_fn(|context| {
        open = open && connection.as_mut().poll(context).is_pending();
        work.as_mut().poll(context)
    })
    .await
}

/// An error with what is behind it.
fn told(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut behind = error.source();
    while let Some(error) = behind {
        text.push_str(": ");
        text.push_str(&error.to_string());
        behind = error.source();
    }
    text
}
