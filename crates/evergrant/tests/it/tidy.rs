//! The house rules, as tests: who may depend on whom, and how a file looks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest file: beyond it there is a second subject in it.
const LINES: usize = 400;
const COLUMNS: usize = 100;

/// Which of our crates each may name, and which its tests may name too.
const EDGES: [(&str, &[&str], &[&str]); 6] = [
    ("core", &[], &[]),
    ("store", &["core"], &[]),
    ("service", &["core", "store"], &[]),
    ("web", &["service"], &[]),
    ("evergrant", &["web"], &["sim"]),
    ("sim", &["service"], &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && name != "node_modules" && !name.starts_with('.') {
            found.extend(files_below(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(String, String)> {
    let root = root();
    let files = files_below(&root.join("crates"), ".rs");
    assert!(files.len() > 100, "the sources were not found");
    let shown = |path: &PathBuf| path.strip_prefix(&root).unwrap().display().to_string();
    files
        .iter()
        .map(|path| (shown(path), fs::read_to_string(path).unwrap()))
        .collect()
}

/// The names of our crates in one section of a manifest, without their prefix.
fn named(manifest: &str, section: &str) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let Some(table) = manifest.get(section).and_then(toml::Value::as_table) else {
        return Vec::new();
    };
    table
        .keys()
        .filter_map(|name| name.strip_prefix("evergrant-"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_crate_names_only_those_below_it() {
    let root = root();
    let known: BTreeMap<_, _> = EDGES.iter().map(|(name, ..)| (*name, ())).collect();
    for entry in fs::read_dir(root.join("crates")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            known.contains_key(name.as_str()),
            "crate {name} has no place in the table"
        );
    }
    for (name, allowed, in_tests) in EDGES {
        let manifest = root.join("crates").join(name).join("Cargo.toml");
        let manifest = fs::read_to_string(manifest).unwrap();
        for found in named(&manifest, "dependencies") {
            assert!(
                allowed.contains(&found.as_str()),
                "{name} must not depend on {found}"
            );
        }
        for found in named(&manifest, "dev-dependencies") {
            let fits = allowed.contains(&found.as_str()) || in_tests.contains(&found.as_str());
            assert!(fits, "the tests of {name} must not depend on {found}");
        }
        assert!(
            named(&manifest, "build-dependencies").is_empty(),
            "{name} builds with our crates"
        );
    }
}

#[test]
fn core_is_pure() {
    let banned = [
        "async ",
        ".await",
        "std::fs",
        "std::net::Tcp",
        "std::thread",
        "std::process",
        "SystemTime",
        "Instant::now",
        "SystemRandom",
        "tokio",
        "rusqlite",
        "std::env",
    ];
    for (path, text) in sources()
        .iter()
        .filter(|(path, _)| path.starts_with("crates/core/src"))
    {
        for word in banned {
            assert!(!text.contains(word), "{path} has {word:?}");
        }
    }
}

#[test]
fn only_the_store_knows_sql_and_only_the_web_knows_http() {
    for (path, text) in sources() {
        let source = path.contains("/src/");
        let sql = ["rusqlite", "tokio_postgres", "deadpool"];
        let of_store = path.starts_with("crates/store") || path.starts_with("crates/sim");
        if source && !of_store {
            assert!(
                sql.iter().all(|word| !text.contains(word)),
                "{path} knows a database"
            );
        }
        let http = ["axum", "askama", "utoipa"];
        if source && !path.starts_with("crates/web") {
            assert!(
                http.iter().all(|word| !text.contains(word)),
                "{path} knows HTTP"
            );
        }
    }
}

#[test]
fn both_directions_have_their_room_in_every_layer() {
    for layer in ["core", "store", "service"] {
        for direction in ["issued", "held"] {
            let room = root()
                .join("crates")
                .join(layer)
                .join("src")
                .join(direction);
            assert!(room.join("mod.rs").is_file(), "{layer} has no {direction}/");
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_stays_small() {
    let unfinished = [
        "TO\u{44}O",
        "FIX\u{4d}E",
        "XX\u{58}:",
        "unimplemented\u{21}",
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if !text.starts_with("//! ") {
            wrong.push(format!("{path} does not say in its first line what it is"));
        }
        let lines = text.lines().count();
        if lines > LINES {
            wrong.push(format!("{path} has {lines} lines"));
        }
        for (index, line) in text.lines().enumerate() {
            if line.chars().count() > COLUMNS && !line.contains("http") {
                wrong.push(format!("{path}:{} is wider than {COLUMNS}", index + 1));
            }
            if line.ends_with(' ') || line.contains('\t') {
                wrong.push(format!(
                    "{path}:{} has a trailing space or a tab",
                    index + 1
                ));
            }
        }
        if let Some(word) = unfinished.iter().find(|word| text.contains(**word)) {
            wrong.push(format!("{path} has {word}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_crypto_stack_and_no_c_but_sqlite_and_ring() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    for name in [
        "aws-lc-sys",
        "openssl-sys",
        "native-tls",
        "cmake",
        "bindgen",
    ] {
        assert!(
            !lock.contains(&format!("name = \"{name}\"")),
            "{name} is in the tree"
        );
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let root = root();
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let reasons = fs::read_to_string(root.join("docs/decisions/0002-dependencies.md")).unwrap();
    let names = manifest["workspace"]["dependencies"].as_table().unwrap();
    for name in names.keys().filter(|name| !name.starts_with("evergrant-")) {
        assert!(
            reasons.contains(&format!("`{name}`")),
            "nothing says why {name} is there"
        );
    }
}
