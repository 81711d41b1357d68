//! A server with people and clients who use all of it.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::process::Child;
use std::time::{Duration, Instant};

use evergrant_sim::actor::{ActorError, App, Authentication, Person};
use evergrant_sim::http::{OwnedResponse, Request, Site};
use serde_json::Value;

use super::Place;
use super::ledger::Ledger;
use super::proxy::Proxy;
use crate::harness::{Bed, OWNER, signal, text};
use crate::scene::{Pair, REDIRECT, renewed};

const PASSWORD: &str = "ada's own: horse & battery+staple";
pub(super) const BOB: &str = "bob@acme.example";
const BOBS: &str = "bob's own: horse & battery+staple";
pub(super) const CHANGED: &str = "bob's next: horse & battery+staple";
const WRONG: &str = "nobody's own horse & battery+staple";

pub(super) struct Run {
    pub(super) bed: Bed,
    pub(super) proxy: Proxy,
    pub(super) site: Site,
    pub(super) app: App,
    pub(super) seer: App,
    pub(super) ada: Person,
    /// The owner's personal access token.
    pub(super) personal: String,
    server: Child,
    format: String,
    /// What commands printed beside their answers.
    commands: Vec<Place>,
    ledger: Ledger,
    /// All answers as they came.
    pub(super) answers: Vec<u8>,
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
}

impl Run {
    pub(super) async fn begin(format: &str) -> Self {
        let bed = Bed::new();
        let address = free_address();
        let proxy = Proxy::before(address).await;
        let site = Site::new(&proxy.url).unwrap();
        let nobody = App::public(&site, "", REDIRECT);
        let (mut commands, mut ledger) = (Vec::new(), Ledger::default());
        let init = [
            "init",
            "--team",
            "Acme",
            "--email",
            OWNER,
            "--password-stdin",
        ];
        let made = command(&bed, format, (&init, PASSWORD), &mut commands);
        ledger.add("personal access token", text(&made, "token"));
        let key = fs::read_to_string(bed.data().join("evergrant.key")).unwrap();
        ledger.add_key("master key", key.trim());
        let mut run = Self {
            server: serve(&bed, format, (address, &proxy.url)),
            ada: Person::new(&site, OWNER, PASSWORD),
            personal: text(&made, "token").to_owned(),
            app: nobody.clone(),
            seer: nobody,
            format: format.to_owned(),
            bed,
            proxy,
            site,
            commands,
            ledger,
            answers: Vec::new(),
        };
        run.is_ready().await;
        let all = ["authorization_code", "refresh_token", "client_credentials"];
        let kinds = all.map(|kind| ["--grant-type", kind]).concat();
        run.app = run.registered(&kinds);
        run.seer = run.registered(&["--introspect", "team"]);
        run.command((&["user", "add", BOB, "--password-stdin"], BOBS));
        run
    }

