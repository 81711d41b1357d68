//! At rest: snapshots out, one guarded commit in, everything secret sealed.
//!
//! This is the only crate that knows SQL and keys. A use case loads what it needs of one moment,
//! lets `core` decide, and commits the changes whole or not at all.

mod audit;
mod commit;
pub mod engine;
pub mod held;
pub mod issued;
mod open;
mod page;
pub mod people;
mod row;
pub mod schema;
pub mod seal;
pub mod sql;
mod store;

pub use audit::AuditEntry;
pub use commit::Commit;
pub use engine::{CommitError, Engine, Outage, Value};
pub use open::{OpenError, Target, open, open_engine};
pub use page::{Page, PageRequest};
pub use store::{KeyRow, Retention, ServingFacts, Store};
