//! The demo as whoever starts it sees it, and what it leaves behind.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use serde_json::Value;

use crate::harness::{Bed, signal, text};

/// What the held part tells, in its order; `#` stands for a number that differs.
const HELD: [&str; 18] = [
    "8. The other direction: a keeper",
    "ok  she followed its link and allowed it (code flow, PKCE): connected",
    "ok  an unknown provider is taken to be strict: a refresh token is good for one use",
    "9. Five programs ask at once",
    "ok  the token had # s left: all 5 got one and the same new one, and it is live",
    "ok  the provider saw one refresh: its count went from 1 to 2",
    "10. The keeper is killed in the middle of a refresh",
    "ok  process # is gone; whoever asked it for new tokens got no answer",
    "ok  the provider is at generation 3, the keeper at 2; its journal says: received",
    "ok  evergrant serve, on the same store, read it in the journal: generation 3, active",
    "ok  a program gets the new token, a live one; the provider was not asked again: still 3",
    "11. The same without a journal",
    "ok  refused: invalid_grant, reuse_detected",
    "ok  its grant is dead, and Ada has to be asked anew; the keeper's lives",
    "12. What the journal tells",
    "ok  3 requests to the provider, the code first: each was sent once, each answer was used",
    "ok  sent by one process, applied by another after its end",
    "All 12 steps came out as told (# things checked).",
];

#[test]
fn the_demo_tells_how_a_grant_is_held() {
    let bed = Bed::new();
    // The settings of whoever starts it have no part in it.
    let elsewhere = bed
        .with("EVERGRANT_URL", "http://127.0.0.1:9")
        .with("EVERGRANT_TOKEN", "evg_pat_of_another_server")
        .with("EVERGRANT_DATABASE", "postgres://127.0.0.1:9/another");
    let ran = elsewhere.run(&["demo", "--exit"]).succeeded();
    assert_eq!(ran.stderr, "");
    let mut lines = ran.stdout.lines().map(str::trim);
    for told in HELD {
        assert!(lines.any(|line| fits(line, told)), "{told}: {}", ran.stdout);
    }
    for secret in ["eyJ", "evg_secret_"] {
        assert!(!ran.stdout.contains(secret), "{secret}: {}", ran.stdout);
    }
    assert!(!directory_in(&ran.stdout).exists(), "{}", ran.stdout);
    assert!(!bed.data().exists());
}

/// Whether a line says this, with a number for each `#`.
fn fits(line: &str, told: &str) -> bool {
    let Some((before, after)) = told.split_once('#') else {
        return line == told;
    };
    let rest = line.strip_prefix(before);
    let number = rest.and_then(|it| it.strip_suffix(after));
    number.is_some_and(|it| it.parse::<u32>().is_ok())
}

fn directory_in(told: &str) -> PathBuf {
    let (_, rest) = told.split_once("a new store in ").unwrap();
    PathBuf::from(rest.split_once(", and").unwrap().0)
}

/// A demo that told its story, and serves until it is ended.
struct Open {
    process: std::process::Child,
    told: String,
}

impl Open {
    fn start(bed: &Bed) -> Self {
        let mut process = bed.command(&["demo"]).spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut told = String::new();
        while !told.contains("Ctrl-C") {
            let line = said.next().unwrap_or_else(|| panic!("it ended: {told}"));
            told.extend([line.unwrap().as_str(), "\n"]);
        }
        // Its last word must not meet a closed pipe.
        thread::spawn(move || said.for_each(drop));
        Self { process, told }
    }

    /// The directory of its stores.
    fn directory(&self) -> PathBuf {
        directory_in(&self.told)
    }

    /// Where its keeper serves, without `http://`.
    fn keeper(&self) -> &str {
        let (_, rest) = self
            .told
            .split_once("The keeper serves at http://")
            .unwrap();
        rest.split_once(',').unwrap().0
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn whoever_looks_finds_what_was_told_and_nothing_stays() {
    let bed = Bed::new();
    let mut demo = Open::start(&bed);
    let store = demo.directory().join("keeper");
    let shown = on(&store, &["connection", "show", "sample"]);
    let known = (text(&shown, "state"), &shown["generation"]);
    assert_eq!(known, ("active", &Value::from(3)), "{shown}");
    let history = on(&store, &["connection", "history", "sample"]);
    let rows = history["items"].as_array().unwrap();
    let phases: Vec<_> = rows.iter().map(|row| text(row, "phase")).collect();
    assert_eq!(phases, ["applied"; 3], "{history}");
    assert!(TcpStream::connect(demo.keeper()).is_ok());

    // The command that it recommends gives a token, though nobody asks the provider.
    let (_, line) = demo.told.split_once("EVERGRANT_DATA=").unwrap();
    let line = line.lines().next().unwrap();
    let line = format!("EVERGRANT_DATA={line}").replace("evergrant token", "\"$0\" token");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line, env!("CARGO_BIN_EXE_evergrant")]);
    let token = shell.output().unwrap();
    assert!(token.stdout.starts_with(b"eyJ"), "{line}: {token:?}");

    signal(demo.process.id(), "TERM");
    assert_eq!(demo.process.wait().unwrap().code(), Some(0));
    assert!(!demo.directory().exists());
    assert!(TcpStream::connect(demo.keeper()).is_err());
}

/// Whatever becomes of the demo, the part of it that can be made to stand still stays nowhere.
#[test]
fn the_keeper_that_stands_still_ends_with_whoever_started_it() {
    let bed = Bed::new();
    bed.team();
    let data = bed.data().display().to_string();
    let mut command = bed.command(&["demo", "--keeper", &data]);
    let mut keeper = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(keeper.stdout.take().unwrap()).lines();
    let line = said.next().unwrap().unwrap();
    assert!(line.starts_with("serves http://127.0.0.1:"), "{line}");
    drop(keeper.stdin.take());
    assert!(said.next().is_none());
    assert_eq!(keeper.wait().unwrap().code(), Some(0));
}

#[test]
fn whoever_ends_the_demo_in_the_middle_leaves_nothing() {
    let bed = Bed::new();
    let mut demo = bed.command(&["demo"]).spawn().unwrap();
    let mut said = BufReader::new(demo.stdout.take().unwrap()).lines();
    let mut told = String::new();
    while !told.contains("9. Five programs") {
        told.extend([said.next().unwrap().unwrap().as_str(), "\n"]);
    }
    signal(demo.id(), "TERM");
    let rest: Vec<_> = said.map_while(Result::ok).collect();
    assert!(!rest.iter().any(|line| line.starts_with("10.")), "{rest:?}");
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    assert!(!directory_in(&told).exists());
}

/// What a command says of a store.
fn on(store: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_evergrant"));
    let data = store.as_os_str();
    command.env_clear().env("EVERGRANT_DATA", data);
    command.args(arguments).arg("--json").stderr(Stdio::null());
    serde_json::from_slice(&command.output().unwrap().stdout).unwrap()
}
