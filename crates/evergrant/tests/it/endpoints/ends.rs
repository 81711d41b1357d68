//! Why a grant ended, in the stable word beside `invalid_grant`; and that a command's effect is
//! seen by the running server's next request.

use std::time::Duration;

use evergrant_sim::actor::{App, Person};

use crate::harness::{PASSWORD, text};
use crate::scene::{Pair, Scene, grant_of, has_ended, is_live, is_refused, renewed};

const BOB: &str = "bob@acme.example";

/// A member of the team, at a browser.
fn bob(scene: &Scene) -> Person {
    scene.bed.user(BOB, "member");
    Person::new(&scene.server.site(), BOB, PASSWORD)
}

async fn given(app: &App, person: &Person) -> Pair {
    Pair::from(app.code_flow(person).await.unwrap())
}

/// All of a grant is dead, and for this reason.
async fn is_over(scene: &Scene, app: &App, pair: &Pair, reason: &str) {
    has_ended(app, &pair.refresh, reason).await;
    assert!(!is_live(app, &pair.access).await && !is_live(app, &pair.refresh).await);
    assert_eq!(scene.grant(&pair.refresh)["state"], reason);
}

#[tokio::test]
async fn a_changed_password_ends_what_was_given_before() {
    let scene = Scene::new();
    let (app, bob) = (scene.app(&[]), bob(&scene));
    let (before, bystander) = (given(&app, &bob).await, scene.tokens(&app).await);
    let unredeemed = app.authorize(&bob).await.unwrap();
    let password = ["user", "password", BOB, "--password-stdin", "--json"];
    scene
        .bed
        .run_with_input(&password, "another horse battery")
        .succeeded();
    is_over(&scene, &app, &before, "password_changed").await;
    // A code of the old sign-in begins nothing.
    let answer = app
        .redeem(&unredeemed.code, &unredeemed.verifier)
        .await
        .unwrap();
    is_refused(&answer, (400, "invalid_grant", "password_changed"));
    assert!(is_live(&app, &bystander.access).await);
    let page = bob.visit("/settings/integrations").await.unwrap();
    assert!(page.sign_in_form().is_some(), "the session lives on");
    let bob = Person::new(&scene.server.site(), BOB, "another horse battery");
    renewed(&app, &given(&app, &bob).await.refresh).await;
}

#[tokio::test]
async fn who_ended_it_is_told() {
    let scene = Scene::new();
    let (app, bob) = (scene.app(&[]), bob(&scene));
    // By the user, on the page.
    let pair = given(&app, &bob).await;
    let page = bob.visit("/settings/integrations").await.unwrap();
    let action = format!(
        "/settings/integrations/grants/{}/end",
        grant_of(&pair.refresh)
    );
    let form = page
        .forms()
        .into_iter()
        .find(|form| form.action == action)
        .unwrap();
    bob.submit(&page, &form, &[]).await.unwrap();
    is_over(&scene, &app, &pair, "revoked_by_user").await;
    // By an admin, with a command.
    let pair = given(&app, &bob).await;
    scene
        .bed
        .run(&["grant", "revoke", &grant_of(&pair.refresh)])
        .succeeded();
    is_over(&scene, &app, &pair, "removed_by_admin").await;
    // With the account.
    let pair = given(&app, &bob).await;
    scene.bed.run(&["user", "suspend", BOB]).succeeded();
    is_over(&scene, &app, &pair, "user_suspended").await;
    scene.bed.run(&["user", "resume", BOB]).succeeded();
    is_over(&scene, &app, &pair, "user_suspended").await;
    let pair = given(&app, &bob).await;
    scene.bed.run(&["user", "remove", BOB, "--yes"]).succeeded();
    is_over(&scene, &app, &pair, "user_removed").await;
}

#[tokio::test]
async fn a_removed_client_is_nobody_and_its_grants_are_dead() {
    let scene = Scene::new();
    let (app, seer) = (scene.app(&[]), scene.app(&["--introspect", "team"]));
    let pair = scene.tokens(&app).await;
    assert!(is_live(&seer, &pair.access).await);
    scene
        .bed
        .run(&["client", "remove", &app.client_id, "--yes"])
        .succeeded();
    let refused = (401, "invalid_client", "client_not_authenticated");
    is_refused(&app.refresh(&pair.refresh).await.unwrap(), refused);
    assert!(!is_live(&seer, &pair.access).await && !is_live(&seer, &pair.refresh).await);
    assert_eq!(scene.grant(&pair.refresh)["state"], "client_removed");
}

#[tokio::test]
async fn one_grant_too_many_ends_the_one_used_longest_ago() {
    let scene = Scene::new();
    let app = scene.app(&["--live-grants", "2"]);
    let first = scene.tokens(&app).await;
    let second = scene.tokens(&app).await;
    // The first is older, and was used last.
    tokio::time::sleep(Duration::from_millis(20)).await;
    let first = renewed(&app, &first.refresh).await;
    let third = scene.tokens(&app).await;
    is_over(&scene, &app, &second, "superseded").await;
    for pair in [&first, &third] {
        assert!(is_live(&app, &pair.access).await);
    }
}

#[tokio::test]
async fn time_ends_a_grant_and_is_told() {
    let scene = Scene::new();
    let idle = scene.app(&["--idle-ttl", "3s"]);
    let whole = scene.app(&["--absolute-ttl", "3s"]);
    let brief = scene.app(&["--access-ttl", "2s"]);
    let unused = scene.tokens(&idle).await;
    let (old, used) = (scene.tokens(&whole).await, scene.tokens(&brief).await);
    let used = renewed(&brief, &used.refresh).await;
    let last = renewed(&whole, &old.refresh).await;
    tokio::time::sleep(Duration::from_millis(4_200)).await;
    is_over(&scene, &idle, &unused, "idle_expired").await;
    is_over(&scene, &whole, &last, "absolute_expired").await;
    // An expired token that was not the current one ends nothing, and has no other reason.
    has_ended(&whole, &old.refresh, "expired").await;
    assert!(
        !is_live(&brief, &used.access).await,
        "an access token outlives its end"
    );
    assert!(is_live(&brief, &used.refresh).await);
}

#[tokio::test]
async fn a_personal_token_ends_with_its_deletion() {
    let scene = Scene::new();
    let seer = scene.app(&["--introspect", "team"]);
    let made = scene.bed.json(&["pat", "create", "job"]);
    let token = text(&made, "token");
    assert!(is_live(&seer, token).await);
    scene
        .bed
        .run(&["pat", "delete", text(&made, "id"), "--yes"])
        .succeeded();
    assert!(!is_live(&seer, token).await);
}
