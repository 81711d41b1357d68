//! `evergrant provider`

use clap::Subcommand;
use evergrant_web::api::Problem;
use evergrant_web::api::providers;
use evergrant_web::service::core::Time;
use serde::Serialize;

use crate::failure::Failed;
use crate::output;
use crate::render::Render;

/// List and show the providers that the catalogue knows.
#[derive(Debug, Subcommand)]
pub(super) enum Provider {
    /// List the providers.
    List,
    /// Show where a provider is asked, what its habits are, and where that is from.
    Show {
        /// Its key or another name of it, such as google or facebook
        key: String,
    },
}

impl Provider {
    /// Answers from the catalogue alone: there need not be a store.
    pub(super) fn run(self, json: bool) -> Result<(), Failed> {
        match self {
            Self::List => print(&providers::list(), json),
            Self::Show { key } => {
                let shown = providers::show(&key).map_err(|_| unknown(&key))?;
                print(&shown, json);
            }
        }
        Ok(())
    }
}

fn unknown(key: &str) -> Failed {
    let detail = format!(
        "There is no provider {key:?} in the catalogue. `evergrant provider list` shows what \
         there is; any other server is added as `generic`, with its addresses."
    );
    Problem::new(404, "not_found", detail).into()
}

fn print(answer: &(impl Serialize + Render), json: bool) {
    if json {
        output::document(answer);
    } else {
        // Nothing in the catalogue is told by the time of day.
        output::text(answer.render(Time::default()).trim_end());
    }
}
