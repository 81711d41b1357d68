//! Answers that come: whole, odd, cut, and endless.

use std::io;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::peer::{answering, closing, is_over, peer, request};
use super::{LIMITS, PROMPTLY, SOON, ask, get, lay};

#[tokio::test]
async fn an_answer_comes_as_it_was_sent_and_the_connection_is_reset() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Other: 1\r\n\
                  Retry-After: 7\r\nContent-Length: 9\r\n\r\n{\"a\":\"b\"}";
    let (url, peer) = answering(answer).await;
    let answer = ask(&url, LIMITS).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(**answer.body, *b"{\"a\":\"b\"}");
    assert!(answer.complete);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.headers.len(), 2);

    let (asked, end) = peer.await.unwrap();
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    assert_eq!(lines.next(), Some("POST /token HTTP/1.1"));
    let mut lines: Vec<_> = lines.collect();
    lines.sort_unstable();
    let host = format!("host: {}:{}", url.host().unwrap(), url.port().unwrap());
    let agent = format!("user-agent: evergrant/{}", env!("CARGO_PKG_VERSION"));
    let expected = [
        "accept-encoding: identity",
        "accept: application/json",
        "authorization: Basic YTpi",
        "connection: close",
        "content-length: 3",
        "content-type: application/x-www-form-urlencoded",
        &host,
        &agent,
    ];
    assert_eq!(lines, expected);
    assert_eq!(body, "a=b");
    assert!(is_over(&end), "{end:?}");
}

#[tokio::test]
async fn a_redirect_is_returned_and_not_followed() {
    let other = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = format!("http://{}/", other.local_addr().unwrap());
    let answer = format!("HTTP/1.1 307 No\r\nLocation: {there}\r\nContent-Length: 0\r\n\r\n");
    let (url, _) = answering(answer).await;
    let answer = ask(&url, LIMITS).await.unwrap();
    assert_eq!(answer.status, 307);
    assert_eq!(answer.header("location"), Some(there.as_str()));
    let visit = tokio::time::timeout(Duration::from_millis(100), other.accept()).await;
    assert!(visit.is_err(), "the redirect was followed");
}

#[tokio::test]
async fn an_empty_body_is_complete() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        let (url, _) = answering(answer).await;
        let answer = ask(&url, LIMITS).await.unwrap();
        assert!(answer.complete && answer.body.is_empty());
    }
}

#[tokio::test]
async fn a_body_that_ends_with_the_connection_is_complete() {
    let url = closing("HTTP/1.0 200 OK\r\n\r\nabc").await;
    let answer = ask(&url, LIMITS).await.unwrap();
    assert!(answer.complete);
    assert_eq!(**answer.body, *b"abc");
}

#[tokio::test]
async fn a_body_cut_off_half_way_is_kept_and_not_complete() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nnonsense\r\n",
    ] {
        let answer = ask(&closing(answer).await, LIMITS).await.unwrap();
        assert_eq!(answer.status, 200);
        assert!(!answer.complete);
        assert_eq!(**answer.body, *b"abc");
    }
}

#[tokio::test]
async fn a_body_of_exactly_the_bound_is_complete_and_one_byte_more_is_not() {
    for (length, complete) in [(1024, true), (1025, false)] {
        let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
        answer.extend(std::iter::repeat_n('x', length));
        let (url, _) = answering(answer).await;
        let answer = ask(&url, LIMITS).await.unwrap();
        assert_eq!(answer.body.len(), 1024);
        assert_eq!(answer.complete, complete);
    }
}

#[tokio::test]
async fn an_endless_body_is_cut_at_the_bound_and_the_rest_is_not_read() {
    let (url, peer) = peer(async move |mut stream: TcpStream| {
        request(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut written = 0_usize;
        let end = loop {
            match stream.write(&[b'x'; 65536]).await {
                Ok(count) => written += count,
                Err(error) => break error,
            }
        };
        (written, end.kind())
    })
    .await;
    let answer = ask(&url, LIMITS).await.unwrap();
    assert!(!answer.complete);
    assert_eq!(**answer.body, [b'x'; 1024]);
    assert!(answer.body.capacity() <= 1024);
    let (written, end) = peer.await.unwrap();
    // What the buffers of two sockets hold, and no more.
    assert!(written < 64 * 1024 * 1024, "{written}");
    let gone = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe];
    assert!(gone.contains(&end), "{end:?}");
}

#[tokio::test]
async fn a_body_that_trickles_is_kept_as_far_as_it_came_in_time() {
    let (url, _peer) = peer(async move |mut stream: TcpStream| {
        request(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        let mut end = stream.write_all(head).await;
        while end.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
            end = stream.write_all(b"x").await;
        }
    })
    .await;
    let begin = Instant::now();
    let answer = ask(&url, SOON).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(290));
    assert!(begin.elapsed() < PROMPTLY);
    assert_eq!(answer.status, 200);
    assert!(!answer.complete);
    assert!(!answer.body.is_empty() && answer.body.len() < 100);
}

#[tokio::test]
async fn answers_on_the_way_to_the_answer_are_passed_over() {
    let answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLocation: /no\r\n\r\n\
                  HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 1\r\n\r\nx";
    let (url, _) = answering(answer).await;
    let answer = ask(&url, LIMITS).await.unwrap();
    assert_eq!(answer.status, 401);
    let expected = [("www-authenticate".to_owned(), "Basic".to_owned())];
    assert_eq!(answer.headers, expected);
}

#[tokio::test]
async fn headers_that_are_somewhat_wrong_do_not_lose_an_answer() {
    let answer = "HTTP/1.1 200 OK\r\nbad header: 1\r\nDate : today\r\n\
                  Retry-After: 7\r\nContent-Type: a/b;\r\n c=d\r\nContent-Length : 2\r\n\r\nok";
    let (url, _) = answering(answer).await;
    let answer = ask(&url, LIMITS).await.unwrap();
    assert!(answer.complete);
    assert_eq!(**answer.body, *b"ok");
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(answer.header("date"), Some("today"));
}

#[tokio::test]
async fn a_request_without_a_body_has_its_query_and_no_length() {
    let (mut url, peer) = answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    url.set_query(Some("q=a%20b|c"));
    let line = lay(&url, LIMITS).await;
    assert!(line.exchange(get(&url)).await.unwrap().complete);
    let (asked, _) = peer.await.unwrap();
    assert!(
        asked.starts_with("GET /token?q=a%20b|c HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(!asked.contains("content-"), "{asked}");
}
