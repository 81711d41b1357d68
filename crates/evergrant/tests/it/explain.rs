//! What a text about a failed token says, asked in every way there is: as a command here, over the
//! API in [`api`], with what nobody meant well in [`hostile`]. The page has its tests beside it.

mod api;
mod hostile;

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::harness::{Bed, Ran, text};

/// A text, and the cause that it must have.
const IDLE: &str =
    r#"{"error":"invalid_grant","error_description":"Token expired due to inactivity."}"#;
const LIMITED: &str = "HTTP/1.1 429 Too Many Requests: rate limit exceeded, Retry-After: 60";

const MEMBERS: [&str; 10] = [
    "also_possible",
    "cause",
    "confidence",
    "dates",
    "evidence",
    "next_step",
    "party",
    "provider",
    "summary",
    "transient",
];

fn members(document: &Value) -> Vec<&str> {
    let members = document.as_object().unwrap().keys();
    members.map(String::as_str).collect()
}

/// Runs it with these bytes on standard input.
fn piped(bed: &Bed, arguments: &[&str], input: &[u8]) -> (Option<i32>, String, String) {
    let mut command = bed.command(arguments);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writing = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    let utf8 = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        utf8(output.stdout),
        utf8(output.stderr),
    )
}

fn cause_of(bed: &Bed, arguments: &[&str], input: &[u8]) -> String {
    let arguments = [&["explain", "--json"], arguments].concat();
    let (code, stdout, stderr) = piped(bed, &arguments, input);
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let document: Value = serde_json::from_str(&stdout).unwrap();
    text(&document, "cause").to_owned()
}

#[test]
fn a_text_is_explained_as_one_document() {
    let bed = Bed::new();
    let said = bed.json(&["explain", IDLE, "--provider", "google", "--status", "400"]);
    assert_eq!(members(&said), MEMBERS);
    assert_eq!(said["cause"], "idle_expiry");
    assert_eq!(said["provider"], "google");
    assert_eq!(said["transient"], false);
    assert!(text(&said, "summary").ends_with('.'));
    assert!(!text(&said, "next_step").is_empty());
    assert!(said["evidence"].to_string().contains("HTTP status 400"));

    let dated = bed.json(&["explain", "The token expired on 2026-11-19T12:00:00+02:00."]);
    assert_eq!(dated["dates"], json!(["2026-11-19T10:00:00.000Z"]));
    let passes = bed.json(&["explain", LIMITED]);
    assert_eq!(passes["cause"], "rate_limited");
    assert_eq!(passes["transient"], true);
    assert_eq!(passes["provider"], Value::Null);
    assert!(!bed.data().exists(), "a look at a text made a store");
}

#[test]
fn a_text_that_tells_nothing_is_answered_too() {
    let bed = Bed::new();
    for nothing in ["", "The weather is fine."] {
        let said = bed.json(&["explain", nothing]);
        assert_eq!(members(&said), MEMBERS);
        assert_eq!(said["cause"], "unknown");
    }
    let unheard = bed.json(&["explain", IDLE, "--provider", "Acme SSO"]);
    assert_eq!(unheard["cause"], "idle_expiry");
    assert!(unheard["evidence"].to_string().contains("Acme SSO"));
}

#[test]
fn people_read_what_happened_what_to_do_and_where_the_guide_is() {
    let bed = Bed::new();
    let ran = bed
        .run(&["explain", IDLE, "--provider", "Google"])
        .succeeded();
    assert_eq!(ran.stderr, "");
    for said in [
        "\n  what to do     ",
        "\n  who must act   ",
        "\n  how sure       ",
        "\n  cause          idle_expiry\n",
        "\nWhat was seen:\n",
        "\nStep by step: evergrant guide idle_expiry --provider google\n",
    ] {
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains("due to inactivity"), "{}", ran.stdout);
    let nobody = bed.run(&["explain", LIMITED]).succeeded();
    assert!(
        nobody.stdout.ends_with("evergrant guide rate_limited\n"),
        "{}",
        nobody.stdout
    );
}

