//! `evergrant grant`

use clap::Subcommand;
use evergrant_web::api::grants::{EndGrant, ListGrants, ShowGrant};

use super::context::Context;
use super::list::Part;
use crate::failure::Failed;

/// List, show and end the grants that users gave to clients.
#[derive(Debug, Subcommand)]
pub(super) enum Grant {
    /// List grants; ended ones too, as long as they are kept.
    List(Part),
    /// Show a grant: why it ended, its incidents, and who presented its tokens last.
    Show {
        /// Its id
        id: String,
    },
    /// End a grant and all its tokens.
    Revoke {
        /// Its id
        id: String,
    },
}

impl Grant {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        match self {
            Self::List(Part { after, limit }) => context.show(ListGrants { after, limit }).await,
            Self::Show { id } => context.show(ShowGrant { id }).await,
            Self::Revoke { id } => context.show(EndGrant { id }).await,
        }
    }
}
