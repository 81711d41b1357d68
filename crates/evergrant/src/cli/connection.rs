//! `evergrant connection`

use clap::{Args, Subcommand};
use evergrant_web::api::connections::{
    CheckConnection, ListConnections, ListHistory, RefreshConnection, RemoveConnection,
    ResumeConnection, ShowConnection, SuspendConnection,
};

use super::context::{Context, agreed};
use super::import::Import;
use super::list::Part;
use super::state::{unrenewed, unserved};
use crate::failure::Failed;

/// List, show, check, refresh, stop and remove the connections to providers.
#[derive(Debug, Subcommand)]
pub(super) enum Connection {
    /// List the connections of the team.
    List(Part),
    /// Show a connection: its state, why, and when it is renewed next.
    Show {
        /// Its name or id
        name: String,
    },
    /// Look whether a connection serves; it never refreshes
    ///
    /// Where the provider has a way, it is asked whether it takes the access token. Exit code 0 if
    /// the connection serves; else 5, 6 or 1, by its state.
    #[command(verbatim_doc_comment)]
    Check {
        /// Its name or id
        name: String,
    },
    Refresh(Refresh),
    /// Show what was tried, the newest first
    ///
    /// An attempt is claimed, sent, received, and then applied or refused; or aborted, if nothing
    /// was sent.
    #[command(verbatim_doc_comment)]
    History {
        /// The connection's name or id
        name: String,
        #[command(flatten)]
        part: Part,
    },
    /// Stop a connection: no token is given out, and the provider is not asked.
    Suspend {
        /// Its name or id
        name: String,
    },
    /// Let a suspended connection go on.
    Resume {
        /// Its name or id
        name: String,
    },
    /// Remove a connection; its grant is ended at the provider, where that is possible.
    Remove {
        /// Its name or id
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    Import(Import),
}

/// Ask the provider for new tokens now
///
/// If the answer to the last request is unknown, only what the provider's replay policy allows is
/// sent. Exit code 0 if there are new tokens; 5 if a person has to authorize anew; 6 if it is in
/// doubt or temporary; 1 if the integration is at fault.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Refresh {
    /// The connection's name or id
    name: String,
    /// The process whose request is unanswered is gone for good, and with it the answer
    #[arg(long)]
    sender_gone: bool,
}

impl Connection {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        match self {
            Self::List(Part { after, limit }) => {
                context.show_held(ListConnections { after, limit }).await
            }
            Self::Show { name } => context.show_held(ShowConnection { connection: name }).await,
            Self::Check { name } => check(context, name).await,
            Self::Refresh(refresh) => refresh.run(context).await,
            Self::History { name, part } => {
                let list = ListHistory {
                    connection: name,
                    after: part.after,
                    limit: part.limit,
                };
                context.show_held(list).await
            }
            Self::Suspend { name } => {
                context
                    .show_held(SuspendConnection { connection: name })
                    .await
            }
            Self::Resume { name } => {
                context
                    .show_held(ResumeConnection { connection: name })
                    .await
            }
            Self::Remove { name, yes } => {
                agreed(yes, &format!("Remove {name} and end its grant?"))?;
                context
                    .show_held(RemoveConnection { connection: name })
                    .await
            }
            Self::Import(import) => import.run(context).await,
        }
    }
}

async fn check(context: &Context, name: String) -> Result<(), Failed> {
    let check = CheckConnection { connection: name };
    let checked = context.hold(async |door| door.ask(check).await).await?;
    if checked.serves {
        context.print(&checked);
        Ok(())
    } else {
        Err(unserved(checked))
    }
}

impl Refresh {
    async fn run(self, context: &Context) -> Result<(), Failed> {
        let refresh = RefreshConnection {
            connection: self.name,
            sender_gone: self.sender_gone,
        };
        let refreshed = context.hold(async |door| door.ask(refresh).await).await?;
        if refreshed.renewed {
            context.print(&refreshed);
            Ok(())
        } else {
            Err(unrenewed(refreshed))
        }
    }
}
