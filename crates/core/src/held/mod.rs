//! The law of held grants: what may be sent when, what an answer means, what may be served.
//!
//! A one-time refresh token is spent when the provider *may* have seen it. Everything here follows
//! from that (see docs/decisions/0006-held.md): the journal says what may be sent, an answer is
//! kept before it is understood, and a generation moves only forward.

pub mod absorb;
pub mod answer;
pub mod attempt;
pub mod connection;
pub mod consent;
mod date;
pub mod diagnose;
pub mod diagnosis;
pub mod explain;
pub mod grant;
pub mod guide;
pub mod habits;
pub mod integration;
pub mod journal;
pub mod judge;
pub mod manage;
pub mod mask;
pub mod onward;
pub mod plan;
pub mod provider;
pub mod read;
mod reference;
pub mod renewal;
mod repeated;
pub mod replay;
pub mod scopes;
pub mod serve;
pub mod step;
pub mod timing;
pub mod unmatched;
mod wording;

pub use answer::{Fault, RawAnswer, Reading, TokenResponse, Verdict};
pub use attempt::{Attempt, How, Kind, Phase, Sending};
pub use connection::{Account, Connection, Standing, State};
pub use consent::{Consent, ConsentSecrets};
pub use diagnosis::{Cause, Confidence, Diagnosis, Party};
pub use grant::{Access, Grant, Tokens};
pub use guide::Guide;
pub use habits::Habits;
pub use integration::Integration;
pub use judge::Kept;
pub use provider::Provider;
pub use replay::{ReplayPolicy, Replayed};
pub use step::{Situation, Step, Why};
