//! What every management command has at hand.

use std::time::Duration;

use evergrant_web::api::Act;
use evergrant_web::service::core::Time;
use evergrant_web::service::world::{Real, World as _};
use serde::Serialize;

use super::interrupt::interrupted;
use crate::config::{Config, Environment, Flags, Layers};
use crate::door::{Door, Reach};
use crate::failure::Failed;
use crate::render::Render;
use crate::{logs, output};

/// How long nobody wonders what we wait for.
const UNNOTICED: Duration = Duration::from_millis(300);

/// The settings, the environment, and how to answer.
pub(crate) struct Context {
    /// The settings.
    pub(crate) config: Config,
    /// The variables that concern us.
    pub(crate) environment: Environment,
    json: bool,
}

impl Context {
    /// Reads the settings and starts logging.
    ///
    /// # Errors
    /// When a setting is wrong.
    pub(crate) fn new(flags: &Flags, json: bool) -> Result<Self, Failed> {
        let environment = Environment::read()?;
        let layers = Layers::gather(&environment, flags)?;
        let config = Config::check(&layers, &environment, "warn")?;
        logs::start(&config);
        Ok(Self {
            config,
            environment,
            json,
        })
    }

    /// Has an act done and prints its answer.
    ///
    /// # Errors
    /// When it can't be done.
    pub(crate) async fn show<A: Act>(&self, act: A) -> Result<(), Failed>
    where
        A::Answer: Render,
    {
        let door = Door::find(&self.config, &self.environment, Reach::Store).await?;
        let answer = door.ask(act).await?;
        self.print(&answer);
        Ok(())
    }

    /// The same for an act about held grants, which may ask providers.
    ///
    /// # Errors
    /// When it can't be done.
    pub(crate) async fn show_held<A: Act>(&self, act: A) -> Result<(), Failed>
    where
        A::Answer: Render,
    {
        let answer = self.hold(async |door| door.ask(act).await).await?;
        self.print(&answer);
        Ok(())
    }

    /// Does something that may ask providers. Whoever interrupts it waits until what was sent is
    /// answered; nothing more is sent.
    ///
    /// # Errors
    /// When it can't be done, or was interrupted.
    pub(crate) async fn hold<T>(
        &self,
        work: impl AsyncFnOnce(&Door) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        let door = Door::find(&self.config, &self.environment, Reach::Providers).await?;
        let outcome = tokio::select! {
            biased;
            outcome = work(&door) => outcome,
            signal = interrupted() => Err(signal),
        };
        let closed = door.close();
        tokio::pin!(closed);
        if tokio::time::timeout(UNNOTICED, &mut closed).await.is_err() {
            output::note("Waiting for the provider's answer to what was sent.");
            closed.await;
        }
        outcome
    }

    /// Whether the answer is a document in JSON.
    pub(crate) const fn is_json(&self) -> bool {
        self.json
    }

    /// Prints an answer.
    pub(crate) fn print(&self, answer: &(impl Serialize + Render)) {
        if self.json {
            output::document(answer);
        } else {
            output::text(answer.render(now()).trim_end());
        }
    }
}

fn now() -> Time {
    Real::default().now()
}

/// Goes on if a person who can be asked agrees.
///
/// # Errors
/// When they don't.
pub(crate) fn agreed(yes: bool, question: &str) -> Result<(), Failed> {
    if yes || output::confirmed(question) {
        Ok(())
    } else {
        Err(Failed::because("not_confirmed", "Nothing was done."))
    }
}
