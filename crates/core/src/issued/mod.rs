//! The law of issued grants: one row a grant, its tokens a counter (DESIGN section 3).

pub mod access_token;
pub mod authorize;
pub mod client;
pub mod code;
pub mod exchange;
pub mod grant;
pub mod incident;
pub mod liveness;
pub mod personal;
pub mod presenter;
pub mod reason;
pub mod redirect;
pub mod refresh;
pub mod revoke;
pub mod window;

pub use client::{Client, GrantTypes, OnTwoHolders, Reach, Replay};
pub use code::Code;
pub use grant::{Grant, Nonce, Rotation};
pub use incident::{Incident, IncidentKind};
pub use personal::PersonalToken;
pub use presenter::{Presenter, Presenters};
pub use reason::Reason;
pub use window::{Absence, StoreFacts};
