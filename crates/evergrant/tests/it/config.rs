//! Where settings come from, and what is said of wrong ones.

use serde_json::Value;

use crate::harness::{Bed, Ran};

fn row(ran: &Ran, name: &str) -> (Value, String) {
    let rows = ran.json();
    let rows = rows["items"].as_array().unwrap().clone();
    let row = rows.into_iter().find(|row| row["name"] == name).unwrap();
    (
        row["value"].clone(),
        row["from"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn later_wins_default_file_variable_flag() {
    let bed = Bed::new();
    let show = ["config", "show", "--json"];
    let ran = bed.run(&show).succeeded();
    assert_eq!(
        row(&ran, "listen"),
        ("127.0.0.1:8420".into(), "default".into())
    );
    assert_eq!(row(&ran, "data").1, "EVERGRANT_DATA");

    let file = bed.path("evergrant.toml");
    std::fs::write(&file, "# ours\nlisten = \"127.0.0.1:1111\"\n").unwrap();
    let file = file.display().to_string();
    let in_file = bed.with("EVERGRANT_CONFIG", &file);
    let ran = in_file.run(&show).succeeded();
    assert_eq!(
        row(&ran, "listen"),
        ("127.0.0.1:1111".into(), format!("{file}:2"))
    );

    let in_variable = in_file.with("EVERGRANT_LISTEN", "127.0.0.1:2222");
    let ran = in_variable.run(&show).succeeded();
    assert_eq!(
        row(&ran, "listen"),
        ("127.0.0.1:2222".into(), "EVERGRANT_LISTEN".into())
    );

    let ran = in_variable.run(&["config", "show", "--json", "--listen", "127.0.0.1:3333"]);
    assert_eq!(
        row(&ran.succeeded(), "listen"),
        ("127.0.0.1:3333".into(), "--listen".into())
    );
}

#[test]
fn secrets_are_masked_wherever_they_come_from() {
    let bed = Bed::new();
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let database = "postgres://evergrant:hushhush@db.example/evergrant";
    let view = bed
        .with("EVERGRANT_KEY", key)
        .with("EVERGRANT_DATABASE", database);
    for arguments in [&["config", "show"][..], &["config", "show", "--json"]] {
        let ran = view.run(arguments).succeeded();
        assert!(!ran.stdout.contains(key), "{}", ran.stdout);
        assert!(!ran.stdout.contains("hushhush"), "{}", ran.stdout);
        assert!(ran.stdout.contains("db.example"), "{}", ran.stdout);
    }
}

#[test]
fn a_wrong_setting_is_named_with_its_place() {
    let bed = Bed::new();
    let file = bed.path("evergrant.toml");
    std::fs::write(&file, "listen = \"127.0.0.1:1111\"\nlisten_on = \"x\"\n").unwrap();
    let file = file.display().to_string();
    let problem = bed
        .run(&["config", "check", "--config", &file, "--json"])
        .failed_as(2, "setting_not_acceptable");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.starts_with(&format!("{file}:2:1: there is no setting `listen_on`")),
        "{detail}"
    );

    for (name, value, said) in [
        (
            "EVERGRANT_LISTEN",
            "localhost",
            "listen (from EVERGRANT_LISTEN): \"localhost\"",
        ),
        ("EVERGRANT_PUBLIC_URL", "http://a.example", "plain http"),
        (
            "EVERGRANT_PUBLIC_URL",
            "https://a.example/",
            "write https://a.example",
        ),
        (
            "EVERGRANT_PUBLIC_URL",
            "https://a.example/path",
            "has a path",
        ),
        ("EVERGRANT_DATABASE", "mysql://db", "postgres://"),
        ("EVERGRANT_AUDIT_RETENTION", "1 year", "a duration is"),
        ("EVERGRANT_LOG_FORMAT", "xml", "neither text nor json"),
        (
            "EVERGRANT_LISTEN",
            "0.0.0.0:8420",
            "must be told its public URL",
        ),
        (
            "EVERGRANT_URL",
            "https://a.example",
            "EVERGRANT_TOKEN is not set",
        ),
    ] {
        let ran = bed
            .with(name, value)
            .run(&["config", "check"])
            .ended_with(2);
        assert!(ran.stderr.contains(said), "{name}={value}: {}", ran.stderr);
    }
    bed.run(&["config", "check"]).succeeded();
}

#[test]
fn a_variable_that_means_nothing_is_warned_of() {
    let bed = Bed::new();
    let ran = bed
        .with("EVERGRANT_LISTN", "x")
        .run(&["config", "check"])
        .succeeded();
    assert!(ran.stderr.contains("EVERGRANT_LISTN"), "{}", ran.stderr);
}
