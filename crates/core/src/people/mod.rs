//! Teams, the people in them, and the events that end what they gave away.

pub mod epoch;
pub mod event;
pub mod session;
pub mod user;

pub use epoch::{EpochSubject, SignIn, UserEpochs};
pub use event::{Effect, Event, Policy};
pub use session::Session;
pub use user::{Email, Role, Team, User};