#[test]
fn the_text_comes_by_argument_by_standard_input_or_from_files() {
    let bed = Bed::new();
    let (idle, limited) = (bed.path("idle.txt"), bed.path("limited.txt"));
    fs::write(&idle, IDLE).unwrap();
    fs::write(&limited, LIMITED).unwrap();
    let (idle, limited) = (idle.display().to_string(), limited.display().to_string());
    assert_eq!(cause_of(&bed, &[IDLE], LIMITED.as_bytes()), "idle_expiry");
    assert_eq!(cause_of(&bed, &["-"], LIMITED.as_bytes()), "rate_limited");
    assert_eq!(cause_of(&bed, &[], LIMITED.as_bytes()), "rate_limited");
    assert_eq!(cause_of(&bed, &["--file", &idle], b""), "idle_expiry");
    assert_eq!(cause_of(&bed, &["--", "--json"], b""), "unknown");

    let both = ["explain", "--file", &idle, "--file", &limited];
    let said = bed.json(&both);
    assert_eq!(members(&said), ["items"]);
    let items = said["items"].as_array().unwrap();
    let told: Vec<_> = items
        .iter()
        .map(|it| (text(it, "file"), text(it, "cause")))
        .collect();
    assert_eq!(told, [(&*idle, "idle_expiry"), (&*limited, "rate_limited")]);
    let ran = bed.run(&both).succeeded();
    let (first, second) = (format!("{idle}:\n\n"), format!("\n\n{limited}:\n\n"));
    assert!(
        ran.stdout.starts_with(&first) && ran.stdout.contains(&second),
        "{}",
        ran.stdout
    );
}

#[test]
fn texts_of_other_encodings_are_read() {
    let bed = Bed::new();
    let utf16: Vec<u8> = format!("\u{feff}{IDLE}\r\n")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(cause_of(&bed, &[], &utf16), "idle_expiry");
    let odd = [b"caf\xe9 \xff ", IDLE.as_bytes()].concat();
    assert_eq!(cause_of(&bed, &[], &odd), "idle_expiry");
    let marked = [b"\xef\xbb\xbf", IDLE.as_bytes()].concat();
    assert_eq!(cause_of(&bed, &[], &marked), "idle_expiry");
}

#[test]
fn every_line_has_its_object() {
    let bed = Bed::new();
    let input = format!("{IDLE}\r\n\n{LIMITED}\nThe weather is fine.");
    let (code, stdout, stderr) = piped(&bed, &["explain", "--lines"], input.as_bytes());
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    let lines: Vec<Value> = stdout
        .lines()
        .map(|it| serde_json::from_str(it).unwrap())
        .collect();
    let causes: Vec<_> = lines.iter().map(|it| text(it, "cause")).collect();
    assert_eq!(
        causes,
        ["idle_expiry", "unknown", "rate_limited", "unknown"]
    );
    assert!(lines.iter().all(|it| members(it) == MEMBERS));

    let file = bed.path("log");
    fs::write(&file, &input).unwrap();
    let from_file = [
        "explain",
        "--lines",
        "--json",
        "--file",
        &file.display().to_string(),
    ];
    assert_eq!(bed.run(&from_file).succeeded().stdout, stdout);
    let argument = bed.run(&["explain", "--lines", &input]).succeeded();
    assert_eq!(argument.stdout, stdout);
    let nothing = bed.run(&["explain", "--lines"]).succeeded();
    assert_eq!(nothing.stdout, "");
}

#[test]
fn whoever_reads_the_first_line_only_is_no_crash() {
    let bed = Bed::new();
    let mut child = bed
        .command(&["explain", "--lines"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().unwrap();
    // It reads no further than it is read.
    let writing = std::thread::spawn(move || while stdin.write_all(b"invalid_grant\n").is_ok() {});
    assert!(child.wait().unwrap().success());
    writing.join().unwrap();
}

#[test]
fn a_file_that_can_not_be_read_is_named() {
    let bed = Bed::new();
    let there = bed.path("there.txt");
    fs::write(&there, IDLE).unwrap();
    let (there, gone) = (
        there.display().to_string(),
        bed.path("gone.txt").display().to_string(),
    );
    for lines in [&[][..], &["--lines"]] {
        let explain = [&["explain", "--file", &there, "--file", &gone][..], lines].concat();
        let ran = bed.run(&explain).ended_with(1);
        assert_eq!(ran.stdout, "");
        assert!(ran.stderr.contains(&gone), "{}", ran.stderr);
    }
    let problem = bed
        .run(&["explain", "--json", "--file", &gone])
        .failed_as(1, "text_unreadable");
    assert!(text(&problem, "detail").contains(&gone));
}

#[test]
fn wrong_usage_is_exit_2() {
    let bed = Bed::new();
    let wrong = |arguments: &[&str]| -> Ran {
        let arguments = [&["explain"], arguments].concat();
        bed.run(&arguments).ended_with(2)
    };
    for arguments in [
        &["--status", "soon", IDLE][..],
        &["--status", "99", IDLE],
        &["--file", "a", IDLE],
        &["one", "two"],
        &["--provider"],
        &["--unheard-of", IDLE],
    ] {
        let ran = wrong(arguments);
        assert_eq!(ran.stdout, "");
        assert!(!ran.stderr.is_empty());
    }
    bed.run(&["explain", "--json", "--status", "soon", IDLE])
        .failed_as(2, "wrong_usage");
}
