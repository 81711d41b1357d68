//! An answer that nobody has read when the process dies: with a journal, and without.

use std::time::Duration;

use evergrant_web::api::connections::{ConnectionShown, RefreshConnection, ShowConnection};
use evergrant_web::service::World as _;
use evergrant_web::service::core::held::{Attempt, Phase};
use evergrant_web::service::core::{Secret, Time};
use evergrant_web::service::world::Real;
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::super::Broken;
use super::super::check::{act, expect, text};
use super::super::keeper::{Keeper, Serving};
use super::super::stage::NEW_PASSWORD;
use super::super::tell::Teller;
use super::{Cast, NAME};
use crate::door::Server;

/// How long a keeper may take to look at its journal; it is only reached when something is wrong.
const RECOVERY: Duration = Duration::from_secs(30);

/// Gives when it was killed, and the server that was started then.
pub(super) async fn killed(
    cast: &Cast<'_>,
    (mut first, old): (Serving, &Secret),
    teller: &mut Teller,
) -> Result<(Time, Serving), Broken> {
    teller.step(
        "The keeper is killed in the middle of a refresh",
        "It stands still for us when the answer is on disk and nobody has read it: kill -9.",
    );
    let before = cast.at_provider().await?;
    let operator = cast.key("operator", &[]).await?;
    first.stand_still().await?;
    let api = first.api(&operator);
    let refresh = act::<RefreshConnection>(json!({ "connection": NAME }))?;
    let asking = tokio::spawn(async move { api.ask(&refresh).await });
    first.stands().await?;
    first.kill()?;
    let killed_at = Real::default().now();
    let answer = asking.await;
    let cut = |failed: crate::failure::Failed| failed.0.code == "server_unreachable";
    let cut = answer.is_ok_and(|it| it.is_err_and(cut));
    expect(cut, "whoever asked got no answer")?;
    let id = first.id();
    teller.seen(&format!(
        "process {id} is gone; whoever asked it for new tokens got no answer"
    ));
    let made = cast.at_provider().await?;
    expect(made == before + 1, "the provider made new tokens")?;
    let row = newest(&cast.keeper).await?;
    let (kept, phase) = (row.generation, row.phase);
    let unread = kept == before && phase == Phase::Received;
    expect(unread, "the answer lies in the journal, unread")?;
    teller.seen(&format!(
        "the provider is at generation {made}, the keeper at {kept}; its journal says: {}",
        phase.as_str()
    ));
    let serving = cast.keeper.serve().await?;
    let found = recovered(&serving.api(&operator), made).await?;
    teller.seen(&format!(
        "evergrant serve, on the same store, read it in the journal: generation {}, {}",
        found.generation, found.state
    ));
    let token = cast.token(&serving).await?;
    let live = cast.client.is_live(token.expose()).await?;
    let new = token.expose() != old.expose();
    expect(live && new, "there is a new token, and it is live")?;
    let still = cast.at_provider().await?;
    expect(still == made, "the provider was not asked again")?;
    teller.seen(&format!(
        "a program gets the new token, a live one; the provider was not asked again: still {still}"
    ));
    Ok((killed_at, serving))
}

/// The newest row of the journal, by a look that changes nothing: a command would recover it.
async fn newest(keeper: &Keeper) -> Result<Attempt, Broken> {
    let mut rows = keeper.journal(NAME).await?.into_iter();
    rows.next()
        .ok_or_else(|| Broken::new("the journal is empty"))
}

/// Waits until the connection has the tokens that the provider made.
async fn recovered(api: &Server, generation: u64) -> Result<ConnectionShown, Broken> {
    let show = act::<ShowConnection>(json!({ "connection": NAME }))?;
    let looking = async {
        loop {
            let shown = api.ask(&show).await?;
            if shown.generation == generation && shown.state == "active" {
                return Ok(shown);
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    let late = |_| Broken::new("the keeper does not recover");
    timeout(RECOVERY, looking).await.map_err(late)?
}

pub(super) async fn without_a_journal(cast: &Cast<'_>, teller: &mut Teller) -> Result<(), Broken> {
    teller.step(
        "The same without a journal",
        "A script with its own grant loses such an answer, and sends its one-time token again.",
    );
    let script = cast.stage.strict_client("Naive script").await?;
    let tokens = script.ask(cast.stage, NEW_PASSWORD).await?;
    let token = text(&tokens, "refresh_token")?;
    let lost = script.refresh(token).await?;
    let again = script.refresh(token).await?;
    let (error, code) = (text(&again, "error")?, text(&again, "error_code")?);
    expect(code == "reuse_detected", "it is taken for a theft")?;
    teller.seen(&format!("refused: {error}, {code}"));
    let live = script.is_live(text(&lost, "access_token")?).await?;
    let state = cast.stage.grant_of(&script).await?.state;
    expect(!live && state == code, "its grant is dead")?;
    cast.at_provider().await?;
    teller.seen("its grant is dead, and Ada has to be asked anew; the keeper's lives");
    Ok(())
}
