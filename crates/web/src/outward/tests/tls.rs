//! TLS: whose word is taken, and what is spoken over it.

use std::io;
use std::sync::Arc;

use evergrant_service::held::wire::{Unreachable, Wire as _};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use url::Url;

use super::peer::{peer, request};
use super::{LIMITS, Outward, PRIVATE, outward, post, refused};

/// Names `localhost`, is signed by itself, and is good until the end of the year 2199.
const CERTIFICATE: &[u8] = include_bytes!("localhost.pem");
const KEY: &[u8] = include_bytes!("localhost.key.pem");

/// A peer with that certificate: the protocol that was agreed on, and what it was asked.
async fn encrypted(
    answer: &'static [u8],
    goodbye: bool,
) -> (Url, JoinHandle<io::Result<(Vec<u8>, String)>>) {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (mut url, task) = peer(async move |stream: TcpStream| {
        let mut stream = acceptor.accept(stream).await?;
        let protocol = stream
            .get_ref()
            .1
            .alpn_protocol()
            .unwrap_or_default()
            .to_vec();
        let asked = request(&mut stream).await;
        stream.write_all(answer).await?;
        stream.flush().await?;
        if goodbye {
            stream.shutdown().await?;
        }
        Ok((protocol, asked))
    })
    .await;
    url.set_scheme("https").unwrap();
    url.set_host(Some("localhost")).unwrap();
    (url, task)
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_refused() {
    let (url, peer) = encrypted(b"", true).await;
    let refusal = refused(outward(PRIVATE), url.as_str()).await;
    assert!(matches!(refusal, Unreachable::Failed(_)), "{refusal}");
    assert!(refusal.to_string().contains("UnknownIssuer"), "{refusal}");
    assert!(peer.await.unwrap().is_err());
}

#[tokio::test]
async fn one_of_our_own_authority_is_accepted_and_http_1_1_is_spoken() {
    let (url, peer) = encrypted(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true).await;
    let outward = Outward::new(PRIVATE, CERTIFICATE).unwrap();
    let line = outward.lay(&url, LIMITS).await.ok().unwrap();
    let answer = line.exchange(post(&url, "a=b")).await.unwrap();
    assert!(answer.complete);
    assert_eq!(**answer.body, *b"ok");
    let (protocol, asked) = peer.await.unwrap().unwrap();
    assert_eq!(protocol, b"http/1.1");
    assert!(asked.ends_with("a=b"));
}

#[tokio::test]
async fn but_not_for_another_name() {
    let (mut url, peer) = encrypted(b"", true).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    let outward = Outward::new(PRIVATE, CERTIFICATE).unwrap();
    let refusal = refused(outward, url.as_str()).await;
    assert!(
        refusal
            .to_string()
            .contains("certificate not valid for name"),
        "{refusal}"
    );
    assert!(peer.await.unwrap().is_err());
}

#[tokio::test]
async fn an_end_without_goodbye_may_be_a_cut() {
    let (url, _) = encrypted(b"HTTP/1.1 200 OK\r\n\r\nabc", false).await;
    let outward = Outward::new(PRIVATE, CERTIFICATE).unwrap();
    let line = outward.lay(&url, LIMITS).await.ok().unwrap();
    let answer = line.exchange(post(&url, "a=b")).await.unwrap();
    assert!(!answer.complete);
    assert_eq!(**answer.body, *b"abc");
}

#[test]
fn roots_that_can_not_be_used_are_told_at_the_start() {
    for wrong in [
        KEY,
        b"certificate",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let error = Outward::new(PRIVATE, wrong).err().unwrap();
        assert!(!error.to_string().is_empty());
    }
    assert!(Outward::new(PRIVATE, b"\n").is_ok());
    assert!(Outward::new(PRIVATE, &CERTIFICATE.repeat(2)).is_ok());
}
