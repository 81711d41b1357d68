//! Grants of our own issued side, ended in every way that there is, and held by another evergrant:
//! it tells why, from what it was told.

use std::time::Duration;

use evergrant_sim::actor::{App, Person};
use serde_json::{Value, json};

use super::allowed;
use crate::harness::{Bed, PASSWORD};
use crate::scene::{Pair, Scene, grant_of, renewed};

const CLIENT: &str = "app_or_client_misconfigured";
const BOB: &str = "bob@acme.example";

/// A provider, and a keeper of grants there.
struct Both {
    there: Scene,
    here: Bed,
}

impl Both {
    fn new() -> Self {
        let here = Bed::new();
        here.team();
        let there = Scene::new();
        there.bed.user(BOB, "member");
        Self { there, here }
    }

    fn bob(&self) -> Person {
        Person::new(&self.there.server.site(), BOB, PASSWORD)
    }

    /// The app of these flags, and the keeper's integration of that name for it.
    fn app(&self, name: &str, flags: &[&str]) -> App {
        let app = self.there.app(flags);
        let issuer = &self.there.server.url;
        let add = ["integration", "add", "generic", "--name", name];
        let registered = ["--client-id", &app.client_id, "--client-secret-stdin"];
        let found = ["--issuer", issuer, "--json"];
        let secret = app.client_secret.clone().unwrap();
        let add = [&add[..], &registered, &found].concat();
        self.here
            .run_with_input(&allowed(&add), &format!("{secret}\n"))
            .succeeded();
        app
    }

    /// A grant of Bob's that the keeper holds.
    async fn held(&self, app: &App, integration: &str, name: &str) -> Pair {
        let pair = Pair::from(app.code_flow(&self.bob()).await.unwrap());
        self.import(&pair, integration, name);
        pair
    }

    fn import(&self, pair: &Pair, integration: &str, name: &str) {
        let import = ["connection", "import", integration, "--name", name];
        let tokens = json!({ "refresh_token": pair.refresh }).to_string();
        self.here
            .run_with_input(&allowed(&import), &tokens)
            .succeeded();
    }

    fn there(&self, arguments: &[&str]) {
        self.there.bed.run(arguments).succeeded();
    }

    /// What is said of a refresh that fails.
    fn told(&self, name: &str) -> Value {
        let refresh = allowed(&["connection", "refresh", name, "--json"]);
        let problem = self.here.run(&refresh).json();
        problem["diagnosis"].clone()
    }
}

#[track_caller]
fn is(told: &Value, cause: &str, party: &str) {
    assert_eq!(told["cause"], cause, "{told:#}");
    assert_eq!(told["party"], party, "{told:#}");
}

#[tokio::test]
async fn who_ended_a_grant_of_ours_is_told_where_it_is_held() {
    let it = Both::new();
    let app = it.app("acme", &[]);

    let pair = it.held(&app, "acme", "by-user").await;
    let bob = it.bob();
    bob.sign_in().await.unwrap();
    let page = bob.visit("/settings/integrations").await.unwrap();
    let grant = grant_of(&pair.refresh);
    let action = format!("/settings/integrations/grants/{grant}/end");
    let forms = page.forms();
    let form = forms.iter().find(|form| form.action == action).unwrap();
    bob.submit(&page, form, &[]).await.unwrap();
    is(&it.told("by-user"), "user_revoked", "end_user");

    let pair = it.held(&app, "acme", "by-app").await;
    app.revoke(&pair.refresh).await.unwrap();
    is(&it.told("by-app"), "user_revoked", "end_user");

    let pair = it.held(&app, "acme", "by-admin").await;
    it.there(&["grant", "revoke", &grant_of(&pair.refresh)]);
    is(
        &it.told("by-admin"),
        "user_removed_by_admin",
        "account_admin",
    );

    it.held(&app, "acme", "password").await;
    let password = ["user", "password", BOB, "--password-stdin"];
    it.there.bed.run_with_input(&password, PASSWORD).succeeded();
    is(&it.told("password"), "password_changed", "end_user");

    it.held(&app, "acme", "suspended").await;
    it.there(&["user", "suspend", BOB]);
    let disabled = "account_unconfirmed_or_disabled";
    is(&it.told("suspended"), disabled, "account_admin");
    it.there(&["user", "resume", BOB]);

    it.held(&app, "acme", "removed").await;
    it.there(&["user", "remove", BOB, "--yes"]);
    is(
        &it.told("removed"),
        "user_removed_by_admin",
        "account_admin",
    );
}

#[tokio::test]
async fn a_second_use_of_a_token_of_ours_is_told_where_it_is_held() {
    let it = Both::new();
    let app = it.app("acme", &["--replay", "strict"]);
    let pair = it.held(&app, "acme", "twice").await;
    let next = renewed(&app, &pair.refresh).await;
    renewed(&app, &next.refresh).await;
    is(&it.told("twice"), "refresh_token_reused", "operator");

    let few = it.app("few", &["--live-grants", "1"]);
    it.held(&few, "few", "older").await;
    it.held(&few, "few", "newer").await;
    is(&it.told("older"), "refresh_token_superseded", "operator");
}

#[tokio::test]
async fn a_client_of_ours_that_changed_is_told_where_its_grants_are_held() {
    let it = Both::new();
    let app = it.app("acme", &[]);
    it.held(&app, "acme", "secret").await;
    it.there(&["client", "secret", &app.client_id]);
    is(&it.told("secret"), CLIENT, "app_developer");

    let app = it.app("gone", &[]);
    it.held(&app, "gone", "removed").await;
    it.there(&["client", "remove", &app.client_id, "--yes"]);
    is(&it.told("removed"), CLIENT, "app_developer");
}

#[tokio::test]
async fn time_that_ended_a_grant_of_ours_is_told_where_it_is_held() {
    let it = Both::new();
    let idle = it.app("idle", &["--idle-ttl", "2s"]);
    let whole = it.app("whole", &["--absolute-ttl", "2s"]);
    it.held(&idle, "idle", "unused").await;
    it.held(&whole, "whole", "old").await;
    tokio::time::sleep(Duration::from_millis(3_200)).await;
    is(&it.told("unused"), "idle_expiry", "end_user");
    is(&it.told("old"), "hard_lifetime_limit", "end_user");
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_as_such() {
    let it = Both::new();
    let app = it.app("acme", &[]);
    it.held(&app, "acme", "away").await;
    let Both { there, here } = it;
    there.server.kill();
    let refresh = allowed(&["connection", "refresh", "away", "--json"]);
    let told = &here.run(&refresh).json()["diagnosis"];
    is(told, "network_or_proxy", "nobody");
    assert_eq!(told["transient"], true);
}
