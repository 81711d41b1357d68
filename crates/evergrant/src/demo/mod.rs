//! `evergrant demo`: the whole story by real HTTP calls to the real server, in a new temporary
//! store that is gone afterwards.

mod http;
mod issued;
mod stage;
mod tell;

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::Failed;
use stage::Stage;
use tell::Teller;

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
    let stage = Stage::set().await?;
    let outcome = tokio::select! {
        outcome = play(&stage, exit) => outcome,
        () = asked_to_end() => Ok(()),
    };
    stage.clear().await;
    outcome
}

async fn play(stage: &Stage, exit: bool) -> Result<(), Failed> {
    let mut teller = Teller::begin(&stage.url, &stage.directory());
    let told = issued::tell(stage, &mut teller).await;
    told.map_err(|Broken(what)| {
        let text = format!("The demo did not come out as told: {what}");
        Failed::because("demo_broken", text)
    })?;
    teller.end();
    if !exit {
        let link = stage.sign_in_link();
        teller.invite(&stage.url, &stage.email, &link);
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
