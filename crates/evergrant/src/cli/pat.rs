//! `evergrant pat`

use clap::Subcommand;
use evergrant_web::api::personal_tokens::{
    DeletePersonalToken, ListPersonalTokens, MakePersonalToken, ShowPersonalToken,
};
use evergrant_web::api::values::Expires;

use super::context::{Context, agreed};
use super::list::Part;
use crate::failure::Failed;

/// Make, list, show and delete personal access tokens.
///
/// On the machine itself they are the team owner's; through EVERGRANT_URL, the caller's.
#[derive(Debug, Subcommand)]
pub(super) enum Pat {
    /// Make a token, shown this once
    ///
    /// Scopes: read, write, admin, tokens (every held token), tokens:NAME (that of one
    /// connection). Without one, the token may do all that its maker may.
    ///
    /// Examples:
    ///   evergrant pat create "nightly backup" --scope read --expires 30d
    ///   evergrant pat create ci --scope tokens:github --json
    #[command(verbatim_doc_comment)]
    Create {
        /// What it is for
        purpose: String,
        /// What it may do; repeat for more [default: all that you may]
        #[arg(long = "scope", value_name = "S")]
        scopes: Vec<String>,
        /// When it ends: a duration, or never [default: 90d]
        #[arg(long, value_name = "DURATION|never", value_parser = Expires::parse)]
        expires: Option<Expires>,
    },
    /// List your tokens.
    List(Part),
    /// Show a token, without what is secret of it.
    Show {
        /// Its id
        id: String,
    },
    /// Delete a token; it opens nothing any more.
    Delete {
        /// Its id
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl Pat {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        match self {
            Self::Create {
                purpose,
                scopes,
                expires,
            } => {
                context
                    .show(MakePersonalToken {
                        purpose,
                        scopes,
                        expires,
                    })
                    .await
            }
            Self::List(Part { after, limit }) => {
                context.show(ListPersonalTokens { after, limit }).await
            }
            Self::Show { id } => context.show(ShowPersonalToken { id }).await,
            Self::Delete { id, yes } => {
                agreed(
                    yes,
                    &format!("Delete {id}? Whatever uses it stops working."),
                )?;
                context.show(DeletePersonalToken { id }).await
            }
        }
    }
}
