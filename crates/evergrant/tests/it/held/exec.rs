//! `evergrant exec`: the environment of the command, and how it ends.

use super::{FRESH, Keeper, STALE, allowed};
use crate::harness::{Ran, signal};

fn exec(it: &Keeper, names: &[&str], command: &[&str]) -> Ran {
    it.run(&[&["exec"], names, &["--"], command].concat())
}

#[test]
fn the_command_has_the_tokens_and_nothing_else_of_ours() {
    let it = Keeper::with_connection(FRESH);
    it.import("my-mail.2", r#"{"access_token":"at-mail"}"#);
    let ran = exec(&it, &["ci", "my-mail.2", "--env", "GH=ci"], &["env"]).succeeded();
    let mut ours: Vec<_> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("EVERGRANT") || line.starts_with("GH"))
        .collect();
    ours.sort_unstable();
    let expected = [
        "EVERGRANT_TOKEN_CI=at-imported",
        "EVERGRANT_TOKEN_MY_MAIL_2=at-mail",
        "GH=at-imported",
    ];
    assert_eq!(ours, expected);
    assert!(ran.stdout.contains("PATH="), "{}", ran.stdout);
    assert_eq!(ran.stderr, "");
    let ran = exec(&it, &["--env", "GH=ci"], &["env"]).succeeded();
    assert!(!ran.stdout.contains("EVERGRANT"), "{}", ran.stdout);
}

#[test]
fn it_ends_as_the_command_did() {
    let it = Keeper::with_connection(FRESH);
    exec(&it, &["ci"], &["sh", "-c", "exit 7"]).ended_with(7);
    let said = exec(&it, &["ci"], &["sh", "-c", "cat; echo $1", "sh", "--json"]).succeeded();
    assert_eq!(said.stdout, "--json\n");
    let arguments = allowed(&["exec", "ci", "--", "sleep", "60"]);
    let mut child = it.bed.command(&arguments).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    signal(child.id(), "TERM");
    let status = child.wait().unwrap();
    let ended_by = std::os::unix::process::ExitStatusExt::signal(&status);
    assert_eq!(ended_by, Some(15), "{status}");
}

#[test]
fn it_begins_with_all_tokens_or_not_at_all() {
    let it = Keeper::with_connection(FRESH);
    it.import("other", STALE);
    it.provider.next(400, r#"{"error":"invalid_grant"}"#);
    let touched = it.bed.path("touched");
    let touch = ["touch", &touched.display().to_string()];
    exec(&it, &["ci", "nothing"], &touch).ended_with(3);
    exec(&it, &["ci", "other"], &touch).ended_with(5);
    assert!(!touched.exists());
    it.run(&["exec", "ci"]).ended_with(2);
    it.run(&["exec", "--", "env"]).ended_with(2);
    exec(&it, &["ci", "--env", "1=ci"], &touch).ended_with(2);
    let ran = exec(&it, &["ci"], &["no-such-command"]).ended_with(1);
    assert!(ran.stderr.contains("no-such-command"), "{}", ran.stderr);
}
