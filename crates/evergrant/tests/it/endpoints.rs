//! The OAuth endpoints over HTTP, with the section beside each rule that a program may rest on.

mod authentication;
mod code;
mod ends;
mod introspection;
mod keys;
mod operation;
mod outage;
mod refresh;
mod requests;
mod revocation;
