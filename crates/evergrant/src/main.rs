//! The binary: reads what was asked, does it, and says with the exit code how it went.

mod cli;
mod config;
mod demo;
mod door;
mod failure;
mod guides;
mod input;
mod logs;
mod output;
mod render;
mod texts;

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Gives memory back that the hashing of passwords used, where the system's allocator keeps it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    cli::run(std::env::args_os().collect())
}
