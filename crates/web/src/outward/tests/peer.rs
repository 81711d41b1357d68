//! A peer that takes one connection and does what a test wants of it.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// Listens, and hands the first connection to `act`.
pub(super) async fn peer<F, R>(
    act: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> (Url, JoinHandle<R>)
where
    F: Future<Output = R> + Send + 'static,
    R: Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}/token").parse().unwrap();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        act(stream).await
    });
    (url, task)
}

/// A peer that answers these bytes, says nothing more, and waits for the end: what it was asked,
/// and how the connection ended.
pub(super) async fn answering(
    bytes: impl Into<Vec<u8>>,
) -> (Url, JoinHandle<(String, io::Result<usize>)>) {
    let bytes = bytes.into();
    peer(async move |mut stream: TcpStream| {
        let asked = request(&mut stream).await;
        // The asker may have heard enough before all of it is written.
        drop(stream.write_all(&bytes).await);
        (asked, end(&mut stream).await)
    })
    .await
}

/// A peer that answers these bytes and closes the connection.
pub(super) async fn closing(bytes: impl Into<Vec<u8>>) -> Url {
    let bytes = bytes.into();
    let (url, _) = peer(async move |mut stream: TcpStream| {
        request(&mut stream).await;
        stream.write_all(&bytes).await
    })
    .await;
    url
}

/// Reads a request: its head, and a body as long as the head says.
pub(super) async fn request(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut read = Vec::new();
    loop {
        read.push(stream.read_u8().await.unwrap());
        if read.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let head = String::from_utf8(read).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |it| it.parse().unwrap())];
    stream.read_exact(&mut body).await.unwrap();
    head + &String::from_utf8(body).unwrap()
}

/// How a connection ends from which nothing more should come.
pub(super) async fn end(stream: &mut TcpStream) -> io::Result<usize> {
    stream.read(&mut [0; 64]).await
}

/// Whether the other side is gone. When HTTP itself is at its end it says so before the reset, and
/// then a reader sees the end first.
pub(super) fn is_over(end: &io::Result<usize>) -> bool {
    was_reset(end) || matches!(end, Ok(0))
}

/// Whether the other side threw the connection away.
pub(super) fn was_reset(end: &io::Result<usize>) -> bool {
    matches!(end, Err(error) if error.kind() == io::ErrorKind::ConnectionReset)
}
