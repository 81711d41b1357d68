//! `evergrant init`

use clap::Args;
use evergrant_web::api::values::PlainSecret;
use evergrant_web::service::core::Time;
use evergrant_web::service::manage::personal_tokens::{Life, NewPersonalToken};
use evergrant_web::service::manage::setup::Setup;
use serde::Serialize;

use super::context::Context;
use crate::door::{Make, Reach, open};
use crate::failure::Failed;
use crate::input::secret_line;
use crate::render::{Render, facts, table};

/// Make the store, its keys, the first team and its owner
///
/// Prints the owner's personal access token, which is shown this once and ends after 90 days.
/// Works on this machine's store only, never through EVERGRANT_URL.
///
/// Examples:
///   evergrant init --team Acme --email ada@acme.example
///   pass show evergrant | evergrant init --team Acme --email ada@acme.example --password-stdin
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Init {
    /// The team's name
    #[arg(long, value_name = "NAME")]
    team: String,
    /// The owner's e-mail address, with which they sign in
    #[arg(long, value_name = "ADDR")]
    email: String,
    /// Read the owner's password from one line of standard input
    #[arg(long)]
    password_stdin: bool,
}

/// What was made.
#[derive(Debug, Serialize)]
pub(crate) struct Made {
    team_id: String,
    user_id: String,
    token: PlainSecret,
    #[serde(skip)]
    email: String,
    #[serde(skip)]
    has_password: bool,
}

impl Init {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        let password = self
            .password_stdin
            .then(|| secret_line("password"))
            .transpose()?;
        let has_password = password.is_some();
        let config = &context.config;
        let service = open(config, config.managing(), Make::Yes, Reach::Store).await?;
        let setup = Setup {
            team: self.team,
            email: self.email.clone(),
            password,
        };
        let made = service.set_up(&setup).await?;
        let owner = service.caller_of(made.user).await?;
        let asked = NewPersonalToken {
            purpose: "Made by evergrant init".into(),
            scopes: Vec::new(),
            life: Life::Default,
        };
        let (token, _) = service.make_personal_token(&owner, &asked).await?;
        context.print(&Made {
            team_id: made.team.to_string(),
            user_id: made.user.to_string(),
            token: PlainSecret(token),
            email: self.email,
            has_password,
        });
        Ok(())
    }
}

impl Render for Made {
    fn render(&self, _: Time) -> String {
        let Self {
            team_id,
            user_id,
            email,
            ..
        } = self;
        let facts = facts([
            ("team", team_id.clone()),
            ("owner", format!("{user_id}  {email}")),
            ("token", self.token.0.expose().to_owned()),
        ]);
        let next = [
            [
                "evergrant client add NAME --redirect-uri URI",
                "to register an app",
            ],
            ["evergrant serve", "to serve it"],
        ];
        let next = table(next.map(|cells| cells.map(str::to_owned)));
        let password = if self.has_password {
            String::new()
        } else {
            // Whoever sets a password mostly does so because somebody else knows the old one.
            format!(
                "\nThe owner has no password and can't sign in yet. `evergrant user password \
                 {email}` sets one.\n"
            )
        };
        format!(
            "The store is made.\n\n{facts}\nThe token is the owner's personal access token. It is \
             shown this once: keep it safe.\n{password}\nNext:\n{next}"
        )
    }
}
