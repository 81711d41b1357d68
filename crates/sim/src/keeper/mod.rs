//! The keeper under simulated time: the real use cases over the real embedded engine, with
//! processes that die at every step, a network that loses and spoils, a database that goes away,
//! and a judge who knows what must hold. A seed is a run; the same seed is the same run.

mod counts;
mod disk;
mod engine;
mod fate;
mod naive;
mod net;
mod oracle;
mod plan;
mod provider;
mod run;
mod weather;

pub use counts::Counts;
pub use naive::Naive;
pub use run::{Keeper, Outcome, Template};
