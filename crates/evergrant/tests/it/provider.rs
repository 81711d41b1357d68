//! `evergrant provider`: what the catalogue says, with no store at all.

use serde_json::{Value, json};

use crate::harness::{Bed, text};

#[test]
fn the_catalogue_is_listed_without_a_store() {
    let bed = Bed::new();
    let listed = bed.json(&["provider", "list"]);
    assert_eq!(listed["next"], Value::Null);
    let items = listed["items"].as_array().unwrap();
    let slack = items.iter().find(|it| it["key"] == "slack").unwrap();
    let expected = json!({
        "key": "slack", "name": "Slack", "replay": "strict", "renewal": "refresh_token",
    });
    assert_eq!(*slack, expected);
    let keys: Vec<_> = items.iter().map(|it| text(it, "key")).collect();
    for key in [
        "google",
        "meta",
        "microsoft",
        "linkedin",
        "salesforce",
        "hubspot",
        "slack",
        "github",
        "xero",
        "quickbooks",
        "canopy_connect",
        "canvas_lms",
        "generic",
    ] {
        assert!(keys.contains(&key), "{key} is not in {keys:?}");
    }

    let ran = bed.run(&["provider", "list"]).succeeded();
    let head = ran.stdout.lines().next().unwrap();
    assert!(head.trim_start().starts_with("KEY"), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().count(), items.len() + 1);
    assert!(!bed.data().exists(), "a look at the catalogue made a store");
}

#[test]
fn all_that_is_known_of_a_provider_is_shown_by_any_of_its_names() {
    let bed = Bed::new();
    let shown = bed.json(&["provider", "show", "facebook"]);
    assert_eq!(shown["key"], "meta");
    assert_eq!(shown["renewal"], "exchange");
    assert_eq!(shown["exchange"]["grant_type"], "fb_exchange_token");
    assert_eq!(shown["access_lifetime"], "60d");
    assert_eq!(shown["revocation"]["how"], "delete_as_bearer");
    let rules = shown["rules"].as_array().unwrap();
    let dead = rules.iter().find(|rule| rule["code"] == "190").unwrap();
    assert_eq!(dead["verdict"], "dead");
    assert!(!shown["sources"].as_array().unwrap().is_empty());

    let ran = bed.run(&["provider", "show", "Xero"]).succeeded();
    for said in [
        "https://identity.xero.com/connect/token",
        "window:1800",
        "60d",
        "https://developer.xero.com/faq/oauth2",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let generic = bed.json(&["provider", "show", "generic"]);
    assert_eq!(generic["replay"], "strict");
    assert_eq!(generic["endpoints"]["token"], Value::Null);
    assert_eq!(generic["checked"], Value::Null);
}

#[test]
fn a_provider_that_nobody_knows_is_exit_3() {
    let bed = Bed::new();
    let show = ["provider", "show", "gogle"];
    let ran = bed.run(&show).ended_with(3);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("\"gogle\""), "{}", ran.stderr);
    assert!(ran.stderr.contains("provider list"), "{}", ran.stderr);
    bed.run(&["provider", "show", "gogle", "--json"])
        .failed_as(3, "not_found");
    bed.run(&["provider"]).ended_with(2);
}
