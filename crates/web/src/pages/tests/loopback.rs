//! The way back to a program on the person's own machine.

use std::sync::Arc;
use std::time::Duration;

use evergrant_service::held::connect::Way;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::bed::{Bed, ISSUER};
use super::provider::{CONSENT, Provider, TOKENS, begin, integration, state};
use crate::loopback::serve_callback;

async fn ask(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn it_waits_for_the_right_answer_and_then_ends() {
    let provider = Provider::answering(200, TOKENS);
    let wire = Arc::clone(&provider);
    let bed = Bed::on(ISSUER, Some(wire)).await;
    bed.team().await;
    integration(&bed, CONSENT).await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let redirect_uri = format!("http://127.0.0.1:{port}/oauth/callback");
    let way = Way::Loopback {
        redirect_uri: redirect_uri.clone(),
    };
    let url = begin(&bed, way).await;
    assert!(url.as_str().starts_with(CONSENT));
    let (_, sent) = url.query_pairs().find(|(name, _)| name == "state").unwrap();
    let serving = tokio::spawn(serve_callback(listener, Arc::clone(&bed.app.service)));

    // A browser that keeps a line open for later does not hold the end up.
    let idle = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let other = ask(port, "/oauth/callback?state=evg_co_other&code=the-code").await;
    assert!(other.starts_with("HTTP/1.1 410 "), "{other}");
    let unread = ask(port, "/oauth/callback?code=the-code").await;
    assert!(unread.starts_with("HTTP/1.1 400 "), "{unread}");
    assert_eq!(provider.count(), 0);
    let page = ask(port, &format!("/oauth/callback?state={sent}&code=the-code")).await;
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(page.contains("Connected") && !page.contains("the-code"));
    let lower = page.to_lowercase();
    assert!(lower.contains("referrer-policy: no-referrer") && lower.contains("no-store"));

    let done = tokio::time::timeout(Duration::from_secs(5), serving).await;
    let connection = done.unwrap().unwrap().unwrap();
    drop(idle);
    let caller = bed.app.service.operator().await.unwrap();
    let seen = bed.app.service.connection(&caller, "mail").await.unwrap();
    assert_eq!(seen.loaded.connection.id, connection);
    assert_eq!(state(&bed).await, "scope_gap");
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}
