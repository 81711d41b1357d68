//! The program `load`; what it can do stands in `evergrant_sim::load`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use evergrant_sim::load::{Arguments, load};

fn main() -> ExitCode {
    let outcome = load(&Arguments::parse());
    let written = match &outcome {
        Ok(report) => serde_json::to_string_pretty(report)
            .map_err(io::Error::from)
            .and_then(|json| writeln!(io::stdout(), "{json}")),
        Err(error) => writeln!(io::stderr(), "load: {error}"),
    };
    match (outcome, written) {
        (Ok(report), Ok(())) if report.is_clean() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
