//! Exchanges without an answer, and how each of them ends.

use std::time::{Duration, Instant};

use evergrant_service::core::Secret;
use evergrant_service::core::held::plan::{Method, Request};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::peer::{answering, closing, end, is_over, peer, request, was_reset};
use super::{LIMITS, PROMPTLY, SOON, ask, lay, post, url};

#[tokio::test]
async fn a_peer_that_closes_after_the_request_is_silent() {
    let silence = ask(&closing("").await, LIMITS).await.unwrap_err();
    assert!(silence.0.starts_with("There was no answer: "), "{silence}");
}

#[tokio::test]
async fn what_is_not_http_is_silence() {
    for noise in [
        "SSH-2.0-OpenSSH_9.6\r\n\r\n",
        "\0\0\x12\x04\0\0\0\0\0",
        "<html>a</html>\r\n\r\n",
    ] {
        let (url, peer) = answering(noise).await;
        let silence = ask(&url, LIMITS).await.unwrap_err();
        assert!(silence.0.starts_with("There was no answer: "), "{silence}");
        let (_, end) = peer.await.unwrap();
        assert!(is_over(&end), "{end:?}");
    }
}

#[tokio::test]
async fn a_flood_of_headers_is_silence() {
    let many = "a: b\r\n".repeat(1000);
    let long = format!("a: {}\r\n", "b".repeat(1024 * 1024));
    for headers in [many, long] {
        let answer = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 0\r\n\r\n");
        let (url, peer) = answering(answer).await;
        let silence = ask(&url, LIMITS).await.unwrap_err();
        assert!(silence.0.contains("too large"), "{silence}");
        let (_, end) = peer.await.unwrap();
        assert!(is_over(&end), "{end:?}");
    }
}

#[tokio::test]
async fn a_head_that_trickles_ends_with_the_time() {
    let (url, _peer) = peer(async move |mut stream: TcpStream| {
        request(&mut stream).await;
        let mut end = stream.write_all(b"HTTP/1.1 200 OK\r\nx: ").await;
        while end.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            end = stream.write_all(b"x").await;
        }
    })
    .await;
    let begin = Instant::now();
    let silence = ask(&url, SOON).await.unwrap_err();
    assert_eq!(silence.0, "There was no answer within 300ms.");
    assert!(begin.elapsed() >= Duration::from_millis(290));
    assert!(begin.elapsed() < PROMPTLY);
}

#[tokio::test]
async fn answers_that_never_come_to_the_answer_end_with_the_time() {
    let (url, peer) = peer(async move |mut stream: TcpStream| {
        request(&mut stream).await;
        let many = b"HTTP/1.1 102 Processing\r\n\r\n".repeat(1000);
        while stream.write_all(&many).await.is_ok() {}
    })
    .await;
    let begin = Instant::now();
    let silence = ask(&url, SOON).await.unwrap_err();
    assert_eq!(silence.0, "There was no answer within 300ms.");
    assert!(begin.elapsed() < PROMPTLY);
    peer.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_never_reads_does_not_hold_us() {
    let (url, peer) = peer(async move |stream: TcpStream| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let text = "x".repeat(32 * 1024 * 1024);
    let begin = Instant::now();
    let line = lay(&url, SOON).await;
    let silence = line.exchange(post(&url, &text)).await.unwrap_err();
    assert_eq!(silence.0, "There was no answer within 300ms.");
    assert!(begin.elapsed() < PROMPTLY);
    peer.abort();
}

#[tokio::test]
async fn a_dropped_exchange_resets_the_connection_at_once() {
    let (told, asked) = tokio::sync::oneshot::channel();
    let (url, peer) = peer(async move |mut stream: TcpStream| {
        told.send(request(&mut stream).await).unwrap();
        end(&mut stream).await
    })
    .await;
    let exchange = lay(&url, LIMITS).await.exchange(post(&url, "a=b"));
    tokio::select! {
        _ = exchange => panic!("nobody answered"),
        asked = asked => assert!(asked.unwrap().ends_with("a=b")),
    }
    let end = tokio::time::timeout(PROMPTLY, peer).await.unwrap().unwrap();
    assert!(was_reset(&end), "{end:?}");
}

#[tokio::test]
async fn an_exchange_out_of_time_resets_the_connection() {
    let (url, peer) = answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab").await;
    let answer = ask(&url, SOON).await.unwrap();
    assert!(!answer.complete);
    let (_, end) = tokio::time::timeout(PROMPTLY, peer).await.unwrap().unwrap();
    assert!(was_reset(&end), "{end:?}");
}

#[tokio::test]
async fn a_line_that_is_not_used_is_reset_and_nothing_was_sent() {
    let (url, peer) = peer(async move |mut stream: TcpStream| end(&mut stream).await).await;
    drop(lay(&url, LIMITS).await);
    let end = tokio::time::timeout(PROMPTLY, peer).await.unwrap().unwrap();
    assert!(was_reset(&end), "{end:?}");
}

#[tokio::test]
async fn a_request_for_another_host_is_not_sent_over_this_line() {
    for other in [
        "http://localhost",
        "https://127.0.0.1",
        "http://127.0.0.1:1",
    ] {
        let (there, peer) = peer(async move |mut stream: TcpStream| end(&mut stream).await).await;
        let mut other = url(other);
        if other.port().is_none() {
            other.set_port(there.port()).unwrap();
        }
        let line = lay(&there, LIMITS).await;
        let silence = line.exchange(post(&other, "a=b")).await.unwrap_err();
        assert!(silence.0.contains("another host"), "{silence}");
        assert!(was_reset(&peer.await.unwrap()));
    }
}

#[tokio::test]
async fn a_header_that_can_not_be_written_is_not_sent_and_not_told() {
    let (url, peer) = peer(async move |mut stream: TcpStream| end(&mut stream).await).await;
    let request = Request {
        method: Method::Delete,
        url: url.clone(),
        headers: vec![("authorization", Secret::new("hush\r\nx: y".to_owned()))],
        body: None,
    };
    let silence = lay(&url, LIMITS).await.exchange(request).await.unwrap_err();
    assert!(
        silence.0.contains("can't be written") && !silence.0.contains("hush"),
        "{silence}"
    );
    assert!(was_reset(&peer.await.unwrap()));
}
