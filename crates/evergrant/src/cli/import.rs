//! `evergrant connection import`

use std::io::{IsTerminal as _, Read as _, stdin};

use clap::Args;
use evergrant_web::api::connections::ImportConnection;
use serde_json::{Map, Value};

use super::context::Context;
use crate::failure::Failed;
use crate::output;

/// Longest document that is read.
const LONGEST: u64 = 64 * 1024;

/// Make a connection of tokens that you got elsewhere, read from standard input
///
/// Standard input is a JSON object with refresh_token, access_token or both, and, if they are
/// known, expires_in and scope: a token answer as the provider gave it. With an access token the
/// connection serves at once. Nothing else may use the refresh token from now on.
///
/// Example:
///   evergrant connection import github --name ci < token.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Import {
    /// The integration by which they were got, by its name or id
    integration: String,
    /// What programs will call the connection
    #[arg(long, value_name = "NAME")]
    name: String,
    /// The user to ask when it ends [default: the team's owner]
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
}

impl Import {
    pub(super) async fn run(self, context: &Context) -> Result<(), Failed> {
        if stdin().is_terminal() && !context.is_json() {
            output::note("Paste the JSON object with the tokens, then press Ctrl-D.");
        }
        let act = self.act(read()?)?;
        context.show_held(act).await
    }

    fn act(self, tokens: Map<String, Value>) -> Result<ImportConnection, Failed> {
        let mut fields = Map::new();
        let known = ["access_token", "refresh_token", "expires_in", "scope"];
        for (name, value) in tokens {
            // Providers put much else beside them.
            if known.contains(&name.as_str()) && !value.is_null() {
                fields.insert(name, value);
            }
        }
        fields.insert("integration".to_owned(), self.integration.into());
        fields.insert("name".to_owned(), self.name.into());
        if let Some(owner) = self.owner {
            fields.insert("owner".to_owned(), owner.into());
        }
        serde_json::from_value(Value::Object(fields))
            .map_err(|error| Failed::usage(format!("The tokens can't be read: {error}.")))
    }
}

fn read() -> Result<Map<String, Value>, Failed> {
    let mut text = String::new();
    let read = stdin().lock().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Failed::usage(format!("Standard input can't be read: {error}.")))?;
    let wrong = "There is no JSON object with the tokens on standard input";
    if text.trim().is_empty() {
        return Err(Failed::usage(format!("{wrong}.")));
    }
    // Where it is no object, the error would repeat what it is.
    let value: Value =
        serde_json::from_str(&text).map_err(|error| Failed::usage(format!("{wrong}: {error}.")))?;
    match value {
        Value::Object(fields) => Ok(fields),
        _ => Err(Failed::usage(format!("{wrong}."))),
    }
}
