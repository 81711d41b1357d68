//! The law of evergrant: what may happen to a grant, decided purely.
//!
//! Nothing here does I/O, waits, reads a clock or draws a random number. A rule takes the state it
//! judges, the request, the time and any fresh random values, and returns a [`Decision`]: the
//! changes to write and the answer to give. The server, the simulator and the model checker run
//! this same code.

pub mod change;
pub mod decision;
pub mod held;
pub mod id;
pub mod issued;
pub mod people;
pub mod refusal;
pub mod scope;
pub mod secret;
pub mod time;

pub use change::{Actor, Change};
pub use decision::Decision;
pub use refusal::Refusal;
pub use scope::ScopeSet;
pub use secret::{Digest, Secret};
pub use time::{Span, Time};
