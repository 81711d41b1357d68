//! The command line of `fleet`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Prepares and measures stores with many connections; prints one line of JSON.
#[derive(Debug, Parser)]
#[command(name = "fleet")]
pub struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serves a provider on loopback until it is killed; its address is the first line.
    ///
    /// `POST /token` takes each refresh token once; `GET /count` says how many it took and refused.
    Provider {
        /// Seconds that its access tokens live.
        #[arg(long, default_value = "3600")]
        lifetime: u64,
    },
    /// Imports connections into the store of a data directory.
    Fill(Fill),
    /// Measures a turn of the scheduler that finds this many due, and one that finds none.
    Tick {
        /// The data directory.
        #[arg(long)]
        data: PathBuf,
        /// How many connections are due.
        #[arg(long, default_value = "1000")]
        due: usize,
    },
}

/// What to fill a store with.
#[derive(Args, Debug)]
pub(super) struct Fill {
    /// The data directory, made by `evergrant init`.
    #[arg(long)]
    pub(super) data: PathBuf,
    /// The provider's address.
    #[arg(long, default_value = "http://127.0.0.1:9")]
    pub(super) provider: String,
    /// How many connections there are afterwards, beyond those that were there.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(super) connections: u32,
    /// How many of them are due at once.
    #[arg(long, default_value = "0")]
    pub(super) due: u32,
    /// Over how many integrations they are spread.
    #[arg(long, default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) integrations: u32,
    /// What their names begin with; another for each filling of one store.
    #[arg(long, default_value = "c")]
    pub(super) prefix: String,
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
