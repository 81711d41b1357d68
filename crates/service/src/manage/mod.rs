//! Management: what the command line, the API and the pages do to teams, users, clients, grants,
//! personal access tokens and keys. Each act says who may do it, and does it.

pub mod approved;
pub mod caller;
pub mod checked;
pub mod clients;
pub mod connections;
pub mod grants;
pub mod integrations;
pub mod keys;
pub mod personal_tokens;
pub mod setup;
pub mod unmatched;
pub mod users;

pub use caller::{Authority, Caller};
