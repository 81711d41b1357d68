//! Clients that we did not write, each used as its own documentation shows.
//!
//! A script of `tests/clients` does all that its library can do and checks every answer; here it
//! gets a server with a user and clients. Where a tool is missing the test is left out, but not in
//! CI.

mod adapter;
mod oauth2_crate;
pub(crate) mod script;
pub(crate) mod stage;
pub(crate) mod tools;

use script::Script;
use stage::Stage;

#[test]
fn oauth4webapi() {
    run(tools::node(), "oauth4webapi.mjs");
}

#[test]
fn openid_client() {
    run(tools::node(), "openid-client.mjs");
}

#[test]
fn authlib() {
    run(tools::python(), "authlib_client.py");
}

#[test]
fn requests_oauthlib() {
    run(tools::python(), "requests_oauthlib_client.py");
}

fn run(interpreter: tools::Found, name: &str) {
    let Some(interpreter) = tools::or_left_out(interpreter) else {
        return;
    };
    let stage = Stage::start();
    Script {
        interpreter: &interpreter,
        name,
        variables: stage.variables(),
    }
    .run();
}
