//! Apps and people on a bed: what the proofs over HTTP begin with.

use std::sync::Arc;

use evergrant_sim::actor::{Answer, App, Person};
use evergrant_sim::http::Site;
use evergrant_sim::postgres;

use crate::harness::{Bed, OWNER, PASSWORD, text};

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
pub(crate) fn claims(token: &str) -> serde_json::Value {
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

/// Runs with a PostgreSQL server of the test's own, which it may stop.
pub(crate) fn own_postgres() -> Option<Arc<postgres::Server>> {
    postgres_or_left_out()?;
    Some(Arc::new(postgres::Server::launch().unwrap()))
}
