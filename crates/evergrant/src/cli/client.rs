//! `evergrant client`

use clap::{Args, Subcommand};
use evergrant_web::api::clients::{
    AddClient, ListClients, RemoveClient, RenewClientSecret, ShowClient,
};
use evergrant_web::api::values::{
    AlgorithmWord, Length, OnTwoHoldersWord, ReachWord, ReplayWindow,
};

use super::context::{Context, agreed};
use super::list::Part;
use crate::failure::Failed;

/// Register, list, show and remove the apps that may ask your users for grants.
#[derive(Debug, Subcommand)]
pub(super) enum Client {
    Add(Add),
    /// List the clients of the team.
    List(Part),
    /// Show a client.
    Show {
        /// Its id
        id: String,
    },
    /// Give a client another secret, shown this once; the old one ends at once.
    Secret {
        /// Its id
        id: String,
    },
    /// Remove a client; everything that it was given ends.
    Remove {
        /// Its id
        id: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Register a client; prints its id, and its secret this once
///
/// Examples:
///   evergrant client add Billing --redirect-uri https://billing.example/callback --scope invoices
///   evergrant client add Phone --public --redirect-uri com.acme.phone:/callback
///   evergrant client add Nightly --grant-type client_credentials --scope reports
///   evergrant client add API --grant-type client_credentials --introspect team
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Add {
    /// The name that users see when they are asked
    name: String,
    /// Where answers may be sent, compared exactly; repeat for more
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// A scope that it may ask for, a free word; repeat for more
    #[arg(long = "scope", value_name = "S")]
    scopes: Vec<String>,
    /// authorization_code, refresh_token or client_credentials; repeat for more
    /// [default: authorization_code and refresh_token]
    #[arg(long = "grant-type", value_name = "T")]
    grant_types: Vec<String>,
    /// It can keep no secret, as an app on a phone or in a browser
    #[arg(long)]
    public: bool,
    /// For how many seconds a lost answer may be asked for again, or `strict` [default: 60]
    #[arg(long, value_name = "strict|SECONDS", value_parser = ReplayWindow::parse)]
    replay: Option<ReplayWindow>,
    /// How many generations of access tokens of a grant are alive at once [default: 10]
    #[arg(long, value_name = "N")]
    live_access_tokens: Option<u32>,
    /// How many live grants one user may have given it [default: 100]
    #[arg(long, value_name = "N")]
    live_grants: Option<u32>,
    /// How long an access token lives, at most 1d [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = Length::parse)]
    access_ttl: Option<Length>,
    /// After how long without a refresh a grant ends [default: 30d]
    #[arg(long, value_name = "DURATION", value_parser = Length::parse)]
    idle_ttl: Option<Length>,
    /// How long a grant lives at most [default: 365d]
    #[arg(long, value_name = "DURATION", value_parser = Length::parse)]
    absolute_ttl: Option<Length>,
    /// Whose tokens it may introspect: its own, or the team's [default: own]
    #[arg(long, value_name = "own|team", value_parser = ReachWord::parse)]
    introspect: Option<ReachWord>,
    /// What follows when two holders use one grant's refresh tokens [default: report]
    #[arg(long, value_name = "report|revoke", value_parser = OnTwoHoldersWord::parse)]
    on_two_holders: Option<OnTwoHoldersWord>,
    /// How its access tokens are signed: EdDSA, ES256 or RS256 [default: EdDSA]
    #[arg(long, value_name = "ALG", value_parser = AlgorithmWord::parse)]
    signing: Option<AlgorithmWord>,
}

impl From<Add> for AddClient {
    fn from(add: Add) -> Self {
        Self {
            name: add.name,
            public: add.public,
            redirect_uris: add.redirect_uris,
            scopes: add.scopes,
            grant_types: add.grant_types,
            replay: add.replay,
            live_access_tokens: add.live_access_tokens,
            live_grants: add.live_grants,
            access_ttl: add.access_ttl,
            idle_ttl: add.idle_ttl,
            absolute_ttl: add.absolute_ttl,
            introspect: add.introspect,
            on_two_holders: add.on_two_holders,
            signing: add.signing,
        }
    }
}

impl Client {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        match self {
            Self::Add(add) => context.show(AddClient::from(add)).await,
            Self::List(Part { after, limit }) => context.show(ListClients { after, limit }).await,
            Self::Show { id } => context.show(ShowClient { id }).await,
            Self::Secret { id } => context.show(RenewClientSecret { id }).await,
            Self::Remove { id, yes } => {
                agreed(
                    yes,
                    &format!("Remove {id} and end all grants that it was given?"),
                )?;
                context.show(RemoveClient { id }).await
            }
        }
    }
}
