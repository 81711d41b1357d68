//! Held grants at rest: integrations, connections, the journal of attempts, consents, revocations
//! and the read ledger, each as it is read and written.

pub(crate) mod attempt;
mod background;
pub(crate) mod connection;
mod diagnosis;
pub(crate) mod grant;
pub(crate) mod integration;
mod overrides;
pub(crate) mod pack;
pub(crate) mod read;
mod revocation;
mod sweep;
pub(crate) mod unmatched;
mod way_in;

pub use connection::Loaded;
pub use read::Disclosed;
pub use revocation::Revocation;
