//! What stands between a client and a token endpoint and does to the traffic what networks and
//! providers do.
//!
//! 1. [`Proxy::before`] an endpoint; the client under test is given [`Proxy::url`] in its place, or
//!    [`Proxy::through`] for another endpoint of that server;
//! 2. [`Proxy::next`] queues a [`Fault`] for one request to the endpoint, [`Proxy::set`] says what
//!    befalls those for which none is queued; requests to other paths pass untouched;
//! 3. [`Proxy::sent`] tells every request that came and how often it went on, and
//!    [`Proxy::until`] waits for a moment in an exchange, at which a test may kill its client.
//!
//! It runs on a thread of its own, so that tests which block can use it, and it never notices that
//! a client went away: what was sent is acted upon.

mod fault;
mod request;
mod serve;

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use url::{Url, form_urlencoded};

use crate::http::{HttpError, Site};

pub use fault::Fault;

const LOOK_EVERY: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no proxy, or why it did not see what was awaited.
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    #[error(transparent)]
    Address(#[from] HttpError),
    #[error("the proxy: {0}")]
    Io(#[from] io::Error),
    #[error("the proxy is gone")]
    Gone,
    #[error("what was awaited did not come within {PATIENCE:?}; so far: {0}")]
    NotSeen(String),
}

/// One request to the endpoint, as it came in.
#[derive(Clone)]
pub struct Sent {
    /// When all of it was here.
    pub at: Instant,
    pub method: String,
    /// Path and query.
    pub target: String,
    pub body: Vec<u8>,
    /// What befell it.
    pub fault: Fault,
    /// How often it went on to the server: 0, 1, or 2.
    pub forwarded: u32,
    /// The status of each answer that the server gave.
    pub answered: Vec<u16>,
    /// Whether nothing more will happen to it.
    pub done: bool,
}

impl Sent {
    /// A field of its form.
    pub fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(&self.body)
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// Without the body, which has tokens in it.
impl fmt::Debug for Sent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sent")
            .field("target", &self.target)
            .field("fault", &self.fault)
            .field("forwarded", &self.forwarded)
            .field("answered", &self.answered)
            .field("done", &self.done)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    queue: VecDeque<Fault>,
    otherwise: Fault,
    sent: Vec<Sent>,
}

/// What the connections share.
struct Shared {
    server: SocketAddr,
    /// The path whose requests have faults and are recorded.
    path: String,
    state: Mutex<State>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A proxy before one endpoint. It ends, and closes its connections, when it is dropped.
pub struct Proxy {
    url: Url,
    shared: Arc<Shared>,
    /// Whether connections are wanted, and whether they are accepted.
    wanted: watch::Sender<bool>,
    accepting: watch::Receiver<bool>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts before an endpoint of a server on loopback, on a free port.
    ///
    /// # Errors
    /// Where the endpoint is not on loopback, or the machine gives no port or thread.
    pub fn before(endpoint: &Url) -> Result<Self, ProxyError> {
        let site = Site::new(endpoint.as_str())?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            server: site.address(),
            path: endpoint.path().to_owned(),
            state: Mutex::default(),
        });
        let (wanted, wish) = watch::channel(true);
        let (told, accepting) = watch::channel(true);
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let door = Door {
            address,
            shared: Arc::clone(&shared),
            wish,
            told,
        };
        let thread = std::thread::Builder::new().spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    // It can't go on without a port; `Gone` is then what the test sees.
                    _ = door.keep(listener) => {}
                    _ = stopped => {}
                }
            });
        })?;
        let url = Url::parse(&format!("http://{address}{}", endpoint.path()));
        Ok(Self {
            url: url.map_err(|error| io::Error::other(error.to_string()))?,
            shared,
            wanted,
            accepting,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The endpoint, as the client under test is to see it.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Another endpoint of the server, through this proxy.
    pub fn through(&self, other: &Url) -> Url {
        let mut url = self.url.clone();
        url.set_path(other.path());
        url.set_query(other.query());
        url
    }

    /// Queues a fault for one request.
    pub fn next(&self, fault: Fault) {
        self.shared.state().queue.push_back(fault);
    }

    /// Says what befalls requests for which nothing is queued; at first they pass.
    pub fn set(&self, fault: Fault) {
        self.shared.state().otherwise = fault;
    }

    /// Forgets what is queued, and lets everything pass.
    pub fn heal(&self) {
        let mut state = self.shared.state();
        state.queue.clear();
        state.otherwise = Fault::Pass;
    }

    /// Every request to the endpoint so far, in the order of their coming.
    pub fn sent(&self) -> Vec<Sent> {
        self.shared.state().sent.clone()
    }

    /// How often the client sent that refresh token, whether or not the server got it.
    pub fn times_sent(&self, refresh_token: &str) -> usize {
        let state = self.shared.state();
        let has_it = |sent: &&Sent| sent.field("refresh_token").as_deref() == Some(refresh_token);
        state.sent.iter().filter(has_it).count()
    }

    /// Waits for a moment: until what was sent so far is as asked for.
    ///
    /// # Errors
    /// [`ProxyError::NotSeen`] after thirty seconds.
    pub async fn until(&self, seen: impl Fn(&[Sent]) -> bool) -> Result<(), ProxyError> {
        let begun = Instant::now();
        loop {
            let sent = self.sent();
            if seen(&sent) {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                return Err(ProxyError::NotSeen(format!("{sent:?}")));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until nothing more will happen to any request that came.
    ///
    /// # Errors
    /// [`ProxyError::NotSeen`] after thirty seconds.
    pub async fn settled(&self) -> Result<(), ProxyError> {
        self.until(|sent| sent.iter().all(|it| it.done)).await
    }

    /// Refuses connections from now on and closes the idle ones, as a host does whose server is
    /// down; exchanges under way come to their end.
    ///
    /// # Errors
    /// When the proxy is gone.
    pub async fn refuse(&self) -> Result<(), ProxyError> {
        self.want(false).await
    }

    /// Accepts connections again, at the same address.
    ///
    /// # Errors
    /// When the proxy is gone.
    pub async fn accept(&self) -> Result<(), ProxyError> {
        self.want(true).await
    }

    async fn want(&self, connections: bool) -> Result<(), ProxyError> {
        self.wanted.send_replace(connections);
        let mut accepting = self.accepting.clone();
        let told = accepting.wait_for(|it| *it == connections).await;
        told.map(drop).map_err(|_| ProxyError::Gone)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// The part that accepts.
struct Door {
    address: SocketAddr,
    shared: Arc<Shared>,
    wish: watch::Receiver<bool>,
    told: watch::Sender<bool>,
}

impl Door {
    async fn keep(mut self, listener: std::net::TcpListener) -> io::Result<()> {
        let mut listener = TcpListener::from_std(listener)?;
        let gone = |_| io::ErrorKind::BrokenPipe;
        loop {
            let closing = async { self.wish.wait_for(|wanted| !wanted).await.map(drop) };
            let accepted = tokio::select! {
                accepted = listener.accept() => Some(accepted),
                closed = closing => closed.map(|()| None).map_err(gone)?,
            };
            match accepted {
                Some(Ok((stream, _))) => {
                    let shared = Arc::clone(&self.shared);
                    tokio::spawn(serve::connection(stream, shared, self.wish.clone()));
                }
                // A client that went at once, or a machine short of descriptors for a moment.
                Some(Err(_)) => tokio::time::sleep(LOOK_EVERY).await,
                None => {
                    drop(listener);
                    self.told.send_replace(false);
                    drop(self.wish.wait_for(|wanted| *wanted).await.map_err(gone)?);
                    listener = self.bind_again().await?;
                    self.told.send_replace(true);
                }
            }
        }
    }

    /// The old connections may hold the address for a moment.
    async fn bind_again(&self) -> io::Result<TcpListener> {
        let begun = Instant::now();
        loop {
            match TcpListener::bind(self.address).await {
                Err(_) if begun.elapsed() < PATIENCE => tokio::time::sleep(LOOK_EVERY).await,
                bound => return bound,
            }
        }
    }
}

#[cfg(test)]
mod tests;
