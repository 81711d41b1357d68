//! Apps and people on a bed: what the proofs over HTTP begin with.

use std::sync::Arc;

use evergrant_sim::actor::{Answer, App, Person, Tokens};
use evergrant_sim::http::{OwnedResponse, Request, Site};
use evergrant_sim::postgres;
use serde_json::Value;

use crate::harness::{Bed, OWNER, PASSWORD, Server, text};

/// Where every app here is sent its answers; nothing listens there.
pub(crate) const REDIRECT: &str = "http://127.0.0.1/callback";

impl Bed {
    /// Registers an app by the command line.
    pub(crate) fn app(&self, site: &Site, flags: &[&str]) -> App {
        let mut arguments = vec!["client", "add", "App", "--redirect-uri", REDIRECT];
        arguments.extend(flags);
        let made = self.json(&arguments);
        let id = text(&made, "client_id");
        match made["client_secret"].as_str() {
            Some(secret) => App::confidential(site, id, secret, REDIRECT),
            None => App::public(site, id, REDIRECT),
        }
    }
}

/// A team, its owner at a browser, and a server.
pub(crate) struct Scene {
    pub(crate) bed: Bed,
    pub(crate) server: Server,
    pub(crate) ada: Person,
}

impl Scene {
    /// On an embedded store of its own.
    pub(crate) fn new() -> Self {
        Self::on(Bed::new())
    }

    /// On this bed, which has no store yet.
    pub(crate) fn on(bed: Bed) -> Self {
        bed.team();
        let server = bed.serve();
        let ada = owner(&server.site());
        Self { bed, server, ada }
    }

    /// Registers an app with the scopes `read` and `write`, and these flags.
    pub(crate) fn app(&self, flags: &[&str]) -> App {
        let scopes = ["--scope", "read", "--scope", "write"];
        let all: Vec<_> = scopes.into_iter().chain(flags.iter().copied()).collect();
        self.bed.app(&self.server.site(), &all)
    }

    /// The first tokens of a new grant of the owner's.
    pub(crate) async fn tokens(&self, app: &App) -> Pair {
        Pair::from(app.code_flow(&self.ada).await.unwrap())
    }

    /// What `grant show` says of the grant of a refresh token.
    pub(crate) fn grant(&self, refresh_token: &str) -> Value {
        self.bed.json(&["grant", "show", &grant_of(refresh_token)])
    }

    /// Sends any request.
    pub(crate) async fn send(&self, request: &Request) -> OwnedResponse {
        self.server.site().send(request).await.unwrap()
    }

    /// Opens an address.
    pub(crate) async fn get(&self, path: &str) -> OwnedResponse {
        self.send(&Request::get(&self.server.site().url(path)))
            .await
    }
}

/// Both tokens of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl From<Tokens> for Pair {
    fn from(tokens: Tokens) -> Self {
        Self {
            access: tokens.access_token,
            refresh: tokens.refresh_token.unwrap(),
        }
    }
}

/// Refreshes, which must succeed.
pub(crate) async fn renewed(app: &App, refresh_token: &str) -> Pair {
    let answer = app.refresh(refresh_token).await.unwrap();
    Pair::from(answer.tokens().unwrap_or_else(|| panic!("{answer}")))
}

/// Whether introspection says that a token lives.
pub(crate) async fn is_live(app: &App, token: &str) -> bool {
    let answer = app.introspect(token).await.unwrap();
    answer.active().unwrap_or_else(|| panic!("{answer}"))
}

/// The answer must be this refusal.
pub(crate) fn is_refused(answer: &Answer, (status, error, code): (u16, &str, &str)) {
    let said = (answer.status, answer.error(), answer.error_code());
    assert_eq!(said, (status, Some(error), Some(code)), "{answer}");
    assert!(answer.text("error_description").is_some());
}

/// A refresh must be refused because the grant ended for this reason.
pub(crate) async fn has_ended(app: &App, refresh_token: &str, reason: &str) {
    let answer = app.refresh(refresh_token).await.unwrap();
    is_refused(&answer, (400, "invalid_grant", reason));
}

/// The owner of the team, at a browser.
pub(crate) fn owner(site: &Site) -> Person {
    Person::new(site, OWNER, PASSWORD)
}

/// The first refresh token of a new grant.
pub(crate) async fn first_token(app: &App, person: &Person) -> String {
    let tokens = app.code_flow(person).await.unwrap();
    tokens.refresh_token.unwrap()
}

/// The refresh token of an answer that must have one.
pub(crate) fn successor(answer: &Answer) -> String {
    let tokens = answer.tokens().unwrap_or_else(|| panic!("{answer}"));
    tokens.refresh_token.unwrap()
}

/// Where everything up to the first dot of a refresh token's `jti` names its grant.
pub(crate) fn grant_of(token: &str) -> String {
    let claims = claims(token);
    let (grant, _generation) = text(&claims, "jti").split_once('.').unwrap();
    grant.to_owned()
}

/// What a token says, unverified.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&unbase64url(payload)).unwrap()
}

/// The bytes of base64url without padding.
pub(crate) fn unbase64url(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .unwrap()
}

/// The PostgreSQL server of these tests; without one the test is left out, but not in CI.
pub(crate) fn postgres_or_left_out() -> Option<&'static postgres::Server> {
    let server = postgres::available().unwrap();
    if server.is_none() {
        left_out(&postgres::missing().unwrap_or_default());
    }
    server
}

/// Whether nothing may be left out.
#[expect(
    clippy::disallowed_methods,
    reason = "a test's own question, not a setting of ours"
)]
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|it| it == "true")
}

/// Says that a test is left out.
#[expect(clippy::print_stderr, reason = "what was not tested must be seen")]
pub(crate) fn left_out(why: &str) {
    eprintln!("left out: {why}");
}

/// A PostgreSQL server of the test's own, which it may stop.
pub(crate) fn own_postgres() -> Option<Arc<postgres::Server>> {
    if let Some(why) = postgres::missing() {
        assert!(!is_ci(), "{why}");
        left_out(&why);
        return None;
    }
    Some(Arc::new(postgres::Server::launch().unwrap()))
}
