//! Runs the keeper's simulator over many seeds, and prints the trace of the first that fails.

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use evergrant_sim::keeper::{Counts, Keeper, Naive, Template};

/// Simulates keepers of held grants: one run for each seed.
#[derive(Parser)]
struct Arguments {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    count: u64,
    /// A keeper that lacks a rule: lease, parse or retry.
    #[arg(long)]
    naive: Option<String>,
    /// Threads; one run is on one thread.
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// Print the trace even if nothing is wrong.
    #[arg(long)]
    trace: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let keeper = match arguments.naive.as_deref() {
        None => Keeper::Real,
        Some("lease") => Keeper::Naive(Naive::LeaseOnly),
        Some("parse") => Keeper::Naive(Naive::ParseBeforeStore),
        Some(_) => Keeper::Naive(Naive::RetryOnTimeout),
    };
    let (next, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let total = Mutex::new(Counts::default());
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| work(&arguments, keeper, (&next, &stop), &total));
        }
    });
    let ran = next.load(Ordering::Relaxed).min(arguments.count);
    let mut out = std::io::stdout().lock();
    let seconds = began.elapsed().as_secs_f64();
    let counts = total.into_inner().unwrap_or_default();
    drop(writeln!(out, "{ran} seeds in {seconds:.1} s: {counts:?}"));
    if stop.load(Ordering::Relaxed) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn work(
    arguments: &Arguments,
    keeper: Keeper,
    (next, stop): (&AtomicU64, &AtomicBool),
    total: &Mutex<Counts>,
) {
    let template = match Template::new() {
        Ok(template) => template,
        Err(outage) => {
            say(&format!("the simulator can't be set up: {outage}"));
            stop.store(true, Ordering::Relaxed);
            return;
        }
    };
    while !stop.load(Ordering::Relaxed) {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= arguments.count {
            return;
        }
        let seed = arguments.from + index;
        match template.run(seed, keeper) {
            Ok(outcome) => {
                if let Ok(mut total) = total.lock() {
                    total.add(&outcome.counts);
                }
                if outcome.violation.is_some() || arguments.trace {
                    say(&outcome.trace.join("\n"));
                }
                if let Some(violation) = outcome.violation {
                    say(&format!("seed {seed}: {violation}"));
                    stop.store(true, Ordering::Relaxed);
                }
            }
            Err(outage) => {
                say(&format!("seed {seed} can't be run: {outage}"));
                stop.store(true, Ordering::Relaxed);
            }
        }
    }
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{text}"));
}
