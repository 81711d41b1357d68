//! What every management command has at hand.

use evergrant_web::api::Act;
use evergrant_web::service::core::Time;
use evergrant_web::service::world::{Real, World as _};
use serde::Serialize;

use crate::config::{Config, Environment, Flags, Layers};
use crate::door::Door;
use crate::failure::Failed;
use crate::render::Render;
use crate::{logs, output};

/// The settings, the environment, and how to answer.
pub(crate) struct Context {
    /// The settings.
    pub(crate) config: Config,
    environment: Environment,
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
        let door = Door::find(&self.config, &self.environment).await?;
        let answer = door.ask(act).await?;
        self.print(&answer);
        Ok(())
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
