//! The contract of the store: what every engine must keep, tried on SQLite and on PostgreSQL.
//!
//! A contract is a function over an empty [`bed::Bed`]. Each is a test of its own on SQLite; on
//! PostgreSQL those of one file are one test, for a runner that gives each test a process would
//! otherwise start a server for each.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "in a test a panic is the report"
)]

mod bed;
mod code;
mod commit;
mod durable;
mod embedded;
mod epochs;
mod faults;
mod growth;
mod held_guards;
mod held_history;
mod held_integrations;
mod held_journal;
mod held_lists;
mod held_onward;
mod held_rows;
mod held_sealed;
mod held_sweep;
mod held_world;
mod inline;
mod journal;
mod keeper;
mod keeping;
mod keys;
mod lists;
mod migrations;
mod outage;
mod people;
mod rotation;
mod second;
mod serving;
mod snapshots;
mod sweep;
mod texts;
mod unknown;
mod upstream;
mod verdicts;
mod world;
