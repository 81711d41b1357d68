//! Stands between clients and the server, and keeps what goes through.
//!
//! Each of our clients opens a connection for each request, so a connection is one exchange.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::exchange::Exchange;

type Kept = Arc<Mutex<Vec<Exchange>>>;

pub(crate) struct Proxy {
    pub(crate) url: String,
    kept: Kept,
    serving: JoinHandle<()>,
}

impl Proxy {
    /// Takes connections, and makes one to the server for each.
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let kept = Kept::default();
        let keeping = Arc::clone(&kept);
        let serving = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let index = {
                    let mut kept = keeping.lock().unwrap();
                    kept.push(Exchange::default());
                    kept.len() - 1
                };
                tokio::spawn(forward(client, server, (Arc::clone(&keeping), index)));
            }
        });
        Self { url, kept, serving }
    }

    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.kept.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn forward(client: TcpStream, server: SocketAddr, (kept, index): (Kept, usize)) {
    let Ok(server) = TcpStream::connect(server).await else {
        return;
    };
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let asked = Arc::clone(&kept);
    let asking = pump(from_client, to_server, move |bytes: &[u8]| {
        asked.lock().unwrap()[index].request.extend(bytes);
    });
    let answering = pump(from_server, to_client, move |bytes: &[u8]| {
        kept.lock().unwrap()[index].answer.extend(bytes);
    });
    tokio::join!(asking, answering);
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, keep: impl Fn(&[u8])) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let bytes = &buffer[..count];
        keep(bytes);
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
    drop(to.shutdown().await);
}
