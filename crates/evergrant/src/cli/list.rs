//! Which part of a list is asked for.

use clap::Args;

/// The part of a list.
#[derive(Debug, Args)]
pub(super) struct Part {
    /// Begin after the `next` of the part before
    #[arg(long, value_name = "NEXT")]
    pub(super) after: Option<String>,
    /// How many rows at most, 1 to 200 [default: 200]
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u32>,
}
