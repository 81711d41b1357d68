//! Which lines are laid, and which are refused before a byte was sent.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use evergrant_service::core::Span;
use evergrant_service::held::wire::{Limits, Unreachable, Wire as _};
use tokio::net::TcpListener;

use super::super::clock::Deadline;
use super::super::reach::Place;
use super::{LIMITS, PRIVATE, PROMPTLY, PUBLIC, outward, refused, url};

#[tokio::test]
async fn what_is_not_public_is_refused_and_not_touched() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
    ] {
        let refusal = refused(outward(PUBLIC), &format!("https://{host}:{port}/")).await;
        let Unreachable::NotAllowed(text) = refusal else {
            panic!("{host}: {refusal}");
        };
        let by_name = text == "localhost is this machine itself.";
        assert!(
            by_name || text.ends_with(" is at an address that is not public."),
            "{text}"
        );
    }
    for host in [
        "[::1]",
        "169.254.169.254",
        "10.0.0.1",
        "[fd00:ec2::254]",
        "[fe80::1]",
    ] {
        let refusal = refused(outward(PUBLIC), &format!("https://{host}/")).await;
        assert!(
            matches!(refusal, Unreachable::NotAllowed(_)),
            "{host}: {refusal}"
        );
    }
    let visit = tokio::time::timeout(Duration::from_millis(100), listener.accept()).await;
    assert!(visit.is_err(), "a refused address was touched");
}

#[test]
fn what_can_be_told_without_asking_is_told() {
    let permits = |policy, text| outward(policy).permits(&url(text));
    for text in ["https://example.org/", "https://8.8.8.8/"] {
        assert_eq!(permits(PUBLIC, text), Ok(()), "{text}");
        assert_eq!(permits(PRIVATE, text), Ok(()), "{text}");
    }
    for text in [
        "http://example.org/",
        "https://10.1/",
        "https://[::1]:8443/",
        "https://localhost/",
        "https://LOCALHOST./",
        "https://a.localhost/",
    ] {
        let refusal = permits(PUBLIC, text).unwrap_err();
        assert!(matches!(refusal, Unreachable::NotAllowed(_)), "{refusal}");
        assert_eq!(permits(PRIVATE, text), Ok(()), "{text}");
    }
    for text in ["ftp://example.org/", "https://u:p@example.org/"] {
        assert!(permits(PRIVATE, text).is_err(), "{text}");
    }
}

#[tokio::test]
async fn without_tls_only_private_providers_are_asked() {
    let refusal = refused(outward(PUBLIC), "http://example.org/").await;
    let text = "A provider is asked over https only.".to_owned();
    assert_eq!(refusal, Unreachable::NotAllowed(text));
    for text in [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "unix:/run/x",
        "data:,x",
    ] {
        for policy in [PRIVATE, PUBLIC] {
            let refusal = refused(outward(policy), text).await;
            assert!(
                matches!(refusal, Unreachable::NotAllowed(_)),
                "{text}: {refusal}"
            );
        }
    }
}

#[tokio::test]
async fn a_password_in_an_address_is_refused_and_not_told() {
    for text in [
        "https://u:hush@127.0.0.1/",
        "https://hush@127.0.0.1/",
        "https://:hush@127.0.0.1/",
    ] {
        let refusal = refused(outward(PRIVATE), text).await;
        assert!(matches!(refusal, Unreachable::NotAllowed(_)), "{refusal}");
        assert!(!refusal.to_string().contains("hush"), "{refusal}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refusal = refused(outward(PRIVATE), &format!("http://{address}/")).await;
    assert!(matches!(refusal, Unreachable::Failed(_)), "{refusal}");
    assert!(
        refusal
            .to_string()
            .starts_with("127.0.0.1 can't be reached: "),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_name_that_is_not_there_is_unreachable() {
    for policy in [PRIVATE, PUBLIC] {
        let refusal = refused(outward(policy), "https://nobody.invalid/").await;
        assert!(matches!(refusal, Unreachable::Failed(_)), "{refusal}");
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_given_up_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let there = url(&format!("https://{}/", listener.local_addr().unwrap()));
    let limits = Limits {
        connect: Span::from_millis(300),
        ..LIMITS
    };
    let begin = Instant::now();
    let refusal = outward(PRIVATE).lay(&there, limits).await.err().unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(290));
    assert!(begin.elapsed() < PROMPTLY);
    let text = "127.0.0.1 can't be reached: no connection within 300ms.".to_owned();
    assert_eq!(refusal, Unreachable::Failed(text));
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_fails() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = gone.local_addr().unwrap();
    drop(gone);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let alive = listener.local_addr().unwrap();
    let place = Place::of(&url("https://example.org/"), PUBLIC).unwrap();
    let deadline = Deadline::after(Span::from_seconds(5));
    let stream = place.connected(&[dead, alive], &deadline).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), alive);
    assert!(stream.nodelay().unwrap());
    assert_eq!(stream.linger().unwrap(), Some(Duration::ZERO));
    assert!(place.connected(&[], &deadline).await.is_err());
}

#[test]
fn one_address_that_is_not_public_refuses_all_of_a_name() {
    let place = Place::of(&url("https://example.org/"), PUBLIC).unwrap();
    let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    };
    let public = addresses(&["8.8.8.8:443", "[2606:4700::1111]:443"]);
    assert_eq!(place.checked(public.clone(), PUBLIC), Ok(public));
    for inside in ["127.0.0.1:443", "[::1]:443", "[64:ff9b::a9fe:a9fe]:443"] {
        let mixed = addresses(&["8.8.8.8:443", inside, "8.8.4.4:443"]);
        let refusal = place.checked(mixed.clone(), PUBLIC).unwrap_err();
        assert!(matches!(refusal, Unreachable::NotAllowed(_)), "{refusal}");
        assert!(!refusal.to_string().contains(inside), "{refusal}");
        assert_eq!(place.checked(mixed.clone(), PRIVATE), Ok(mixed));
    }
}
