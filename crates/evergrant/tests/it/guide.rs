//! `evergrant guide`: what to do about a cause, with no store at all; and the documents that are
//! made from the same data.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::{Bed, text};

fn items(list: &Value) -> &[Value] {
    list["items"].as_array().unwrap()
}

#[test]
fn the_guides_are_listed_without_a_store() {
    let bed = Bed::new();
    let listed = bed.json(&["guide"]);
    assert_eq!(items(&listed).len(), 24);
    assert_eq!(listed["next"], Value::Null);
    let testing = items(&listed)
        .iter()
        .find(|it| it["cause"] == "app_in_testing_mode")
        .unwrap();
    assert_eq!(testing["party"], "app_developer");
    assert_eq!(testing["address"], "/guides/app_in_testing_mode");
    let google = |it: &Value| it == "google";
    assert!(testing["providers"].as_array().unwrap().iter().any(google));
    let ran = bed.run(&["guide"]).succeeded();
    let head = ran.stdout.lines().next().unwrap();
    assert!(head.trim_start().starts_with("CAUSE"), "{}", ran.stdout);
    assert!(ran.stdout.contains("password_changed"), "{}", ran.stdout);
    assert!(!bed.data().exists(), "a look at the guides made a store");
}

#[test]
fn a_guide_says_what_it_means_who_acts_and_what_to_do_there() {
    let bed = Bed::new();
    let general = bed.json(&["guide", "app_in_testing_mode"]);
    assert_eq!(general["provider"], Value::Null);
    let shown = bed.json(&["guide", "App-in-testing-mode", "--provider", "gmail"]);
    assert_eq!(shown["cause"], "app_in_testing_mode");
    assert_eq!(shown["provider"]["key"], "google");
    assert_eq!(shown["differs"], true);
    assert_eq!(shown["party"], "app_developer");
    let address = "/guides/app_in_testing_mode?provider=google";
    assert_eq!(shown["address"], address);
    assert_ne!(shown["steps"], general["steps"]);
    assert_eq!(shown.get("browser"), None);
    let meaning = shown["meaning"].as_array().unwrap();
    assert_eq!(meaning.len(), 2);
    assert!(meaning[1].as_str().unwrap().contains("seven days"));
    assert!(!shown.to_string().contains("**"), "markup is for pages");

    let arguments = ["guide", "app_in_testing_mode", "--provider", "google"];
    let ran = bed.run(&arguments).succeeded();
    for said in [
        "The app is still in testing at the provider (Google)",
        "Who acts: Whoever registered the app",
        "What to do:\n  1. ",
        "Publish app",
        "How to avoid it next time:\n  - ",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    let long = ran.stdout.lines().filter(|it| !it.contains("http"));
    let long: Vec<_> = long.filter(|it| it.chars().count() > 80).collect();
    assert_eq!(long, Vec::<&str>::new());
    let arguments = ["guide", "provider_outage", "--provider", "slack"];
    let ran = bed.run(&arguments).succeeded();
    let said = "State of the service: https://slack-status.com";
    assert!(ran.stdout.contains(said), "{}", ran.stdout);
}

#[test]
fn of_a_provider_that_nobody_wrote_about_the_general_steps_are_shown() {
    let bed = Bed::new();
    let general = bed.run(&["guide", "idle_expiry"]).succeeded();
    let ran = bed
        .run(&["guide", "idle_expiry", "--provider", "acme"])
        .succeeded();
    assert_eq!(ran.stdout, general.stdout);
    assert!(ran.stderr.contains("\"acme\""), "{}", ran.stderr);
    let shown = bed.json(&["guide", "idle_expiry", "--provider", "acme"]);
    assert_eq!(shown["provider"], Value::Null);
}

#[test]
fn the_browsers_part_is_shown_alone_with_a_guide_and_for_one_browser() {
    let bed = Bed::new();
    let alone = bed.json(&["guide", "--browser", "--provider", "google"]);
    assert_eq!(alone["ways"].as_array().unwrap().len(), 3);
    assert!(text(&alone, "switch").contains("Use another account"));
    assert_eq!(alone["address"], "/guides/browser?provider=google");
    let keys = alone["browsers"].as_array().unwrap().iter();
    let keys: BTreeSet<_> = keys.map(|it| text(it, "key").to_owned()).collect();
    for key in [
        "chrome",
        "edge",
        "firefox",
        "safari",
        "safari_ios",
        "chrome_android",
        "samsung",
        "brave",
        "opera",
        "vivaldi",
    ] {
        assert!(keys.contains(key), "{key} is not in {keys:?}");
    }
    let named = bed.json(&["guide", "browser", "--provider", "google"]);
    assert_eq!(named, alone);
    let both = bed.json(&["guide", "user_revoked", "--browser=firefox"]);
    assert_eq!(both["browser"]["browsers"].as_array().unwrap().len(), 1);
    let ran = bed.run(&["guide", "--browser=firefox"]).succeeded();
    assert!(ran.stdout.contains("Ctrl+Shift+P"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Samsung"), "{}", ran.stdout);
    let ran = bed.run(&["guide", "--browser=lynx"]).ended_with(3);
    assert!(ran.stderr.contains("firefox"), "{}", ran.stderr);
}

#[test]
fn a_cause_that_is_none_is_exit_3_and_names_the_nearest() {
    let bed = Bed::new();
    let ran = bed.run(&["guide", "pasword"]).ended_with(3);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("\"pasword\""), "{}", ran.stderr);
    let meant = "Did you mean password_changed?";
    assert!(ran.stderr.contains(meant), "{}", ran.stderr);
    let ran = bed.run(&["guide", "refresh_token"]).ended_with(3);
    let meant = "refresh_token_reused or refresh_token_superseded?";
    assert!(ran.stderr.contains(meant), "{}", ran.stderr);
    let ran = bed.run(&["guide", "zzzzzz"]).ended_with(3);
    assert!(!ran.stderr.contains("mean"), "{}", ran.stderr);
    assert!(ran.stderr.contains("evergrant guide"), "{}", ran.stderr);
    bed.run(&["guide", "pasword", "--json"])
        .failed_as(3, "not_found");
    bed.run(&["guide", "--markdown", "--provider", "google"])
        .ended_with(2);
}

fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides")
}

/// Where the links between the documents lead.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    let after = text.split("](").skip(1);
    after.map(|rest| rest.split(')').next().unwrap())
}

