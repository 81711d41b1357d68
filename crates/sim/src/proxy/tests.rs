//! What each fault does, seen from the client and from the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Fault, Proxy};
use crate::http::{Connection, HttpError, OwnedResponse, Request, Site};
use crate::stub::{Stub, answer};

const MOMENT: Duration = Duration::from_millis(150);

/// A token endpoint that gives `refresh-1`, `refresh-2` and so on, and a proxy before it.
struct Bed {
    stub: Stub,
    asked: Arc<AtomicUsize>,
    proxy: Proxy,
}

impl Bed {
    fn new() -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let stub = Stub::start(move |request| {
            if request.path() != "/token" {
                let host = request.header("host").unwrap();
                return answer(200, "", &format!("{} at {host}", request.target()));
            }
            let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
            let headers = "Content-Type: application/json\r\nX-Of-Server: yes\r\n";
            answer(200, headers, &tokens(number).to_string())
        });
        let endpoint = format!("{}/token", stub.url()).parse().unwrap();
        let proxy = Proxy::before(&endpoint).unwrap();
        Self { stub, asked, proxy }
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn refresh(&self) -> Result<OwnedResponse, HttpError> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", "old")];
        let request = Request::post_form(self.proxy.url(), &fields);
        let site = Site::new(self.proxy.url().as_str()).unwrap();
        site.send(&request).await
    }

    async fn refresh_with(&self, fault: Fault) -> Result<OwnedResponse, HttpError> {
        self.proxy.next(fault);
        self.refresh().await
    }
}

fn tokens(number: usize) -> Value {
    json!({
        "access_token": format!("access-{number}"),
        "refresh_token": format!("refresh-{number}"),
        "expires_in": 60,
    })
}

fn json_of(response: &OwnedResponse) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn kind_of(response: &OwnedResponse) -> &str {
    response.headers.first("content-type").unwrap()
}

#[tokio::test]
async fn what_passes_is_the_same_on_both_sides_and_is_told() {
    let bed = Bed::new();
    let response = bed.refresh().await.unwrap();
    assert_eq!((response.status, json_of(&response)), (200, tokens(1)));
    assert_eq!(response.headers.first("x-of-server"), Some("yes"));
    assert_eq!(kind_of(&response), "application/json");

    bed.proxy.settled().await.unwrap();
    let sent = bed.proxy.sent();
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (sent[0].method.as_str(), sent[0].target.as_str()),
        ("POST", "/token")
    );
    assert_eq!(sent[0].body, b"grant_type=refresh_token&refresh_token=old");
    assert_eq!(
        (sent[0].forwarded, sent[0].answered.as_slice()),
        (1, [200].as_slice())
    );
    assert_eq!(
        (bed.proxy.times_sent("old"), bed.proxy.times_sent("new")),
        (1, 0)
    );
    assert!(!format!("{sent:?}").contains("old"));
}

#[tokio::test]
async fn other_paths_pass_untouched_and_untold() {
    let bed = Bed::new();
    bed.proxy.set(Fault::DropRequest);
    let other = format!("{}/other?a=b", bed.stub.url()).parse().unwrap();
    let url = bed.proxy.through(&other);
    let site = Site::new(url.as_str()).unwrap();
    let response = site.send(&Request::get(&url)).await.unwrap();
    assert_eq!(response.text(), format!("/other?a=b at {}", site.host()));
    assert!(bed.proxy.sent().is_empty());
}

#[tokio::test]
async fn a_dropped_request_never_reaches_the_server() {
    let bed = Bed::new();
    let error = bed.refresh_with(Fault::DropRequest).await.unwrap_err();
    assert!(matches!(error, HttpError::Broken(_)), "{error}");
    assert_eq!((bed.asked(), bed.proxy.sent()[0].forwarded), (0, 0));
    assert_eq!(bed.proxy.times_sent("old"), 1);
    assert_eq!(bed.refresh().await.unwrap().status, 200);
}

#[tokio::test]
async fn a_dropped_answer_was_given_by_the_server() {
    let bed = Bed::new();
    let error = bed.refresh_with(Fault::DropAnswer).await.unwrap_err();
    assert!(matches!(error, HttpError::Broken(_)), "{error}");
    assert_eq!(
        (bed.asked(), bed.proxy.sent()[0].answered.as_slice()),
        (1, [200].as_slice())
    );
}

