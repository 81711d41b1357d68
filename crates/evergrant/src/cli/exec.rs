//! `evergrant exec`

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use clap::Args;
use evergrant_web::api::connections::ReadToken;
use evergrant_web::service::core::Secret;

use super::context::Context;
use crate::failure::Failed;

/// Run a command with the tokens of connections in its environment
///
/// The token of NAME is in EVERGRANT_TOKEN_NAME: in upper case, with `_` for what is neither a
/// letter nor a digit. All tokens are there before the command begins, or it does not begin. It
/// gets none of evergrant's own variables, takes this program's place, and so ends as it ends.
///
/// Examples:
///   evergrant exec github -- sh -c 'curl -H "Authorization: Bearer $EVERGRANT_TOKEN_GITHUB" ...'
///   evergrant exec --env GH_TOKEN=github -- gh repo list
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    override_usage = "evergrant exec NAME... [--env VAR=NAME]... -- COMMAND [ARG]..."
)]
pub(super) struct Exec {
    /// The names of the connections
    #[arg(value_name = "NAME", required_unless_present = "variables")]
    names: Vec<String>,
    /// Another variable for the token of a connection; repeat for more
    #[arg(long = "env", value_name = "VAR=NAME", value_parser = variable)]
    variables: Vec<(String, String)>,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// A command that has all it needs.
pub(super) struct Ready {
    command: Command,
}

impl Exec {
    /// Fetches all tokens.
    pub(super) async fn fetch(self, context: &Context) -> Result<Ready, Failed> {
        let wanted = wanted(self.names, self.variables)?;
        let (program, arguments) = self
            .command
            .split_first()
            .ok_or_else(|| Failed::usage("There is no command after `--`."))?;
        let mut command = Command::new(program);
        command.args(arguments);
        for name in context.environment.prefixed() {
            command.env_remove(name);
        }
        let tokens = context
            .hold(async |door| {
                let mut tokens: Vec<(String, Secret)> = Vec::new();
                for (variable, name) in wanted {
                    let read = ReadToken {
                        name,
                        min_ttl: None,
                    };
                    let shown = door.ask(read).await?;
                    tokens.push((variable, shown.access_token.0));
                }
                Ok(tokens)
            })
            .await?;
        for (variable, token) in tokens {
            command.env(variable, token.expose());
        }
        Ok(Ready { command })
    }
}

impl Ready {
    /// Puts the command in our place: signals reach it alone, and it ends as it ends. Returns only
    /// if it can't begin.
    pub(super) fn replace_us(mut self) -> Failed {
        let error = self.command.exec();
        let program = self.command.get_program().to_string_lossy().into_owned();
        let text = match error.kind() {
            ErrorKind::NotFound => format!("There is no command {program:?}."),
            _ => format!("The command {program:?} can't be run: {error}."),
        };
        Failed::because("command_not_started", text)
    }
}

fn variable(text: &str) -> Result<(String, String), String> {
    let form = "this is not VAR=NAME";
    let (variable, name) = text.split_once('=').ok_or(form)?;
    let is_first = |letter: char| letter.is_ascii_alphabetic() || letter == '_';
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty() || !variable.starts_with(is_first) || !variable.chars().all(fits) {
        return Err(form.to_owned());
    }
    Ok((variable.to_owned(), name.to_owned()))
}

/// The variable in which a connection's token is found.
fn variable_of(name: &str) -> String {
    let letter = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let letters: String = name.chars().map(letter).collect();
    format!("EVERGRANT_TOKEN_{letters}")
}

/// Which variable gets whose token.
fn wanted(
    names: Vec<String>,
    variables: Vec<(String, String)>,
) -> Result<BTreeMap<String, String>, Failed> {
    let named = names.into_iter().map(|name| (variable_of(&name), name));
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for (variable, name) in named.chain(variables) {
        if let Some(other) = wanted.get(&variable)
            && *other != name
        {
            return Err(Failed::usage(format!(
                "{other} and {name} would both be in {variable}. Give one of them another \
                 variable, with --env VAR=NAME."
            )));
        }
        wanted.insert(variable, name);
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_named_after_its_connection() {
        assert_eq!(variable_of("github"), "EVERGRANT_TOKEN_GITHUB");
        assert_eq!(variable_of("my-mail.2"), "EVERGRANT_TOKEN_MY_MAIL_2");
    }

    #[test]
    fn two_tokens_are_never_in_one_variable() {
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        assert!(wanted(names(["a-b", "a_b"]), Vec::new()).is_err());
        assert_eq!(wanted(names(["a", "a"]), Vec::new()).unwrap().len(), 1);
        let other = vec![variable("X=a").unwrap(), variable("X=b").unwrap()];
        assert!(wanted(Vec::new(), other).is_err());
    }

    #[test]
    fn a_variable_has_a_name_that_shells_take() {
        assert_eq!(variable("A_1=x").unwrap(), ("A_1".into(), "x".into()));
        for text in ["", "A", "A=", "=x", "1A=x", "A B=x", "A-B=x"] {
            assert!(variable(text).is_err(), "{text:?}");
        }
    }
}
