//! `evergrant connect`: a person follows the link, and comes back or does not.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::time::{Duration, Instant};

use evergrant_sim::http::{OwnedResponse, Request, Site};
use serde_json::Value;
use url::Url;

use super::{Keeper, allowed, members};
use crate::harness::signal;

/// A command that waits for a person.
struct Waiting {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    link: Url,
}

impl Waiting {
    fn start(it: &Keeper, flags: &[&str]) -> Self {
        let mut arguments = vec!["connect", "acme", "--no-browser", "--json"];
        arguments.extend(flags);
        let mut child = it.bed.command(&allowed(&arguments)).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let link = Url::parse(line.trim_end());
        let link = link.unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self {
            child,
            stderr,
            link,
        }
    }

    /// Its exit code, what it printed, and what else it said.
    fn ended(mut self) -> (Option<i32>, Value, String) {
        let mut stdout = String::new();
        let mut pipe = self.child.stdout.take().unwrap();
        pipe.read_to_string(&mut stdout).unwrap();
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, serde_json::from_str(&stdout).unwrap(), stderr)
    }
}

async fn get(url: &Url) -> OwnedResponse {
    let site = Site::new(&url.origin().ascii_serialization()).unwrap();
    site.send(&Request::get(url)).await.unwrap()
}

/// Follows the link to the provider and back, as a browser would.
async fn follow(link: &Url) -> OwnedResponse {
    let sent_back = get(link).await;
    let location = sent_back.headers.first("location").unwrap();
    get(&Url::parse(location).unwrap()).await
}

#[tokio::test]
async fn a_person_who_consents_makes_a_connection() {
    let it = Keeper::with_integration();
    let waiting = Waiting::start(&it, &["--name", "mail", "--log", "trace"]);
    let query: std::collections::BTreeMap<_, _> = waiting.link.query_pairs().collect();
    assert_eq!(query["client_id"], "ours");
    assert_eq!(query["scope"], "read write");
    assert_eq!(query["code_challenge_method"], "S256");
    assert!(query["redirect_uri"].starts_with("http://127.0.0.1:"));
    // A stranger's browser ends nothing.
    let mut stray = Url::parse(&query["redirect_uri"]).unwrap();
    stray.set_query(Some("state=guessed&code=x"));
    assert!(get(&stray).await.status >= 400);
    let link = waiting.link.clone();
    let page = follow(&link).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let (code, made, said) = waiting.ended();
    assert_eq!(code, Some(0), "{made} {said}");
    assert_eq!(members(&made), ["connection_id", "name", "state"]);
    assert_eq!(made["name"], "mail");
    assert_eq!(made["state"], "active");
    for secret in ["the-code", "at-given", "rt-given", "client-secret-of-ours"] {
        assert!(!said.contains(secret), "{secret} is in {said}");
    }
    assert_eq!(it.run(&["token", "mail"]).stdout, "at-given-1\n");
    let asked = it.provider.asked("token");
    assert_eq!(asked[0]["grant_type"], "authorization_code");
    assert!(asked[0].contains_key("code_verifier"));
    // The name is taken now.
    it.run(&["connect", "acme", "--name", "mail", "--json"])
        .failed_as(1, "exists");
}

#[tokio::test]
async fn a_person_who_says_no_makes_none() {
    let it = Keeper::with_integration();
    it.provider.deny();
    let waiting = Waiting::start(&it, &[]);
    let link = waiting.link.clone();
    let page = follow(&link).await;
    assert!(!page.text().is_empty());
    let (code, problem, _) = waiting.ended();
    assert_eq!(code, Some(4), "{problem}");
    assert_eq!(problem["code"], "consent_denied");
    assert_eq!(problem["diagnosis"]["cause"], "consent_required");
    assert!(it.provider.asked("token").is_empty());
    it.run(&["token", "acme"]).ended_with(3);
}

#[tokio::test]
async fn an_answer_without_iss_is_refused_where_the_server_says_that_its_answers_carry_it() {
    let it = Keeper::new();
    let issuer = it.provider.describes_itself();
    let add = [
        "integration",
        "add",
        "generic",
        "--name",
        "acme",
        "--client-id",
        "ours",
    ];
    it.json(&[&add[..], &["--issuer", &issuer]].concat());
    let waiting = Waiting::start(&it, &[]);
    let link = waiting.link.clone();
    follow(&link).await;
    let (code, problem, _) = waiting.ended();
    assert_eq!(code, Some(4), "{problem}");
    assert!(it.provider.asked("token").is_empty());
    it.provider.names_itself();
    let waiting = Waiting::start(&it, &[]);
    let link = waiting.link.clone();
    follow(&link).await;
    let (code, made, _) = waiting.ended();
    assert_eq!(code, Some(0), "{made}");
}

#[tokio::test]
async fn a_code_that_the_provider_does_not_take_makes_none() {
    let it = Keeper::with_integration();
    it.provider.next(401, r#"{"error":"invalid_client"}"#);
    let waiting = Waiting::start(&it, &[]);
    let link = waiting.link.clone();
    follow(&link).await;
    let (code, problem, _) = waiting.ended();
    assert_eq!(code, Some(1), "{problem}");
    assert_eq!(problem["code"], "not_connected");
    assert_eq!(problem["diagnosis"]["party"], "app_developer", "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consent_whose_code_is_on_its_way_keeps_its_name_and_comes_to_its_end() {
    let it = Keeper::with_integration();
    it.provider.hold();
    let first = Waiting::start(&it, &["--name", "mail"]);
    let link = first.link.clone();
    let page = tokio::spawn(async move { follow(&link).await });
    it.provider.was_asked(1);
    let second = [
        "connect",
        "acme",
        "--name",
        "mail",
        "--no-browser",
        "--json",
    ];
    it.run(&second).failed_as(1, "consent_underway");
    it.provider.release();
    assert_eq!(page.await.unwrap().status, 200);
    let (code, made, said) = first.ended();
    assert_eq!(code, Some(0), "{made} {said}");
    assert_eq!(it.run(&["token", "mail"]).stdout, "at-given-1\n");
    it.run(&second).failed_as(1, "exists");
}

#[tokio::test]
async fn ctrl_c_ends_the_waiting_at_once_and_the_name_is_free() {
    let it = Keeper::with_integration();
    let waiting = Waiting::start(&it, &[]);
    let began = Instant::now();
    signal(waiting.child.id(), "INT");
    let (code, problem, _) = waiting.ended();
    assert_eq!(code, Some(130));
    assert_eq!(problem["code"], "interrupted");
    assert!(began.elapsed() < Duration::from_secs(5));
    let again = Waiting::start(&it, &[]);
    let link = again.link.clone();
    follow(&link).await;
    let (code, made, _) = again.ended();
    assert_eq!(code, Some(0), "{made}");
}

#[test]
fn the_port_may_be_chosen_and_must_be_free() {
    let it = Keeper::with_integration();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let connect = ["connect", "acme", "--callback-port", &port, "--json"];
    it.run(&connect).failed_as(1, "not_listening");
    drop(taken);
    let mut waiting = Waiting::start(&it, &["--callback-port", &port]);
    let back = format!("http://127.0.0.1:{port}/oauth/callback");
    let mut query = waiting.link.query_pairs();
    assert!(query.any(|(name, value)| name == "redirect_uri" && value == back));
    waiting.child.kill().unwrap();
    waiting.child.wait().unwrap();
    it.run(&["connect", "nothing", "--json"])
        .failed_as(3, "not_found");
}