#[tokio::test]
async fn an_answer_is_held_back_after_the_act() {
    let bed = Bed::new();
    let begun = Instant::now();
    let acted = async {
        let seen = bed
            .proxy
            .until(|sent| sent.iter().any(|it| !it.answered.is_empty()));
        seen.await.unwrap();
        (begun.elapsed(), bed.proxy.sent()[0].done)
    };
    let (response, (act, done)) = tokio::join!(bed.refresh_with(Fault::Delay(MOMENT)), acted);
    assert_eq!(json_of(&response.unwrap()), tokens(1));
    assert!(begun.elapsed() >= MOMENT && act < MOMENT && !done);
}

#[tokio::test]
async fn a_delayed_request_arrives_although_its_client_is_gone() {
    let bed = Bed::new();
    let begun = Instant::now();
    let refresh = bed.refresh_with(Fault::DelayRequest(MOMENT));
    assert!(tokio::time::timeout(MOMENT / 3, refresh).await.is_err());
    assert_eq!(bed.asked(), 0);
    bed.proxy.until(|sent| sent[0].done).await.unwrap();
    assert!(begun.elapsed() >= MOMENT);
    assert_eq!(bed.asked(), 1);
}

#[tokio::test]
async fn a_cut_answer_ends_in_the_middle_of_its_body() {
    let bed = Bed::new();
    let error = bed.refresh_with(Fault::Cut).await.unwrap_err();
    assert!(matches!(error, HttpError::Closed), "{error}");
    assert_eq!(bed.asked(), 1);
}

#[tokio::test]
async fn a_trickled_answer_is_whole_and_slow() {
    let bed = Bed::new();
    let begun = Instant::now();
    let response = bed
        .refresh_with(Fault::Trickle(Duration::from_millis(1)))
        .await
        .unwrap();
    assert_eq!(json_of(&response), tokens(1));
    assert!(begun.elapsed() > Duration::from_millis(100));
}

#[tokio::test]
async fn a_duplicate_reaches_the_server_twice_and_the_first_answer_is_given() {
    let bed = Bed::new();
    let response = bed.refresh_with(Fault::Duplicate).await.unwrap();
    assert_eq!(json_of(&response), tokens(1));
    assert_eq!((bed.asked(), bed.proxy.sent()[0].forwarded), (2, 2));
    assert_eq!(bed.proxy.times_sent("old"), 1);
}