    async fn is_ready(&self) {
        let begun = Instant::now();
        while self
            .get("/readyz", &[])
            .await
            .is_none_or(|answer| answer.status != 200)
        {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "the server does not serve"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(super) fn command(&mut self, (arguments, input): (&[&str], &str)) -> Value {
        command(
            &self.bed,
            &self.format,
            (arguments, input),
            &mut self.commands,
        )
    }

    fn registered(&mut self, flags: &[&str]) -> App {
        let mut arguments = vec!["client", "add", "App", "--redirect-uri", REDIRECT];
        arguments.extend(["--scope", "read", "--scope", "write"]);
        arguments.extend(flags);
        let made = self.command((&arguments, ""));
        let secret = text(&made, "client_secret");
        self.ledger.add("client secret", secret);
        App::confidential(&self.site, text(&made, "client_id"), secret, REDIRECT)
    }

    /// Sends a request; the server may answer by closing.
    pub(super) async fn send(&self, request: &Request) -> Option<OwnedResponse> {
        self.site.send(request).await.ok()
    }

    pub(super) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Option<OwnedResponse> {
        let mut request = Request::get(&self.site.url(path));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        self.send(&request).await
    }

    /// Asks the API with a token.
    pub(super) async fn api(
        &self,
        token: &str,
        (method, path): (&'static str, &str),
        body: Option<Value>,
    ) -> OwnedResponse {
        let url = self.site.url(&format!("/api/v1{path}"));
        let mut request = Request::new(method, &url);
        request = request.header("Authorization", &format!("Bearer {token}"));
        if let Some(body) = body {
            let body = body.to_string().into_bytes();
            request = request
                .header("Content-Type", "application/json")
                .body(body);
        }
        self.send(&request).await.unwrap()
    }

    pub(super) async fn tokens(&self) -> Pair {
        Pair::from(self.app.code_flow(&self.ada).await.unwrap())
    }

    pub(super) async fn all_that_is_right(&mut self) {
        self.ada.sign_in().await.unwrap();
        let first = self.tokens().await;
        let second = renewed(&self.app, &first.refresh).await;
        assert_eq!(renewed(&self.app, &first.refresh).await, second);
        for token in [&second.access, &second.refresh, &self.personal] {
            let answer = self.seer.introspect(token).await.unwrap();
            assert_eq!(answer.active(), Some(true), "{answer}");
        }
        let mut by_body = self.app.clone();
        by_body.authentication = Authentication::Post;
        let third = renewed(&by_body, &second.refresh).await;
        self.app.revoke(&third.access).await.unwrap();
        let own = self
            .app
            .client_credentials()
            .await
            .unwrap()
            .tokens()
            .unwrap();
        self.app.introspect(&own.access_token).await.unwrap();
        self.app.revoke(&own.access_token).await.unwrap();
        // Reuse, and a grant given back.
        assert_eq!(self.app.refresh(&first.refresh).await.unwrap().status, 400);
        let pair = self.tokens().await;
        self.app.revoke(&pair.refresh).await.unwrap();
        let bob = Person::new(&self.site, BOB, BOBS);
        self.app.code_flow(&bob).await.unwrap();
        self.pages().await;
        self.management().await;
    }

    pub(super) async fn all_that_is_wrong(&mut self) {
        for (email, password) in [
            (OWNER, WRONG),
            ("nobody@acme.example", WRONG),
            (WRONG, WRONG),
        ] {
            let guest = Person::new(&self.site, email, password);
            let refused = guest.sign_in().await;
            assert!(
                matches!(refused, Err(ActorError::SignInRefused { .. })),
                "{refused:?}"
            );
        }
        let pair = self.tokens().await;
        let mut wrong = self.app.clone();
        wrong.client_secret.clone_from(&self.seer.client_secret);
        assert_eq!(wrong.refresh(&pair.refresh).await.unwrap().status, 401);
        wrong.authentication = Authentication::Post;
        assert_eq!(wrong.introspect(&pair.access).await.unwrap().status, 401);
        let authorized = self.app.authorize(&self.ada).await.unwrap();
        let (code, verifier) = (&authorized.code, &authorized.verifier);
        assert_eq!(self.seer.redeem(code, verifier).await.unwrap().status, 400);
        assert_eq!(
            self.app
                .redeem(code, &verifier.repeat(2))
                .await
                .unwrap()
                .status,
            400
        );
        assert_eq!(self.app.redeem(code, verifier).await.unwrap().status, 200);
        let mistyped = self.personal.replace("evg_pat_", "evg_pat_x");
        assert_eq!(self.api(&mistyped, ("GET", "/me"), None).await.status, 401);
        assert_eq!(
            self.api(&pair.access, ("GET", "/me"), None).await.status,
            401
        );
    }

    pub(super) async fn metrics(&self) -> Vec<u8> {
        self.get("/metrics", &[]).await.unwrap().body
    }

    /// Stops the server; gives what it and the commands printed, and its answers.
    pub(super) async fn ended(&mut self) -> Vec<Place> {
        signal(self.server.id(), "TERM");
        assert_eq!(self.server.wait().unwrap().code(), Some(0));
        let printed = fs::read(self.bed.path("printed")).unwrap();
        let log = String::from_utf8_lossy(&printed);
        assert!(log.contains("serving"), "{log:.500}");
        assert!(!log.contains("panicked"));
        let mut places = vec![("output of the server".to_owned(), printed)];
        places.append(&mut self.commands);
        for exchange in self.proxy.exchanges() {
            for secret in exchange.handed_out() {
                self.ledger.add("handed out:", &secret);
            }
            for secret in exchange.brought() {
                self.ledger.add("brought:", &secret);
            }
            places.push((exchange.name(), exchange.rest()));
            self.answers.extend(&exchange.answer);
        }
        for password in [PASSWORD, BOBS, CHANGED, WRONG] {
            self.ledger.add("password", password);
        }
        places
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.ledger
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// Runs a command as verbosely as the server, and keeps what it prints beside its document.
fn command(
    bed: &Bed,
    format: &str,
    (arguments, input): (&[&str], &str),
    kept: &mut Vec<Place>,
) -> Value {
    let verbose = ["--json", "--log", "trace", "--log-format", format];
    let arguments: Vec<_> = arguments.iter().copied().chain(verbose).collect();
    let ran = bed.run_with_input(&arguments, input).succeeded();
    kept.push((
        format!("the log of {arguments:?}"),
        ran.stderr.clone().into_bytes(),
    ));
    ran.json()
}

fn serve(bed: &Bed, format: &str, (address, public_url): (SocketAddr, &str)) -> Child {
    let address = address.to_string();
    let mut serve = bed.command(&[
        "serve",
        "--listen",
        &address,
        "--public-url",
        public_url,
        "--log",
        "trace",
        "--log-format",
        format,
    ]);
    let printed = File::create(bed.path("printed")).unwrap();
    serve.stdout(printed.try_clone().unwrap()).stderr(printed);
    serve.spawn().unwrap()
}
