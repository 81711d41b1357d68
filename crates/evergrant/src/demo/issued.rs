//! The issued part of the story: what an API's users and the apps that ask them go through.

use evergrant_web::api::grants::{EndGrant, ListGrants, ShowGrant};
use evergrant_web::api::me::ShowMe;
use evergrant_web::api::personal_tokens::{DeletePersonalToken, MakePersonalToken};
use serde_json::{Value, json};

use super::Broken;
use super::check::{act, expect, text};
use super::stage::{Client, NEW_PASSWORD, PASSWORD, Stage};
use super::tell::Teller;

/// Tells it; ends at the first step that does not come out as told.
pub(super) async fn tell(stage: &Stage, teller: &mut Teller) -> Result<(), Broken> {
    let client = stage.client("Campus Planner").await?;
    let first = consent(stage, &client, teller).await?;
    let second = lost_answer(&client, &first, teller).await?;
    let third = five_at_once(&client, &second, teller).await?;
    stolen(stage, &client, (&second, &third), teller).await?;
    personal_token(stage, teller).await?;
    ended_by_the_user(stage, &client, teller).await?;
    password_changed(stage, teller).await
}

async fn consent(stage: &Stage, client: &Client, teller: &mut Teller) -> Result<Value, Broken> {
    teller.step(
        "A user lets an app in",
        "Ada signs in and allows \"Campus Planner\" what it asks for (code flow, PKCE).",
    );
    let tokens = client.ask(stage, PASSWORD).await?;
    let access = text(&tokens, "access_token")?;
    expect(client.is_live(access).await?, "the access token is live")?;
    teller.seen("the app holds an access token for five minutes and a one-time refresh token");
    teller.look(&format!(
        "client {}, scope {}",
        client.id,
        text(&tokens, "scope")?
    ));
    Ok(tokens)
}

async fn lost_answer(client: &Client, first: &Value, teller: &mut Teller) -> Result<Value, Broken> {
    teller.step(
        "An answer gets lost",
        "The app refreshes, its network drops the answer, and it asks again with the old token.",
    );
    let old = text(first, "refresh_token")?;
    let lost = client.refresh(old).await?;
    let again = client.refresh(old).await?;
    let same = text(&lost, "refresh_token")? == text(&again, "refresh_token")?;
    expect(same, "the retry got the same successor")?;
    teller.seen("the retry got the same successor: nobody is logged out, nothing is forked");
    Ok(again)
}

async fn five_at_once(
    client: &Client,
    tokens: &Value,
    teller: &mut Teller,
) -> Result<Value, Broken> {
    teller.step(
        "Five processes refresh at once",
        "They share one login, as scripts on a desk do, and all see it expire together.",
    );
    let token = text(tokens, "refresh_token")?;
    let (a, b, c, d, e) = tokio::join!(
        client.refresh(token),
        client.refresh(token),
        client.refresh(token),
        client.refresh(token),
        client.refresh(token),
    );
    let answers = [a?, b?, c?, d?, e?];
    let successors: Result<Vec<_>, _> = answers
        .iter()
        .map(|answer| text(answer, "refresh_token"))
        .collect();
    let successors = successors?;
    let one = successors
        .windows(2)
        .all(|pair| pair.first() == pair.last());
    expect(one, "all five got one successor")?;
    teller.seen("all five were answered, with one and the same successor");
    let [answer, ..] = answers;
    let next = client.refresh(text(&answer, "refresh_token")?).await?;
    teller.seen("and it works");
    Ok(next)
}