#[tokio::test]
async fn a_spoiled_answer_comes_after_the_act() {
    let hostile = Fault::AnswerWith {
        status: 307,
        content_type: "text/plain".to_owned(),
        body: b"\xff\xfe".to_vec(),
    };
    let cases = [
        (Fault::Html200, 200, "text/html; charset=utf-8", "<!doctype"),
        (Fault::Html502, 502, "text/html", "<!doctype"),
        (Fault::Empty, 200, "application/json", ""),
        (
            Fault::Status500AfterAct,
            500,
            "application/json",
            "{\"error\":\"server_error\"}",
        ),
        (
            Fault::ErrorAsObject,
            400,
            "application/json",
            "{\"error\":{",
        ),
        (hostile, 307, "text/plain", "\u{fffd}\u{fffd}"),
    ];
    for (fault, status, kind, begins) in cases {
        let bed = Bed::new();
        let response = bed.refresh_with(fault.clone()).await.unwrap();
        assert_eq!(
            (response.status, kind_of(&response)),
            (status, kind),
            "{fault:?}"
        );
        assert!(
            response.text().starts_with(begins),
            "{fault:?}: {}",
            response.text()
        );
        assert_eq!(response.body.is_empty(), begins.is_empty(), "{fault:?}");
        assert!(!response.text().contains("refresh-1"), "{fault:?}");
        assert_eq!(
            (bed.asked(), bed.proxy.sent()[0].answered[0]),
            (1, 200),
            "{fault:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_content_type_leaves_the_body_right() {
    let bed = Bed::new();
    let response = bed.refresh_with(Fault::WrongContentType).await.unwrap();
    assert_eq!(
        (kind_of(&response), json_of(&response)),
        ("text/html", tokens(1))
    );
}

#[tokio::test]
async fn an_omitted_refresh_token_is_all_that_is_missing() {
    let bed = Bed::new();
    let response = bed.refresh_with(Fault::OmitRefreshToken).await.unwrap();
    let expected = json!({ "access_token": "access-1", "expires_in": 60 });
    assert_eq!(
        (kind_of(&response), json_of(&response)),
        ("application/json", expected)
    );
}

#[tokio::test]
async fn too_many_is_said_without_the_server() {
    let bed = Bed::new();
    let response = bed.refresh_with(Fault::TooMany(7)).await.unwrap();
    assert_eq!(
        (response.status, response.headers.first("retry-after")),
        (429, Some("7"))
    );
    assert_eq!((bed.asked(), bed.proxy.sent()[0].forwarded), (0, 0));
}

#[tokio::test]
async fn queued_faults_come_first_then_the_standing_one_until_it_is_healed() {
    let bed = Bed::new();
    bed.proxy.set(Fault::TooMany(1));
    bed.proxy.next(Fault::Html502);
    bed.proxy.next(Fault::Pass);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(bed.refresh().await.unwrap().status);
    }
    bed.proxy.next(Fault::DropRequest);
    bed.proxy.heal();
    statuses.push(bed.refresh().await.unwrap().status);
    assert_eq!(statuses, [502, 200, 429, 429, 200]);
}

#[tokio::test]
async fn a_refusing_proxy_is_nobody_and_comes_back_at_its_address() {
    let bed = Bed::new();
    let address = Site::new(bed.proxy.url().as_str()).unwrap().address();
    let mut idle = Connection::open(address).await.unwrap();
    let other = b"GET / HTTP/1.1\r\nHost: stub\r\n\r\n";
    assert_eq!(idle.exchange(other).await.unwrap().status, 200);
    for _ in 0..3 {
        bed.refresh().await.unwrap();
        bed.proxy.refuse().await.unwrap();
        let error = bed.refresh().await.unwrap_err();
        assert!(matches!(error, HttpError::Connect { .. }), "{error}");
        assert!(idle.exchange(other).await.is_err());
        bed.proxy.accept().await.unwrap();
    }
    bed.refresh().await.unwrap();
    assert_eq!((bed.asked(), bed.proxy.sent().len()), (4, 4));
}

#[tokio::test]
async fn a_proxy_without_a_server_breaks_the_connection() {
    let Bed { stub, proxy, .. } = Bed::new();
    let address = stub.address;
    drop(stub);
    while Connection::open(address).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let site = Site::new(proxy.url().as_str()).unwrap();
    let request = Request::post_form(proxy.url(), &[("refresh_token", "old")]);
    let error = site.send(&request).await.unwrap_err();
    assert!(matches!(error, HttpError::Broken(_)), "{error}");
    assert_eq!(
        (proxy.sent()[0].forwarded, proxy.sent()[0].answered.len()),
        (1, 0)
    );
}

#[tokio::test]
async fn a_kept_connection_serves_requests_in_chunks_and_with_a_length() {
    let bed = Bed::new();
    let address = Site::new(bed.proxy.url().as_str()).unwrap().address();
    let mut connection = Connection::open(address).await.unwrap();
    let chunked = b"POST /token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\
                    7;a=b\r\nrefresh\r\n8\r\n_token=o\r\n0\r\nTrailer: x\r\n\r\n";
    let long = b"POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\nrefresh_token=p";
    for (request, number) in [(chunked.as_slice(), 1), (long.as_slice(), 2)] {
        let response = connection.exchange(request).await.unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(response.body).unwrap(),
            tokens(number)
        );
    }
    assert_eq!(
        (bed.proxy.times_sent("o"), bed.proxy.times_sent("p")),
        (1, 1)
    );
}

#[tokio::test]
async fn every_fault_is_as_its_description_says() {
    for fault in Fault::all(MOMENT) {
        let bed = Bed::new();
        let response = bed.refresh_with(fault.clone()).await;
        bed.proxy.settled().await.unwrap();
        assert_eq!(bed.asked() > 0, fault.reaches_server(), "{fault:?}");
        let given = response.is_ok_and(|it| it.text().contains("refresh-1"));
        assert_eq!(given, fault.gives_tokens(), "{fault:?}");
    }
}
