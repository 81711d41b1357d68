//! `evergrant demo`: the whole story by real HTTP calls to the real server, in a new temporary
//! store that is gone afterwards.

mod http;
mod issued;
mod stage;
mod tell;

use evergrant_web::service::core::Secret;

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
    let mut teller = Teller::begin(&stage.url, &stage.directory());
    let told = issued::tell(&stage, &mut teller).await;
    if let Err(Broken(what)) = told {
        stage.clear().await;
        return Err(Failed::because(
            "demo_broken",
            format!("The demo did not come out as told: {what}"),
        ));
    }
    teller.end();
    if !exit {
        let link = stage.sign_in_link().await?;
        teller.invite(&stage.url, &stage.email, &Secret::new(link));
        // The only way on from here is Ctrl-C; without it the process is ended anyway.
        drop(tokio::signal::ctrl_c().await);
        teller.farewell();
    }
    stage.clear().await;
    Ok(())
}
