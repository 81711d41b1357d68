//! `evergrant integration`

use clap::{Args, Subcommand};
use evergrant_web::api::integrations::{
    AddIntegration, ListIntegrations, RemoveIntegration, SetIntegrationSecret, ShowIntegration,
};
use evergrant_web::api::values::{ClientAuthWord, PlainSecret, ReplayPolicyWord};

use super::context::{Context, agreed};
use super::list::Part;
use crate::failure::Failed;
use crate::input::{new_secret, secret_line};

/// Add, list, show and remove your registrations at providers.
#[derive(Debug, Subcommand)]
pub(super) enum Integration {
    Add(Box<Add>),
    /// List the integrations of the team.
    List(Part),
    /// Show an integration and the addresses where its provider is asked.
    Show {
        /// Its name or id
        name: String,
    },
    /// Give an integration another client secret
    ///
    /// Connections that stopped because the provider refused the old one go on: one at once, the
    /// others within the minute that follows.
    ///
    /// Examples:
    ///   evergrant integration secret github
    ///   pass show github | evergrant integration secret github --client-secret-stdin
    #[command(verbatim_doc_comment)]
    Secret {
        /// Its name or id
        name: String,
        /// Read the secret from one line of standard input, without asking
        #[arg(long)]
        client_secret_stdin: bool,
    },
    /// Remove an integration that no connection uses.
    Remove {
        /// Its name or id
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// Add a registration at a provider; prints its id, its name and its redirect address
///
/// Register the redirect address at the provider. `evergrant connect` on this machine waits at
/// http://127.0.0.1:PORT/oauth/callback instead, with the port of its flag --callback-port.
///
/// Examples:
///   evergrant provider list
///   evergrant integration add github --client-id ID --client-secret-stdin --scope repo
///   evergrant integration add generic --name acme --client-id ID --issuer https://id.acme.example
///   evergrant integration add generic --name acme --client-id ID --client-auth none \
///     --authorization-url https://id.acme.example/authorize \
///     --token-url https://id.acme.example/token --replay window:30
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Add {
    /// A provider of the catalogue (`evergrant provider list`), or `generic` for any other
    provider: String,
    /// The client id that the provider gave
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// Read the client secret that the provider gave from one line of standard input
    #[arg(long)]
    client_secret_stdin: bool,
    /// A scope to ask for; repeat for more
    #[arg(long = "scope", value_name = "S")]
    scopes: Vec<String>,
    /// What it is called here [default: the provider's key]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The customer's own address, for providers that have one for each
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    #[command(flatten)]
    addresses: Addresses,
    /// What becomes of a refresh token that is used twice: reusable, until_first_use,
    /// window:SECONDS, strict or punitive [default: as the catalogue says; else strict]
    #[arg(long, value_name = "POLICY", value_parser = ReplayPolicyWord::parse)]
    replay: Option<ReplayPolicyWord>,
    /// How the client says who it is [default: as the catalogue says]
    #[arg(long, value_name = "basic|post|none", value_parser = ClientAuthWord::parse)]
    client_auth: Option<ClientAuthWord>,
}

/// Where the provider is asked; the catalogue knows it, but for `generic`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Addresses, where the catalogue has none or others")]
struct Addresses {
    /// Where people consent
    #[arg(long, value_name = "URL")]
    authorization_url: Option<String>,
    /// Where tokens are given
    #[arg(long, value_name = "URL")]
    token_url: Option<String>,
    /// Where tokens are renewed, if elsewhere
    #[arg(long, value_name = "URL")]
    refresh_url: Option<String>,
    /// Where tokens are given back (RFC 7009)
    #[arg(long, value_name = "URL")]
    revocation_url: Option<String>,
    /// Where devices ask (RFC 8628)
    #[arg(long, value_name = "URL")]
    device_url: Option<String>,
    /// Who the account is, asked with an access token
    #[arg(long, value_name = "URL")]
    userinfo_url: Option<String>,
    /// Where the server describes itself (RFC 8414): asked for the addresses that are not given
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
}

impl Add {
    fn act(self, client_secret: Option<PlainSecret>) -> AddIntegration {
        let Addresses {
            authorization_url,
            token_url,
            refresh_url,
            revocation_url,
            device_url,
            userinfo_url,
            issuer,
        } = self.addresses;
        AddIntegration {
            provider: self.provider,
            name: self.name,
            client_id: self.client_id,
            client_secret,
            scopes: self.scopes,
            host: self.host,
            authorization_url,
            token_url,
            refresh_url,
            revocation_url,
            device_url,
            userinfo_url,
            issuer,
            replay: self.replay,
            client_auth: self.client_auth,
        }
    }
}

impl Integration {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        match self {
            Self::Add(add) => {
                let secret = add
                    .client_secret_stdin
                    .then(|| secret_line("client secret").map(PlainSecret))
                    .transpose()?;
                context.show_held(add.act(secret)).await
            }
            Self::List(Part { after, limit }) => {
                context.show_held(ListIntegrations { after, limit }).await
            }
            Self::Show { name } => {
                context
                    .show_held(ShowIntegration { integration: name })
                    .await
            }
            Self::Secret {
                name,
                client_secret_stdin,
            } => {
                let what = "client secret";
                let read = if client_secret_stdin {
                    secret_line(what)
                } else {
                    new_secret(what)
                };
                let set = SetIntegrationSecret {
                    integration: name,
                    client_secret: PlainSecret(read?),
                };
                context.show_held(set).await
            }
            Self::Remove { name, yes } => {
                agreed(yes, &format!("Remove the integration {name}?"))?;
                context
                    .show_held(RemoveIntegration { integration: name })
                    .await
            }
        }
    }
}
