//! One whole code flow in a real browser, under the security policy of our own pages; then the
//! first visit to an empty store.

use crate::clients::script::Script;
use crate::clients::stage::Stage;
use crate::clients::tools;
use crate::harness::{Bed, Server};

/// What the settings page shows beside the grants, long enough to be wrapped.
const PURPOSE: &str = "Backup of the notes, every night, from the machine in the cellar";

#[test]
fn people_sign_in_decide_and_set_up_in_a_browser() {
    let Some(node) = tools::or_left_out(tools::node()) else {
        return;
    };
    let Some(chromium) = tools::or_left_out(tools::chromium()) else {
        return;
    };
    let stage = Stage::start();
    stage
        .bed
        .json(&["pat", "create", PURPOSE, "--scope", "read"]);
    let empty = Bed::new();
    let second = empty.serve();

    let screenshots = tools::root().join("target/test-screenshots");
    let mut variables = stage.variables();
    for (name, value) in [
        ("CHROMIUM", chromium.display().to_string()),
        ("SCREENSHOTS", screenshots.display().to_string()),
        ("SET_UP_LINK", set_up_link(&second)),
    ] {
        variables.push((name.to_owned(), value));
    }
    let name = "browser.mjs";
    let interpreter = &node;
    Script {
        interpreter,
        name,
        variables,
    }
    .run();
}

fn set_up_link(server: &Server) -> String {
    let log = server.log();
    let events = log
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    let mut links =
        events.filter_map(|event: serde_json::Value| Some(event["link"].as_str()?.to_owned()));
    links.next().unwrap_or_else(|| panic!("no link in {log}"))
}
