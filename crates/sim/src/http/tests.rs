//! What the client makes of answers, good, cut, odd and wrong.

use super::{Connection, HttpError, OwnedResponse, Request, Site};
use crate::stub::{Stub, answer};

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: stub\r\n\r\n";

async fn answered(pieces: &[&'static str]) -> Result<OwnedResponse, HttpError> {
    let pieces: Vec<Vec<u8>> = pieces
        .iter()
        .map(|piece| piece.as_bytes().to_vec())
        .collect();
    let stub = Stub::start(move |_| pieces.clone());
    let mut connection = Connection::open(stub.address).await?;
    connection
        .exchange(GET)
        .await
        .map(|response| OwnedResponse::from(&response))
}

#[tokio::test]
async fn a_body_with_a_length_has_status_headers_and_body() {
    let response =
        answered(&["HTTP/1.1 404 Not Found\r\nX-One:  1 \r\nContent-Length: 3\r\n\r\nabc"]).await;
    let response = response.unwrap();
    assert_eq!(response.status, 404);
    assert_eq!(response.headers.first("x-one"), Some("1"));
    assert_eq!(response.text(), "abc");
}

#[tokio::test]
async fn an_answer_cut_anywhere_is_put_together() {
    let pieces = [
        "HTT",
        "P/1.1 200 OK\r\nContent-Le",
        "ngth: 6\r\n\r",
        "\nab",
        "cd",
        "ef",
    ];
    assert_eq!(answered(&pieces).await.unwrap().text(), "abcdef");
}

#[tokio::test]
async fn chunks_are_joined_whatever_the_cuts_and_extensions() {
    let pieces = [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "3\r\nabc\r\n5;name=v",
        "alue\r\nde",
        "fgh\r",
        "\n0\r\nTrailer: x\r\n",
        "\r\n",
    ];
    assert_eq!(answered(&pieces).await.unwrap().text(), "abcdefgh");
}

#[tokio::test]
async fn an_interim_answer_is_passed_over() {
    let pieces =
        ["HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 None\r\nX: final\r\n\r\n"];
    let response = answered(&pieces).await.unwrap();
    assert_eq!(
        (response.status, response.headers.first("x")),
        (204, Some("final"))
    );
}

#[tokio::test]
async fn a_large_body_grows_the_buffer() {
    let body = "0123456789".repeat(10_000);
    let expected = body.clone();
    let stub = Stub::start(move |_| answer(200, "", &body));
    let mut connection = Connection::open(stub.address).await.unwrap();
    assert_eq!(
        connection.exchange(GET).await.unwrap().body,
        expected.as_bytes()
    );
}

#[tokio::test]
async fn a_connection_is_kept_unless_the_server_says_close() {
    let stub = Stub::start(|request| match request.path() {
        "/last" => answer(200, "Connection: close\r\n", "last"),
        _ => answer(200, "", "kept"),
    });
    let mut connection = Connection::open(stub.address).await.unwrap();
    for _ in 0..3 {
        assert_eq!(connection.exchange(GET).await.unwrap().body, b"kept");
    }
    let last = b"GET /last HTTP/1.1\r\nHost: stub\r\n\r\n";
    assert_eq!(connection.exchange(last).await.unwrap().body, b"last");
    assert_eq!(stub.connections(), 1);
    assert_eq!(connection.exchange(GET).await.unwrap().body, b"kept");
    assert_eq!(stub.connections(), 2);
}

#[tokio::test]
async fn an_exchange_dropped_half_way_leaves_nothing_to_the_next() {
    let stub = Stub::start(|request| match request.path() {
        "/slow" => vec![
            b"HTTP/1.1 200 OK\r\n".to_vec(),
            b"Content-Length: 4\r\n\r\nslow".to_vec(),
        ],
        _ => answer(200, "", "next"),
    });
    let mut connection = Connection::open(stub.address).await.unwrap();
    let slow = connection.exchange(b"GET /slow HTTP/1.1\r\nHost: stub\r\n\r\n");
    assert!(
        tokio::time::timeout(std::time::Duration::from_micros(1), slow)
            .await
            .is_err()
    );
    assert_eq!(connection.exchange(GET).await.unwrap().body, b"next");
}

#[tokio::test]
async fn wrong_framing_is_an_error_and_never_a_short_body() {
    let malformed = [
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 2x0 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
    ];
    for text in malformed {
        let result = answered(&[text]).await;
        assert!(
            matches!(result, Err(HttpError::Malformed(_))),
            "{text:?} gave {result:?}"
        );
    }
    assert!(matches!(answered(&[]).await, Err(HttpError::Closed)));
    let endless = "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n";
    assert!(matches!(
        answered(&[endless]).await,
        Err(HttpError::TooLarge("body"))
    ));
}

#[tokio::test]
async fn a_site_sends_forms_and_keeps_to_loopback() {
    let stub = Stub::start(|request| {
        assert_eq!(request.target(), "/below/form?x=1");
        answer(200, "", &request.form("a b").unwrap())
    });
    let site = Site::new(&format!("{}/below/", stub.url())).unwrap();
    let request = Request::post_form(&site.url("/form?x=1"), &[("a b", "c&d=é")]);
    assert_eq!(site.send(&request).await.unwrap().text(), "c&d=é");

    for url in ["https://127.0.0.1:1", "http://192.0.2.1", "nowhere"] {
        assert!(
            matches!(Site::new(url), Err(HttpError::Address { .. })),
            "{url}"
        );
    }
}
