//! The binary as its users meet it: commands run as processes, a server asked over HTTP.
//!
//! Nothing here calls our own functions; what a test needs, it makes by commands and requests. Only
//! the tests that search for secrets, or damage a store, look into its files.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that meets nonsense shall stop at once"
)]

mod access;
mod api;
mod browser;
mod cli;
mod clients;
mod config;
mod crash;
mod demo;
mod durable;
mod endpoints;
mod explain;
mod found;
mod guide;
mod harness;
mod held;
mod master_key;
mod provider;
mod remote;
mod scene;
mod secrets;
mod serve;
mod storm;
mod tidy;
