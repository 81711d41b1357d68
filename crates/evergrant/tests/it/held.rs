//! Held grants by the command line: a store, a provider beside it, and nothing else.

mod connect;
mod desk;
mod exec;
mod family;
mod hostile;
mod manage;
mod ours;
mod private;
mod processes;
mod provider;
mod readers;
mod refresh;
mod remote;
mod secrets;
mod tricks;
mod why;

use serde_json::Value;

use crate::harness::{Bed, Ran, text};
use provider::Provider;

/// Tokens that were got elsewhere; the access token lives for an hour.
const FRESH: &str = r#"{"access_token":"at-imported","refresh_token":"rt-imported",
    "expires_in":3600,"scope":"read write","token_type":"Bearer"}"#;
/// The same without an access token: whoever reads makes us ask the provider.
const STALE: &str = r#"{"refresh_token":"rt-imported"}"#;

/// A bed with a team, and a provider that it may ask.
struct Keeper {
    bed: Bed,
    provider: Provider,
}

impl Keeper {
    fn new() -> Self {
        let bed = Bed::new();
        bed.team();
        Self {
            bed,
            provider: Provider::start(),
        }
    }

    /// With an integration named `acme`.
    fn with_integration() -> Self {
        let it = Self::new();
        it.add_integration(&[]);
        it
    }

    /// With a connection named `ci` of these tokens.
    fn with_connection(tokens: &str) -> Self {
        let it = Self::with_integration();
        it.import("ci", tokens);
        it
    }

    fn add_integration(&self, flags: &[&str]) -> Value {
        let urls = ["authorize", "token", "revoke", "userinfo"].map(|it| self.provider.url(it));
        let [authorize, token, revoke, userinfo] = urls.each_ref().map(String::as_str);
        let mut add = vec!["integration", "add", "generic", "--name", "acme"];
        add.extend(["--client-id", "ours", "--client-secret-stdin", "--json"]);
        add.extend(["--authorization-url", authorize, "--token-url", token]);
        add.extend(["--revocation-url", revoke, "--userinfo-url", userinfo]);
        add.extend(["--scope", "read", "--scope", "write"]);
        add.extend(flags);
        self.run_with_input(&add, "client-secret-of-ours\n")
            .succeeded()
            .json()
    }

    fn import(&self, name: &str, tokens: &str) -> Value {
        let import = ["connection", "import", "acme", "--name", name, "--json"];
        self.run_with_input(&import, tokens).succeeded().json()
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with_input(arguments, "")
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        self.bed.run_with_input(&allowed(arguments), input)
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.bed.json(&allowed(arguments))
    }

    /// The folders in which processes keep what they could not write yet.
    fn spools(&self) -> Vec<std::path::PathBuf> {
        let below = |folder: std::path::PathBuf| std::fs::read_dir(folder).into_iter().flatten();
        let stores = below(self.bed.data().join("spool")).flatten();
        let spools = stores.flat_map(|it| below(it.path()).flatten());
        spools.map(|it| it.path()).collect()
    }

    fn state(&self, name: &str) -> String {
        let shown = self.json(&["connection", "show", name]);
        text(&shown, "state").to_owned()
    }
}

/// The arguments with leave to ask a provider on this machine.
fn allowed<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--allow-private-providers", "1"], arguments].concat()
}

/// The names of the members of a document.
fn members(document: &Value) -> Vec<&str> {
    let object = document.as_object().unwrap();
    object.keys().map(String::as_str).collect()
}