async fn stolen(
    stage: &Stage,
    client: &Client,
    (old, current): (&Value, &Value),
    teller: &mut Teller,
) -> Result<(), Broken> {
    teller.step(
        "A stolen refresh token is used",
        "Somebody copied a token from a backup; its successor was used long ago.",
    );
    let refused = client.refresh(text(old, "refresh_token")?).await?;
    expect(
        text(&refused, "error_code")? == "reuse_detected",
        "the copy is recognised",
    )?;
    teller.seen("refused: invalid_grant, reuse_detected");
    expect(
        !client.is_live(text(current, "access_token")?).await?,
        "the access token is dead",
    )?;
    let ended = client.refresh(text(current, "refresh_token")?).await?;
    expect(
        text(&ended, "error_code")? == "reuse_detected",
        "the newest token is dead too",
    )?;
    teller.seen("the whole grant is dead, the thief's tokens and the app's");
    let api = stage.api(&stage.token)?;
    let grants = api.ask(&act::<ListGrants>(json!({}))?).await?;
    let id = grants.items.first().map(|grant| grant.grant_id.clone());
    let id = id.ok_or_else(|| Broken::new("the API lists no grant"))?;
    let shown = api.ask(&act::<ShowGrant>(json!({ "id": id }))?).await?;
    let incident = shown.incidents.first();
    let incident = incident.ok_or_else(|| Broken::new("there is no incident"))?;
    teller.seen("an incident says who presented it first and second, and the likely story");
    teller.look(&format!("evergrant grant show {id}: {}", incident.story));
    Ok(())
}

async fn personal_token(stage: &Stage, teller: &mut Teller) -> Result<(), Broken> {
    teller.step(
        "A personal access token",
        "Ada makes one for a script, the script uses it, and Ada deletes it.",
    );
    let api = stage.api(&stage.token)?;
    let asked = json!({ "purpose": "Nightly report", "scopes": ["read"] });
    let made = api.ask(&act::<MakePersonalToken>(asked)?).await?;
    teller.seen(&format!("made: {}… is all that is shown again", made.hint));
    let script = stage.api(&made.token.0.clone())?;
    script.ask(&act::<ShowMe>(json!({}))?).await?;
    teller.seen("the script reads with it");
    let id = made.id.clone();
    api.ask(&act::<DeletePersonalToken>(json!({ "id": id }))?)
        .await?;
    let refused = script.ask(&act::<ShowMe>(json!({}))?).await;
    expect(refused.is_err(), "a deleted token opens nothing")?;
    teller.seen("deleted; the script's next call is refused");
    Ok(())
}

async fn ended_by_the_user(
    stage: &Stage,
    client: &Client,
    teller: &mut Teller,
) -> Result<(), Broken> {
    teller.step(
        "Ada ends an app's access",
        "On her page \"Approved integrations\", or here through the API.",
    );
    let tokens = client.ask(stage, PASSWORD).await?;
    let api = stage.api(&stage.token)?;
    let grants = api.ask(&act::<ListGrants>(json!({}))?).await?;
    let id = grants.items.last().map(|grant| grant.grant_id.clone());
    let id = id.ok_or_else(|| Broken::new("the API lists no grant"))?;
    api.ask(&act::<EndGrant>(json!({ "id": id }))?).await?;
    let refused = client.refresh(text(&tokens, "refresh_token")?).await?;
    expect(
        text(&refused, "error_code")? == "revoked_by_user",
        "the app is told why",
    )?;
    teller.seen("the app's next refresh is refused, and it is told why: revoked_by_user");
    Ok(())
}

async fn password_changed(stage: &Stage, teller: &mut Teller) -> Result<(), Broken> {
    teller.step(
        "A password is changed",
        "Everything that rests on an older sign-in ends, by comparing two numbers.",
    );
    let client = stage.client("Grade Mailer").await?;
    let tokens = client.ask(stage, PASSWORD).await?;
    let script = json!({ "purpose": "Made before the password changed", "scopes": ["read"] });
    let api = stage.api(&stage.token)?;
    let personal = api.ask(&act::<MakePersonalToken>(script)?).await?;
    stage.set_password(NEW_PASSWORD).await?;
    let refused = client.refresh(text(&tokens, "refresh_token")?).await?;
    expect(
        text(&refused, "error_code")? == "password_changed",
        "the app is told why",
    )?;
    teller.seen("the app is told why: password_changed");
    let script = stage.api(&personal.token.0)?;
    let refused = script.ask(&act::<ShowMe>(json!({}))?).await;
    expect(refused.is_err(), "the personal token is dead")?;
    teller.seen("Ada's personal tokens ended too");
    let again = client.ask(stage, NEW_PASSWORD).await?;
    let live = client.is_live(text(&again, "access_token")?).await?;
    expect(live, "the app is let in again")?;
    teller.seen("Ada signs in with the new password and lets the app in again");
    Ok(())
}
