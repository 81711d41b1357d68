//! The master key: without the right one nothing starts, and what is said names the right one.

use std::os::unix::fs::PermissionsExt as _;

use crate::harness::Bed;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ANOTHER: &str = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";
const INIT: [&str; 6] = [
    "init",
    "--team",
    "Acme",
    "--email",
    "ada@acme.example",
    "--json",
];

#[test]
fn a_wrong_key_ends_the_start_and_names_the_right_one() {
    let bed = Bed::new();
    bed.with("EVERGRANT_KEY", KEY).run(&INIT).succeeded();
    assert!(!bed.data().join("evergrant.key").exists());
    let view = bed.with("EVERGRANT_KEY", ANOTHER);
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0", "--json"][..],
        &["user", "list", "--json"],
    ] {
        let problem = view.run(arguments).failed_as(1, "store_not_unsealed");
        let detail = problem["detail"].as_str().unwrap();
        let needed = detail.split("sealed with master key ").nth(1).unwrap();
        assert_eq!(needed.split(',').next().unwrap().len(), 16, "{detail}");
        assert!(
            !detail.contains(KEY) && !detail.contains(ANOTHER),
            "{detail}"
        );
    }
    bed.with("EVERGRANT_KEY", KEY)
        .run(&["user", "list"])
        .succeeded();
}

#[test]
fn a_missing_key_file_is_not_made_anew_for_a_store_that_has_one() {
    let bed = Bed::new();
    bed.run(&INIT).succeeded();
    let file = bed.data().join("evergrant.key");
    let kept = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--json"];
    let problem = bed.run(&serve).failed_as(1, "store_not_unsealed");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("evergrant.key"),
        "{problem}"
    );
    assert!(!file.exists());

    std::fs::write(&file, kept).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let problem = bed.run(&serve).failed_as(1, "store_not_unsealed");
    assert!(
        problem["detail"].as_str().unwrap().contains("chmod 600"),
        "{problem}"
    );
}

#[test]
fn a_key_comes_from_a_file_a_variable_or_a_command_but_from_one_only() {
    let bed = Bed::new();
    let command = format!("echo {KEY}");
    let by_command = bed.with("EVERGRANT_KEY_COMMAND", &command);
    by_command.run(&INIT).succeeded();
    bed.with("EVERGRANT_KEY", KEY)
        .run(&["user", "list"])
        .succeeded();
    let file = bed.path("key");
    std::fs::write(&file, KEY).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let file = file.display().to_string();
    bed.run(&["user", "list", "--key-file", &file]).succeeded();

    let problem = by_command
        .with("EVERGRANT_KEY", KEY)
        .run(&["user", "list", "--json"])
        .failed_as(2, "setting_not_acceptable");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("EVERGRANT_KEY_COMMAND") && detail.contains("key (from"),
        "{detail}"
    );
    let failing = bed.with("EVERGRANT_KEY_COMMAND", "exit 3");
    failing
        .run(&["user", "list", "--json"])
        .failed_as(1, "store_not_unsealed");
}
