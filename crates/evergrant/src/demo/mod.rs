//! `evergrant demo`: the whole story by real HTTP calls to real servers, and by real commands, in
//! new temporary stores that are gone afterwards.

mod check;
mod held;
mod http;
mod issued;
mod keeper;
mod process;
mod stage;
mod still;
mod tell;

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failed;
use stage::Stage;
use tell::Teller;

pub(crate) use still::keep;

/// A step that did not come out as told.
#[derive(Debug)]
pub(crate) struct Broken(String);

impl Broken {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

impl From<Failed> for Broken {
    fn from(failed: Failed) -> Self {
        Self(failed.0.detail)
    }
}

/// Tells the story; then serves until Ctrl-C, unless `exit` is asked for.
///
/// # Errors
/// When a step did not come out as told.
pub(crate) async fn run(exit: bool) -> Result<(), Failed> {
    let mut stage = Stage::set().await?;
    let outcome = tokio::select! {
        outcome = play(&mut stage, exit) => outcome,
        () = asked_to_end() => Ok(()),
    };
    stage.clear().await;
    outcome
}

async fn play(stage: &mut Stage, exit: bool) -> Result<(), Failed> {
    let mut teller = Teller::begin(&stage.url, &stage.directory());
    let broken = |Broken(what)| {
        let text = format!("The demo did not come out as told: {what}");
        Failed::because("demo_broken", text)
    };
    issued::tell(stage, &mut teller).await.map_err(broken)?;
    stage.renew_token().await?;
    let held = held::tell(stage, &mut teller).await.map_err(broken)?;
    teller.end();
    if !exit {
        let link = stage.sign_in_link();
        teller.invite(&stage.url, &stage.email, &link);
        teller.invite_to_keeper(held.serving.url(), &held.keeper.variables());
        std::future::pending::<()>().await;
    }
    Ok(())
}

/// Ready when somebody ends the demo: at a terminal, or from outside.
async fn asked_to_end() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tell::farewell();
}
