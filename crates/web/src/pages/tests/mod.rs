//! The pages as a browser sees them: the real router on an embedded store.

mod authorize;
mod bed;
mod browser;
mod connect;
mod consent;
mod explain;
mod guides;
mod headers;
mod integrations;
mod loopback;
mod provider;
mod setup;
mod sign_in;
