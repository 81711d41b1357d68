//! Nothing secret of a grant that we hold is left behind: not on the disk, in a log, an answer, a
//! page, or what a command prints (DESIGN section 8).
//!
//! A connection is made in both ways, renewed, refused by a provider that repeats what it was
//! sent, and removed; once its answer has to wait in the spool. Then everything is searched.

mod course;
mod search;

use std::fs::File;
use std::net::TcpListener;
use std::process::Child;
use std::time::{Duration, Instant};

use evergrant_sim::actor::Person;
use evergrant_sim::http::{OwnedResponse, Request, Site};
use serde_json::Value;

use super::{Keeper, allowed};
use crate::harness::{Bed, OWNER, PASSWORD, signal, text};
use crate::secrets::Place;
use crate::secrets::ledger::Ledger;
use crate::secrets::proxy::Proxy;

/// Made of words: nothing but that we sent it says that it is one.
const CLIENT_SECRET: &str = "client-secret-of-ours";
/// How long anything here may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A keeper, a server on its store, and all that was said.
struct Run {
    it: Keeper,
    proxy: Proxy,
    site: Site,
    server: Child,
    ada: Person,
    /// The owner's personal access token.
    personal: String,
    places: Vec<Place>,
    ledger: Ledger,
}

impl Run {
    async fn begin() -> Self {
        let it = Keeper {
            bed: Bed::new(),
            provider: super::provider::Provider::start(),
        };
        let made = it.bed.team();
        it.provider.is_strict(Duration::from_secs(3600));
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let proxy = Proxy::before(address).await;
        let site = Site::new(&proxy.url).unwrap();
        let listen = address.to_string();
        let mut serve = it.bed.command(&allowed(&[
            "serve",
            "--listen",
            &listen,
            "--public-url",
            &proxy.url,
            "--log",
            "trace",
            "--log-format",
            "json",
        ]));
        let printed = File::create(it.bed.path("printed")).unwrap();
        serve.stdout(printed.try_clone().unwrap()).stderr(printed);
        let mut run = Self {
            server: serve.spawn().unwrap(),
            ada: Person::new(&site, OWNER, PASSWORD),
            personal: text(&made, "token").to_owned(),
            it,
            proxy,
            site,
            places: Vec::new(),
            ledger: Ledger::default(),
        };
        let began = Instant::now();
        while run.get("/readyz").await.is_none_or(|it| it.status != 200) {
            assert!(began.elapsed() < PATIENCE, "the server does not serve");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        run.secret("client secret", CLIENT_SECRET);
        run.secret("basic credentials", &format!("ours:{CLIENT_SECRET}"));
        run
    }

    fn secret(&mut self, what: &str, secret: &str) {
        self.ledger.add(what, secret);
    }

    async fn get(&self, path: &str) -> Option<OwnedResponse> {
        self.site
            .send(&Request::get(&self.site.url(path)))
            .await
            .ok()
    }

    /// Asks the API.
    async fn api(&self, method: &'static str, path: &str, body: Option<Value>) -> OwnedResponse {
        let url = self.site.url(&format!("/api/v1{path}"));
        let bearer = format!("Bearer {}", self.personal);
        let mut request = Request::new(method, &url).header("Authorization", &bearer);
        if let Some(body) = body {
            let body = body.to_string().into_bytes();
            let media_type = "application/json";
            request = request.header("Content-Type", media_type).body(body);
        }
        self.site.send(&request).await.unwrap()
    }

    /// Runs a command as verbosely as can be, and keeps what it printed.
    fn command(&mut self, arguments: &[&str], input: &str) {
        let verbose = ["--log", "trace", "--log-format", "json"];
        let ran = self
            .it
            .run_with_input(&[arguments, &verbose].concat(), input);
        let too_long = ran.stdout.contains("min_ttl_too_long");
        assert!(ran.code != Some(2) || too_long, "{ran:?}");
        let gives_a_token = arguments.first() == Some(&"token");
        if !gives_a_token {
            let name = format!("what {arguments:?} printed");
            self.places.push((name, ran.stdout.into_bytes()));
        }
        let name = format!("the log of {arguments:?}");
        self.places.push((name, ran.stderr.into_bytes()));
    }

    /// Stops the server.
    fn stop(&mut self) {
        signal(self.server.id(), "TERM");
        assert_eq!(self.server.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_of_a_held_grant_is_left_behind() {
    let mut run = Run::begin().await;
    run.add_integration();
    run.connect_on_the_desk().await;
    run.connect_on_the_web().await;
    run.renew().await;
    run.refused_by_who_repeats_all().await;
    run.answer_in_the_spool().await;
    run.remove().await;
    run.is_clean().await;
}
