//! On a desk nothing has to be set up first.

use crate::harness::{Bed, text};

#[test]
fn the_first_command_makes_a_store_with_one_person() {
    let bed = Bed::new();
    let ran = bed.run(&["user", "list", "--json"]);
    ran.failed_as(1, "not_set_up");
    let list = ["connection", "list", "--json"];
    let person = |command: &mut std::process::Command| {
        let output = command.env("USER", "Ada").output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let said = person(&mut bed.command(&list));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("Ada@localhost"), "{said}");
    assert!(said.contains(&bed.data().display().to_string()), "{said}");
    let ran = bed.run(&list).succeeded();
    assert_eq!(ran.stderr, "");
    let users = bed.json(&["user", "list"]);
    assert_eq!(users["items"].as_array().unwrap().len(), 1);
    assert_eq!(users["items"][0]["email"], "ada@localhost");
    assert_eq!(users["items"][0]["role"], "owner");
}

#[test]
fn several_first_commands_make_one_team() {
    let bed = Bed::new();
    let ends: Vec<_> = std::thread::scope(|scope| {
        let begin = |_| {
            let command = bed.command(&["integration", "list"]);
            scope.spawn(move || { command }.output().unwrap())
        };
        let all: Vec<_> = (0..4).map(begin).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let said = |output: &std::process::Output| String::from_utf8(output.stderr.clone()).unwrap();
    for output in &ends {
        assert_eq!(output.status.code(), Some(0), "{}", said(output));
    }
    let made = ends.iter().filter(|it| !said(it).is_empty()).count();
    assert_eq!(made, 1);
    let users = bed.json(&["user", "list"]);
    assert_eq!(users["items"].as_array().unwrap().len(), 1);
}

#[test]
fn a_token_of_a_desk_without_connections_is_not_found() {
    let bed = Bed::new();
    let problem = bed
        .run(&["token", "github", "--json"])
        .failed_as(3, "not_found");
    assert!(text(&problem, "detail").contains("github"), "{problem}");
}
