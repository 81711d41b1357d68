//! One connection of a client: each request goes on by a connection of its own, and its answer
//! comes back as the fault has it.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::fault::Answer;
use super::request::{Request, is_of_connection};
use super::{Fault, Sent, Shared};
use crate::http::{Connection, HttpError};

/// Longer than any client under test waits.
const SERVER_LIMIT: Duration = Duration::from_secs(120);

type Client = BufReader<TcpStream>;

/// Serves a client until it goes, breaks, or is no longer wanted.
pub(super) async fn connection(
    stream: TcpStream,
    shared: Arc<Shared>,
    mut wanted: watch::Receiver<bool>,
) {
    let mut client = BufReader::new(stream);
    drop(client.get_ref().set_nodelay(true));
    loop {
        let request = tokio::select! {
            request = Request::read(&mut client) => request,
            _ = wanted.wait_for(|wanted| !wanted) => return,
        };
        let Ok(Some(request)) = request else {
            return;
        };
        let mut exchange = Exchange::begin(&shared, request);
        match exchange.carry_out(&mut client).await {
            Ok(true) => {}
            Ok(false) | Err(_) => return,
        }
    }
}

/// One request and what becomes of it.
struct Exchange<'a> {
    shared: &'a Shared,
    request: Request,
    fault: Fault,
    /// Its place in the list of what was sent; requests to other paths have none.
    place: Option<usize>,
}

impl<'a> Exchange<'a> {
    fn begin(shared: &'a Shared, request: Request) -> Self {
        let mut state = shared.state();
        if request.path() != shared.path {
            drop(state);
            return Self {
                shared,
                request,
                fault: Fault::Pass,
                place: None,
            };
        }
        let fault = match state.queue.pop_front() {
            Some(fault) => fault,
            None => state.otherwise.clone(),
        };
        state.sent.push(Sent {
            at: Instant::now(),
            method: request.method.clone(),
            target: request.target.clone(),
            body: request.body.clone(),
            fault: fault.clone(),
            forwarded: 0,
            answered: Vec::new(),
            done: false,
        });
        let place = Some(state.sent.len() - 1);
        drop(state);
        Self {
            shared,
            request,
            fault,
            place,
        }
    }

    /// Whether the connection can be used again.
    async fn carry_out(&mut self, client: &mut Client) -> io::Result<bool> {
        match self.fault {
            Fault::DropRequest => return reset(client),
            Fault::TooMany(seconds) => return self.give(client, Answer::too_many(seconds)).await,
            Fault::DelayRequest(time) => sleep(time).await,
            _ => {}
        }
        let Ok(answer) = self.forward().await else {
            // Where there is no server, the client sees what it would see without a proxy.
            return reset(client);
        };
        match self.fault {
            Fault::Duplicate => drop(self.forward().await),
            Fault::DropAnswer => return reset(client),
            Fault::Delay(time) => sleep(time).await,
            _ => {}
        }
        self.give(client, answer.spoiled_by(&self.fault)).await
    }

    async fn give(&self, client: &mut Client, answer: Answer) -> io::Result<bool> {
        let keeps_alive = self.request.keeps_alive;
        let (head, body) = answer.encode(keeps_alive);
        let stream = client.get_mut();
        match self.fault {
            Fault::Cut => {
                let half = body.get(..body.len() / 2).unwrap_or_default();
                stream.write_all(&[&head, half].concat()).await?;
                stream.shutdown().await?;
                return Ok(false);
            }
            Fault::Trickle(time) => {
                for byte in [&head, body].concat() {
                    sleep(time).await;
                    stream.write_all(&[byte]).await?;
                }
            }
            _ => stream.write_all(&[&head, body].concat()).await?,
        }
        Ok(keeps_alive)
    }

    /// Sends the request to the server and takes all of its answer.
    async fn forward(&self) -> Result<Answer, HttpError> {
        self.note(|sent| sent.forwarded += 1);
        let bytes = self.request.encode();
        let exchange = async {
            let mut connection = Connection::open(self.shared.server).await?;
            let response = connection.exchange(&bytes).await?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let headers = response
                .headers()
                .map(|(name, value)| (text(name), text(value)))
                .filter(|(name, _)| !is_of_connection(name))
                .collect();
            let is_head = self.request.method == "HEAD";
            let length = response.header("content-length").map(str::to_owned);
            Ok(Answer {
                status: response.status,
                headers,
                body: response.body.to_vec(),
                stated_length: length.filter(|_| is_head),
            })
        };
        let limit = HttpError::TimedOut(SERVER_LIMIT.as_secs());
        let answer = timeout(SERVER_LIMIT, exchange)
            .await
            .unwrap_or(Err(limit))?;
        self.note(|sent| sent.answered.push(answer.status));
        Ok(answer)
    }

    fn note(&self, what: impl FnOnce(&mut Sent)) {
        let mut state = self.shared.state();
        if let Some(sent) = self.place.and_then(|place| state.sent.get_mut(place)) {
            what(sent);
        }
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        self.note(|sent| sent.done = true);
    }
}

/// Ends a connection so that the client sees it break and not close.
fn reset(client: &Client) -> io::Result<bool> {
    client.get_ref().set_zero_linger()?;
    Ok(false)
}
