//! Issued grants at rest: snapshots of clients, codes, grants, incidents and personal tokens.

mod client;
mod code;
mod grant;
mod incident;
mod personal;

pub use grant::GrantListed;
pub(crate) use grant::{parse_absences, write_absences};
