//! `evergrant user`

use clap::Subcommand;
use evergrant_web::api::users::{
    AddUser, ListUsers, RemoveUser, ResumeUser, SetPassword, ShowUser, SuspendUser,
};
use evergrant_web::api::values::{PlainSecret, RoleWord};

use super::context::{Context, agreed};
use super::list::Part;
use crate::failure::Failed;
use crate::input::{new_secret, secret_line};

/// Add, list, show, suspend and remove the people of the team.
#[derive(Debug, Subcommand)]
pub(super) enum User {
    /// Add a user; prints their id
    ///
    /// Without a password they can't sign in until one is set.
    ///
    /// Examples:
    ///   evergrant user add bob@acme.example
    ///   evergrant user add eve@acme.example --role admin --password-stdin < password.txt
    #[command(verbatim_doc_comment)]
    Add {
        /// The address that they sign in with
        email: String,
        /// What they may do: a member their own, an admin the team's too [default: member]
        #[arg(long, value_name = "ROLE", value_parser = ["member", "admin", "owner"])]
        role: Option<String>,
        /// Read their password from one line of standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List the users of the team.
    List(Part),
    /// Show a user.
    Show {
        /// Their address or id
        email: String,
    },
    /// Set a user's password, typed at the keyboard or read from standard input
    ///
    /// Their sessions, grants and personal access tokens end.
    ///
    /// Examples:
    ///   evergrant user password bob@acme.example
    ///   evergrant user password bob@acme.example --password-stdin < password.txt
    #[command(verbatim_doc_comment)]
    Password {
        /// Their address or id
        email: String,
        /// Read it from one line of standard input, without asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// Stop a user's account; their sessions, grants and tokens end.
    Suspend {
        /// Their address or id
        email: String,
    },
    /// Let a suspended user sign in again; what ended stays ended.
    Resume {
        /// Their address or id
        email: String,
    },
    /// Remove a user for good; their sessions, grants and tokens end.
    Remove {
        /// Their address or id
        email: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

impl User {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        match self {
            Self::Add {
                email,
                role,
                password_stdin,
            } => {
                let role = role
                    .map(|it| RoleWord::parse(&it))
                    .transpose()
                    .map_err(Failed::usage)?;
                let password = password_stdin
                    .then(|| secret_line("password"))
                    .transpose()?;
                let password = password.map(PlainSecret);
                context
                    .show(AddUser {
                        email,
                        role,
                        password,
                    })
                    .await
            }
            Self::List(Part { after, limit }) => context.show(ListUsers { after, limit }).await,
            Self::Show { email } => context.show(ShowUser { name: email }).await,
            Self::Password {
                email,
                password_stdin,
            } => {
                let what = "new password";
                let read = if password_stdin {
                    secret_line(what)
                } else {
                    new_secret(what)
                };
                let password = PlainSecret(read?);
                context
                    .show(SetPassword {
                        name: email,
                        password,
                    })
                    .await
            }
            Self::Suspend { email } => context.show(SuspendUser { name: email }).await,
            Self::Resume { email } => context.show(ResumeUser { name: email }).await,
            Self::Remove { email, yes } => {
                agreed(
                    yes,
                    &format!("Remove {email} and end all that they gave and made?"),
                )?;
                context.show(RemoveUser { name: email }).await
            }
        }
    }
}
