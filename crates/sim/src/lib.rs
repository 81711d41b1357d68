//! Everything that tries evergrant from outside: clients, actors and load.
//!
//! - [`http`]: a small HTTP/1.1 client over plain TCP to loopback, cheap enough to share two cores
//!   with the server under test.
//! - [`actor`]: a [`actor::Person`] who signs in and consents and an [`actor::App`] that obtains,
//!   refreshes and ends grants. They speak through the public door only, so that a test which
//!   passes says something about what users see.
//! - [`load`]: the closed-loop load generator behind the program `load`.
//! - [`fleet`]: stores with up to a million connections, a provider for them, and what a turn of
//!   the scheduler costs there.
//! - [`postgres`]: a private PostgreSQL that can be stopped, crashed and started again.
//! - [`upstream`]: authorization servers that we did not write, for the held side.
//! - [`proxy`]: what stands before them and loses, cuts, repeats and spoils what passes.
//! - [`keeper`]: the simulator of the held side: seeds, faults, kills, and a judge.
//! - [`faults`]: an engine that fails when a script or a seed says so.
//! - [`trace`]: what strace saw of a process, and whether its answers waited for the disk.

pub mod actor;
pub mod faults;
pub mod fleet;
pub mod http;
pub mod keeper;
pub mod load;
pub mod postgres;
pub mod proxy;
pub mod trace;
pub mod upstream;
pub mod verdicts;

#[cfg(test)]
mod stub;