#[test]
fn the_documents_are_what_the_command_prints() {
    let bed = Bed::new();
    let listed = bed.json(&["guide"]);
    let causes = items(&listed).iter().map(|it| text(it, "cause"));
    let words: Vec<_> = causes.chain(["browser"]).collect();
    let print = |arguments: &[&str]| bed.run(arguments).succeeded().stdout;
    let mut made = vec![("README.md".to_owned(), print(&["guide", "--markdown"]))];
    for word in words {
        made.push((format!("{word}.md"), print(&["guide", word, "--markdown"])));
    }
    let folder = documents();
    if std::env::var_os("EVERGRANT_WRITE_DOCS").is_some() {
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &made {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    for (name, text) in &made {
        let written = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let stale = "is not up to date: run with EVERGRANT_WRITE_DOCS=1";
        assert!(written == *text, "docs/guides/{name} {stale}");
        for target in targets(text) {
            assert!(folder.join(target).is_file(), "{name}: {target}");
        }
    }
    let files = std::fs::read_dir(&folder).unwrap().map(|it| it.unwrap());
    let files: BTreeSet<_> = files
        .map(|it| it.file_name().into_string().unwrap())
        .collect();
    let names: BTreeSet<_> = made.into_iter().map(|(name, _)| name).collect();
    assert_eq!(files, names, "docs/guides has files that nothing makes");
}
