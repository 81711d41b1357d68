//! The program `fleet`; what it can do stands in `evergrant_sim::fleet`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use evergrant_sim::fleet::{Arguments, fleet};

fn main() -> ExitCode {
    let outcome = fleet(&Arguments::parse());
    let written = match &outcome {
        Ok(line) => writeln!(io::stdout(), "{line}"),
        Err(error) => writeln!(io::stderr(), "fleet: {error}"),
    };
    match (outcome, written) {
        (Ok(_), Ok(())) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
