//! `evergrant demo`

use clap::Args;

use crate::demo;
use crate::failure::Failed;

/// Tell the whole story, by real calls to the real server, in a new temporary store.
///
/// It needs no network and touches no other store. It serves until Ctrl-C, and then removes what
/// it made.
#[derive(Debug, Args)]
pub(super) struct Demo {
    /// End after the story, with exit code 0 only if every step came out as told.
    #[arg(long)]
    exit: bool,
}

impl Demo {
    pub(super) fn run(self) -> Result<(), Failed> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|error| Failed::because("failed", error.to_string()))?;
        runtime.block_on(demo::run(self.exit))
    }
}
