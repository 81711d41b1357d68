//! Held grants in motion: the journal's steps, the scheduler, the ways in, the reads.
//!
//! Whatever is to be done about a connection is found by `core::held::step`; here it is done, by
//! tasks that no caller can cancel.

mod advance;
mod answer;
pub mod catalogue;
pub mod connect;
pub(crate) mod discovery;
mod flights;
mod gate;
mod ground;
pub mod guides;
pub mod import;
mod judging;
mod ledger;
pub mod link;
mod recover;
mod returned;
mod revoke;
mod schedule;
mod send;
pub mod signatures;
mod situation;
pub mod spool;
mod token;
mod why;
pub mod wire;

pub(crate) use flights::Reason;
pub use ground::{Bounds, Ground, Held};
pub(crate) use situation::{Scene, Written};
pub use token::{Blocked, TokenRead};

use crate::{Failure, Wrong};

pub(crate) fn not_found(name: &str) -> Failure {
    Wrong::NotFound {
        kind: "connection",
        name: name.to_owned(),
    }
    .into()
}
