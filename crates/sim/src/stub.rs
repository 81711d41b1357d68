//! A tiny server for the tests of this crate: one thread, one handler, no rules of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use url::form_urlencoded;

/// What the handler sees of a request.
pub(crate) struct StubRequest<'a> {
    pub(crate) head: &'a str,
    pub(crate) body: &'a str,
}

impl StubRequest<'_> {
    pub(crate) fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    pub(crate) fn path(&self) -> &str {
        self.target().split('?').next().unwrap()
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        field(self.target().split_once('?')?.1, name)
    }

    pub(crate) fn form(&self, name: &str) -> Option<String> {
        field(self.body, name)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (candidate, value) = line.split_once(':')?;
            candidate.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

fn field(encoded: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(encoded.as_bytes());
    pairs
        .find(|(candidate, _)| candidate == name)
        .map(|(_, value)| value.into_owned())
}

/// An answer as the pieces in which it is written; without any the connection is closed.
pub(crate) type Pieces = Vec<Vec<u8>>;

pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
}

impl Stub {
    /// Asks the handler about each request.
    pub(crate) fn start(
        handler: impl Fn(&StubRequest<'_>) -> Pieces + Send + Sync + 'static,
    ) -> Self {
        let handler = Arc::new(handler);
        Self::serving(move |stream| {
            let handler = Arc::clone(&handler);
            async move { serve(stream, &*handler).await }
        })
    }

    /// Gives every read the same answer unseen: the cheapest server there is.
    pub(crate) fn echoing(answer: Vec<u8>) -> Self {
        let answer = Arc::new(answer);
        Self::serving(move |mut stream| {
            let answer = Arc::clone(&answer);
            async move {
                let mut request = vec![0; 4096];
                while stream.read(&mut request).await? > 0 {
                    stream.write_all(&answer).await?;
                }
                Ok(())
            }
        })
    }

    fn serving<W>(work: impl Fn(TcpStream) -> W + Send + 'static) -> Self
    where
        W: Future<Output = io::Result<()>> + Send + 'static,
    {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let accepted = Arc::clone(&connections);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.unwrap().block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                let accepting = async {
                    loop {
                        let (stream, _) = listener.accept().await.unwrap();
                        stream.set_nodelay(true).unwrap();
                        accepted.fetch_add(1, Ordering::SeqCst);
                        tokio::spawn(work(stream));
                    }
                };
                tokio::select! {
                    () = accepting => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            connections,
            stop: Some(stop),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

/// A complete answer with a length, in one piece.
pub(crate) fn answer(status: u16, headers: &str, body: &str) -> Pieces {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Any\r\n{headers}Content-Length: {length}\r\n\r\n");
    vec![format!("{head}{body}").into_bytes()]
}

pub(crate) fn json(status: u16, body: &str) -> Pieces {
    answer(status, "Content-Type: application/json\r\n", body)
}

async fn serve(
    mut stream: TcpStream,
    handler: &(impl Fn(&StubRequest<'_>) -> Pieces + Sync),
) -> io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    let mut filled = 0;
    loop {
        let count = stream.read(bytes.get_mut(filled..).unwrap()).await?;
        if count == 0 {
            return Ok(());
        }
        filled += count;
        let received = bytes.get(..filled).unwrap();
        let Some(at) = memmem::find(received, b"\r\n\r\n") else {
            continue;
        };
        let (head, body) = received.split_at(at + 4);
        let mut request = StubRequest {
            head: std::str::from_utf8(head).unwrap(),
            body: "",
        };
        let length = request
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let Some(body) = body.get(..length) else {
            continue;
        };
        request.body = std::str::from_utf8(body).unwrap();

        let pieces = handler(&request);
        filled = 0;
        if pieces.is_empty() {
            return Ok(());
        }
        let is_split = pieces.len() > 1;
        for piece in pieces {
            stream.write_all(&piece).await?;
            if is_split {
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        }
    }
}
