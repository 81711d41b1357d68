//! The binary: reads what was asked, does it, and says with the exit code how it went.

mod cli;
mod config;
mod demo;
mod door;
mod failure;
mod input;
mod logs;
mod output;
mod render;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os().collect())
}
