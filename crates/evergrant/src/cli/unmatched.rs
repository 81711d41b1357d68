//! `evergrant unmatched`

use clap::Subcommand;
use evergrant_web::api::unmatched::{
    ExportUnmatched, ListUnmatched, RemoveUnmatched, ShowUnmatched,
};

use super::context::Context;
use super::list::Part;
use crate::failure::Failed;

/// See what providers said that nothing here understands.
///
/// Each text is masked and counted; what differs each time is shown as #. A team keeps 500, each
/// for a year after it was seen last.
#[derive(Debug, Subcommand)]
pub(super) enum Unmatched {
    /// List the texts, those first that were met last.
    List(Part),
    /// Show one.
    Show {
        /// The text's id
        id: String,
    },
    /// Print one, or all, as signatures to be filled in
    ///
    /// They have the form of the catalogue's files. Say in each which words tell it, what happened,
    /// who must act, and how sure that is.
    Export {
        /// The text's id; all, if none is given
        id: Option<String>,
    },
    /// Forget one; met again, it is counted anew.
    Remove {
        /// The text's id
        id: String,
    },
}

impl Unmatched {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        match self {
            Self::List(Part { after, limit }) => context.show(ListUnmatched { after, limit }).await,
            Self::Show { id } => context.show(ShowUnmatched { id }).await,
            Self::Export { id } => context.show(ExportUnmatched { id }).await,
            Self::Remove { id } => context.show(RemoveUnmatched { id }).await,
        }
    }
}
