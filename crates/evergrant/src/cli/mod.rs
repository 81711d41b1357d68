//! The command line: what can be asked for, and who answers.

mod client;
mod config;
mod connect;
mod connection;
mod context;
mod demo;
mod exec;
mod explain;
mod grant;
mod guide;
mod import;
mod init;
mod integration;
mod interrupt;
mod keys;
mod list;
mod pat;
mod provider;
mod serve;
mod state;
mod token;
mod unmatched;
mod user;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;
use evergrant_web::service::core::held::mask;

use crate::config::Flags;
use crate::failure::Failed;
use crate::output;
use context::Context;

/// Gives your API tokens that survive crashes and races, and your users one page to end them.
///
/// The commands work on the store of this machine, whether or not a server runs on it. With
/// EVERGRANT_URL and EVERGRANT_TOKEN set they ask that server instead.
#[derive(Debug, Parser)]
#[command(name = "evergrant", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Arguments {
    /// Print one JSON document and nothing else; a failure prints the API's problem document.
    #[arg(long, global = true)]
    json: bool,

    #[command(flatten)]
    flags: Flags,

    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  not found
  4  refused: not allowed
  5  the connection needs a person to authorize it anew
  6  temporary: try again

Give tokens to your clients:
  evergrant init --team Acme --email ada@acme.example
  evergrant serve

Keep the tokens that you were given:
  evergrant integration add github --client-id ID --client-secret-stdin --scope repo
  evergrant connect github
  evergrant token github

Ask what an error means:
  evergrant explain 'invalid_grant: Token has been expired or revoked.'";

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Serve(serve::Serve),
    Demo(demo::Demo),
    #[command(subcommand)]
    User(user::User),
    #[command(subcommand)]
    Client(Box<client::Client>),
    #[command(subcommand)]
    Grant(grant::Grant),
    #[command(subcommand)]
    Pat(pat::Pat),
    #[command(subcommand)]
    Keys(keys::Keys),
    #[command(subcommand)]
    Provider(provider::Provider),
    #[command(subcommand)]
    Integration(Box<integration::Integration>),
    Connect(connect::Connect),
    #[command(subcommand)]
    Connection(connection::Connection),
    Token(token::Token),
    Exec(exec::Exec),
    Guide(guide::Guide),
    Explain(explain::Explain),
    #[command(subcommand)]
    Unmatched(unmatched::Unmatched),
    #[command(subcommand)]
    Config(config::Config),
    /// Print a completion script for a shell.
    ///
    /// For bash: evergrant completions bash > ~/.local/share/bash-completion/completions/evergrant
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Does what the arguments ask for.
pub(crate) fn run(arguments: Vec<OsString>) -> ExitCode {
    // What follows `--` is another program's.
    let ours = || arguments.iter().take_while(|argument| *argument != "--");
    let json = ours().any(|argument| argument == "--json");
    let explain = ours().any(|argument| argument == "explain");
    let outcome = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => perform(arguments),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                output::raw(error.render().to_string().as_bytes());
                Ok(())
            }
            _ => {
                // It repeats what can't be read; where texts are pasted, that may be a secret.
                let text = error.to_string();
                let text = if explain { mask::lines(&text) } else { text };
                if !json {
                    output::note(text.trim_end());
                    return ExitCode::from(2);
                }
                Err(Failed::usage(text.trim_end()))
            }
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            output::failed(&failed, json);
            ExitCode::from(failed.exit() as u8)
        }
    }
}

fn perform(arguments: Arguments) -> Result<(), Failed> {
    let Arguments {
        json,
        flags,
        command,
    } = arguments;
    match command {
        Command::Serve(serve) => serve.run(&flags),
        Command::Demo(_) if json => Err(Failed::usage(
            "The demo tells a story to people; it has no JSON.",
        )),
        Command::Demo(demo) => demo.run(),
        Command::Config(config) => config.run(&flags, json),
        Command::Provider(provider) => provider.run(json),
        Command::Guide(guide) => guide.run(json),
        Command::Explain(explain) => explain.run(json),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "evergrant", &mut script);
            output::raw(&script);
            Ok(())
        }
        Command::Exec(exec) => {
            let context = Context::new(&flags, json)?;
            let ready = block_on(exec.fetch(&context))?;
            Err(ready.replace_us())
        }
        command => {
            let context = Context::new(&flags, json)?;
            block_on(manage(command, &context))
        }
    }
}

fn block_on<T>(work: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failed::because("failed", error.to_string()))?;
    runtime.block_on(work)
}

async fn manage(command: Command, context: &Context) -> Result<(), Failed> {
    match command {
        Command::Init(init) => init.run(context).await,
        Command::User(user) => user.run(context).await,
        Command::Client(client) => client.run(context).await,
        Command::Grant(grant) => grant.run(context).await,
        Command::Pat(pat) => pat.run(context).await,
        Command::Keys(keys) => keys.run(context).await,
        Command::Integration(integration) => integration.run(context).await,
        Command::Connect(connect) => connect.run(context).await,
        Command::Connection(connection) => connection.run(context).await,
        Command::Token(token) => token.run(context).await,
        Command::Unmatched(unmatched) => unmatched.run(context).await,
        // These need no store, and were answered already.
        Command::Serve(_)
        | Command::Demo(_)
        | Command::Config(_)
        | Command::Provider(_)
        | Command::Guide(_)
        | Command::Exec(_)
        | Command::Explain(_)
        | Command::Completions { .. } => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
