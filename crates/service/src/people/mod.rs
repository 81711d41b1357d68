//! People in motion: passwords and sessions.

pub mod password;
pub mod sign_in;
pub(crate) mod throttle;
