//! Acknowledged means on disk, seen from below; and the proof that this test can fail.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use evergrant_sim::trace::{Fault, Trace, missing};

use crate::bed::Folder;

const REFRESHES: usize = 30;

/// How often each verdict was found, under a level of SQLite's `synchronous`.
fn verdicts(level: &str) -> Option<BTreeMap<String, usize>> {
    if let Some(why) = missing() {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test's own question, not a setting of ours"
        )]
        let everything = std::env::var("CI").is_ok_and(|it| it == "true");
        assert!(!everything, "{why}");
        eprintln!("left out: {why}");
        return None;
    }
    let folder = Folder::new();
    let mut witness = Command::new(env!("CARGO_BIN_EXE_witness"));
    witness
        .arg(folder.path())
        .args([level, &REFRESHES.to_string()]);
    let file = folder.path().join("trace");
    let mut traced = Trace::command(&witness, &file);
    let child = traced
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let process = child.id();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let answers = String::from_utf8(output.stdout).unwrap();
    let tokens: Vec<_> = answers
        .lines()
        .map(|line| line.rsplit(' ').next().unwrap())
        .collect();
    assert_eq!(tokens.len(), REFRESHES + 1);
    let trace = Trace::read(&complete(&file, process));
    let mut counted = BTreeMap::new();
    for token in tokens {
        let verdict = trace
            .judge(token)
            .map_or_else(|fault| fault.to_string(), |()| String::new());
        *counted.entry(verdict).or_default() += 1;
    }
    Some(counted)
}

/// strace may write its last lines after the process has ended.
fn complete(file: &std::path::Path, process: u32) -> String {
    for _ in 0..200 {
        let text = std::fs::read_to_string(file).unwrap();
        if Trace::is_complete(&text, process) {
            return text;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("strace did not end");
}

#[test]
fn with_full_every_answer_waits_for_its_sync() {
    if let Some(verdicts) = verdicts("full") {
        assert_eq!(verdicts, BTreeMap::from([(String::new(), REFRESHES + 1)]));
    }
}

/// The red proof: the same judge, and a store that answers before it syncs.
#[test]
fn with_normal_no_answer_does_and_the_judge_sees_it() {
    if let Some(verdicts) = verdicts("normal") {
        let unsynced = verdicts.get(&Fault::NotSynced.to_string()).copied();
        // A checkpoint may sync for one of them by chance.
        assert!(
            unsynced.unwrap_or_default() >= REFRESHES - 2,
            "{verdicts:?}"
        );
    }
}
