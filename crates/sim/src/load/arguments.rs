//! The command line of `load`; every number has an upper bound, so that a slip of a finger ends.

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::actor;

/// Puts load on an authorization server on loopback and prints one JSON document.
///
/// Exit code 0 if every answer was right, 1 otherwise.
#[derive(Debug, Parser)]
#[command(name = "load")]
pub struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Refreshes grants in a loop, each chain going on with the token that it got.
    Refresh {
        #[command(flatten)]
        registration: Registration,
        #[command(flatten)]
        people: People,
        /// Grants, each with a connection of its own.
        #[arg(long, value_parser = count(10_000), default_value = "16")]
        chains: usize,
        #[command(flatten)]
        pace: Pace,
    },
    /// Introspects live access tokens in turn.
    Introspect {
        #[command(flatten)]
        registration: Registration,
        #[command(flatten)]
        people: People,
        /// Different access tokens; the client must be allowed `tokens / grants` live ones.
        #[arg(long, value_parser = count(1_000_000), default_value = "1000")]
        tokens: usize,
        /// Grants that the tokens are spread over.
        #[arg(long, value_parser = count(10_000), default_value = "8")]
        grants: usize,
        #[arg(long, value_parser = count(10_000), default_value = "16")]
        connections: usize,
        #[command(flatten)]
        pace: Pace,
    },
    /// Asks for the app's own tokens.
    ClientCredentials {
        #[command(flatten)]
        registration: Registration,
        #[arg(long)]
        scope: Option<String>,
        #[arg(long, value_parser = count(10_000), default_value = "16")]
        connections: usize,
        #[command(flatten)]
        pace: Pace,
    },
    /// Gets one page over and over: the baseline, or a check of a bearer token.
    Get {
        #[arg(long)]
        url: String,
        #[arg(long)]
        path: String,
        /// Sent as `Authorization: Bearer`.
        #[arg(long)]
        bearer: Option<String>,
        #[arg(long, value_parser = count(10_000), default_value = "16")]
        connections: usize,
        #[command(flatten)]
        pace: Pace,
    },
}

/// The client as it was added at the server.
#[derive(Args, Debug)]
pub(super) struct Registration {
    /// The server, such as `http://127.0.0.1:8420`.
    #[arg(long)]
    pub(super) url: String,
    #[arg(long)]
    pub(super) client_id: String,
    /// Without it the client is public.
    #[arg(long)]
    pub(super) client_secret: Option<String>,
    #[arg(long, value_enum, default_value_t = Authentication::Basic)]
    pub(super) authentication: Authentication,
    #[arg(long, default_value = "http://127.0.0.1/callback")]
    pub(super) redirect_uri: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Authentication {
    Basic,
    Post,
}

impl From<Authentication> for actor::Authentication {
    fn from(authentication: Authentication) -> Self {
        match authentication {
            Authentication::Basic => Self::Basic,
            Authentication::Post => Self::Post,
        }
    }
}

/// Who consents.
#[derive(Args, Debug)]
pub(super) struct People {
    /// May be given several times; grants go round, since a server bounds them per person.
    #[arg(long = "email", required = true)]
    pub(super) emails: Vec<String>,
    /// The same for all of them.
    #[arg(long)]
    pub(super) password: String,
}

/// How long, how much and with how many threads.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long to measure.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=3600), default_value = "5")]
    pub(super) seconds: u64,
    /// How long to go on before measuring; every answer is then checked in full.
    #[arg(long, value_parser = clap::value_parser!(u64).range(0..=600), default_value = "1")]
    pub(super) warmup: u64,
    /// Ends the run early after about this many requests, warm-up included.
    #[arg(long)]
    pub(super) max_operations: Option<u64>,
    #[arg(long, value_parser = count(64), default_value = "1")]
    pub(super) threads: usize,
}

fn count(limit: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    move |text| match text.parse() {
        Ok(number) if (1..=limit).contains(&number) => Ok(number),
        _ => Err(format!("a number from 1 to {limit}")),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Arguments;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
