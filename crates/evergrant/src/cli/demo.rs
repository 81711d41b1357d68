//! `evergrant demo`

use std::path::PathBuf;

use clap::Args;

use crate::demo;
use crate::failure::Failed;

/// Tell the whole story, both directions, by real calls and commands, in new temporary stores.
///
/// It needs no network and touches no other store. It serves until Ctrl-C, and then removes what
/// it made.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// End after the story, with exit code 0 only if every step came out as told.
    #[arg(long)]
    exit: bool,
    /// Play the keeper in this directory: the demo starts itself so, to kill itself.
    #[arg(long, hide = true, value_name = "DIR")]
    keeper: Option<PathBuf>,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failed> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| Failed::because("failed", error.to_string()))?;
        match &self.keeper {
            Some(directory) => runtime.block_on(demo::keep(directory)),
            None => runtime.block_on(demo::run(self.exit)),
        }
    }
}
