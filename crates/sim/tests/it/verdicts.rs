//! How well texts are understood. The shares are what was reached, a little rounded down: a change
//! that makes them worse has to say so.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant_service::core::held::explain::{Question, explain};
use evergrant_service::core::held::{Cause, Confidence};
use evergrant_service::core::issued::Reason;
use evergrant_service::held::signatures::{self, Example};
use evergrant_sim::verdicts::{self, Case, Tally};

fn cases(file: &str) -> Vec<Case> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/failures/");
    let text = std::fs::read_to_string(format!("{folder}{file}.toml")).unwrap();
    verdicts::read(&text).unwrap()
}

/// Percent of the cases that an expert would accept.
fn accepted(file: &str, tell_provider: bool) -> usize {
    let mut tally = Tally::default();
    for case in cases(file) {
        tally.ask(signatures::catalogue(), &case, tell_provider);
    }
    eprintln!("{file}: {tally:?}");
    100 * tally.accepted / tally.cases
}

#[test]
fn what_people_paste_is_understood() {
    assert!(accepted("pasted", true) >= 92);
    assert!(accepted("pasted", false) >= 90);
}

#[test]
fn what_was_asked_when_the_rules_stood_is_understood() {
    assert!(accepted("asked_once", true) >= 95);
    assert!(accepted("asked_once", false) >= 95);
    assert!(accepted("third", true) >= 94);
    assert!(accepted("third", false) >= 94);
}

#[test]
fn what_our_own_issued_side_says_is_understood_for_certain() {
    for reason in Reason::ALL {
        let (code, sentence) = (reason.as_str(), reason.sentence());
        let text = format!(
            r#"{{"error":"invalid_grant","error_description":"{sentence}","error_code":"{code}"}}"#
        );
        let question = Question {
            text: &text,
            ..Question::default()
        };
        let said = explain(signatures::catalogue(), &question);
        assert_eq!(said.signature, Some(format!("eg_{code}")), "{said:#?}");
        assert_eq!(said.confidence, Confidence::Certain, "{said:#?}");
        assert_ne!(said.cause, Cause::Unknown, "{said:#?}");
    }
}

#[test]
fn other_words_and_languages_are_understood() {
    assert!(accepted("phrasings", true) >= 90);
    assert!(accepted("phrasings", false) >= 90);
}

#[test]
fn what_is_no_failure_raises_no_alarm() {
    let mut alarms = Vec::new();
    for case in cases("negatives") {
        let said = explain(
            signatures::catalogue(),
            &Question {
                text: &case.text,
                ..Question::default()
            },
        );
        if said.signature.is_some() {
            alarms.push((said.signature, case.text));
        }
    }
    // These two are what a broken answer of a token endpoint looks like too.
    assert!(alarms.len() <= 2, "{alarms:#?}");
}

#[test]
fn a_text_without_a_failure_is_unknown_and_nobodys() {
    for text in [
        "",
        " \n",
        "x",
        "Lorem ipsum dolor sit amet",
        "\u{0}\u{1}\u{2}",
        "4711",
    ] {
        let said = explain(
            signatures::catalogue(),
            &Question {
                text,
                ..Question::default()
            },
        );
        assert_eq!(said.cause, Cause::Unknown, "{text:?}");
        assert_eq!(said.party.as_str(), "nobody", "{text:?}");
        assert!(said.also_possible.is_empty(), "{text:?}");
        assert!(said.summary.contains("no token"), "{}", said.summary);
    }
}

#[test]
fn that_a_refresh_failed_and_no_more_leaves_the_common_causes() {
    for text in [
        "Unable to refresh tokens",
        "Unable to refresh your token.",
        "Token refresh failed",
        "Error: could not refresh the access token",
        "Failed to renew token",
    ] {
        let said = explain(
            signatures::catalogue(),
            &Question {
                text,
                ..Question::default()
            },
        );
        assert_eq!(said.cause, Cause::Unknown, "{text}: {said:?}");
        let also: Vec<&str> = said.also_possible.iter().map(|it| it.as_str()).collect();
        let common = [
            "hard_lifetime_limit",
            "idle_expiry",
            "password_changed",
            "mfa_enabled_or_required",
            "user_revoked",
            "user_removed_by_admin",
            "platform_security_event",
        ];
        assert_eq!(also, common, "{text}");
        assert!(said.next_step.contains("Renew the connection"), "{text}");
    }
}

/// A text as JSON has it in a string.
fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn percent(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn entities(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

fn quoted_printable(text: &str) -> String {
    let mut mail = String::new();
    let mut column = 0;
    for byte in text.bytes() {
        if column >= 70 {
            mail.push_str("=\r\n");
            column = 0;
        }
        let before = mail.len();
        match byte {
            b'\n' => mail.push_str("=0A"),
            b' '..=b'~' if byte != b'=' => mail.push(char::from(byte)),
            _ => write!(mail, "={byte:02X}").unwrap(),
        }
        column += mail.len() - before;
    }
    // A mail has an encoded sign somewhere; short ones get one here.
    format!("Content-Transfer-Encoding: quoted-printable\r\n\r\na =3D b\r\n{mail}")
}

/// The same as programs encode it.
fn encoded(text: &str) -> Vec<(&'static str, String)> {
    let page = entities(text);
    let soap = "<s:Envelope xmlns:s=\"urn:s\"><s:Body><s:Fault><faultstring>";
    let bytes = STANDARD.encode(format!("error: {text}"));
    vec![
        (
            "json in a string",
            format!("{{\"level\":\"error\",\"body\":{}}}", json(text)),
        ),
        ("json in json", format!("{{\"a\":{}}}", json(&json(text)))),
        (
            "a query",
            format!("https://app.example/cb?state=x&detail={}", percent(text)),
        ),
        (
            "a query twice",
            format!("https://app.example/?to={}", percent(&percent(text))),
        ),
        (
            "a page",
            format!("<html><body><p class=\"e\">{page}</p></body></html>"),
        ),
        ("xml", format!("<fault><detail>{page}</detail></fault>")),
        (
            "soap",
            format!("{soap}{page}</faultstring></s:Fault></s:Body></s:Envelope>"),
        ),
        ("a mail", quoted_printable(text)),
        ("base64", format!("body_b64={bytes}")),
        ("python bytes", format!("b{}", json(text))),
        (
            "utf-16 read as bytes",
            text.chars().flat_map(|it| [it, '\0']).collect(),
        ),
        ("shouting", text.to_uppercase()),
    ]
}

/// The same as programs and people pass it on.
fn reported(text: &str) -> Vec<(&'static str, String)> {
    let lines = "2026-03-01T08:00:00Z INFO job=17 started\n2026-03-01T08:00:01Z DEBUG rows=4012\n";
    let python = "Traceback (most recent call last):\n  File \"job.py\", line 3, in run\n";
    let dump = "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nX-Request-Id: 7f3a";
    let syslog = "<11>1 2026-03-01T08:00:00Z host app 71 - - msg=";
    vec![
        ("python", format!("{python}RuntimeError: {text}")),
        (
            "java",
            format!(
                "java.lang.IllegalStateException: {text}\n\tat com.example.Job.run(Job.java:12)"
            ),
        ),
        (
            "php",
            format!("PHP Fatal error:  Uncaught Exception: {text} in /srv/app/job.php:12"),
        ),
        ("ruby", format!("job.rb:3:in `run': {text} (RuntimeError)")),
        (
            "javascript",
            format!("Error: {text}\n    at Job.run (/srv/app/job.js:12:7)"),
        ),
        (
            ".net",
            format!("System.Exception: {text}\r\n   at Example.Job.Run() in C:\\Job.cs:line 12"),
        ),
        ("go", format!("job: run: {text}: exit status 1")),
        ("a dump", format!("{dump}\r\n\r\n{text}")),
        ("log lines", format!("{lines}{text}\n{lines}")),
        ("a log line", format!("{syslog}{}", json(text))),
        ("colours", format!("\u{1b}[31;1m{text}\u{1b}[0m")),
        (
            "markdown",
            format!("It broke again:\n\n```\n{text}\n```\n\nAny idea?"),
        ),
    ]
}

#[test]
fn a_wrapping_changes_nothing() {
    let (mut all, mut wrong) = (0, Vec::new());
    for Example {
        speaker,
        id,
        cause,
        text,
    } in signatures::examples()
    {
        for (how, wrapped) in [encoded(text), reported(text)].concat() {
            all += 1;
            let said = explain(
                signatures::catalogue(),
                &Question {
                    text: &wrapped,
                    provider: speaker,
                    status: None,
                },
            );
            if said.cause != cause {
                let signature = said.signature.unwrap_or_default();
                wrong.push(format!("{id} as {how}: {:?} by {signature}", said.cause));
            }
        }
    }
    eprintln!("{} of {all} wrong", wrong.len());
    assert!(all > 6_000 && wrong.len() * 100 < all, "{wrong:#?}");
}

#[test]
fn speakers_that_nobody_has_described_are_understood_by_their_words() {
    let mut tally = Tally::default();
    let examples: Vec<Example> = signatures::examples().collect();
    let mut speakers: Vec<&str> = examples.iter().filter_map(|it| it.speaker).collect();
    speakers.dedup();
    for speaker in speakers {
        let catalogue = signatures::without(|it| it == speaker).unwrap();
        for it in examples.iter().filter(|it| it.speaker == Some(speaker)) {
            let case = Case {
                provider: speaker.into(),
                text: it.text.into(),
                cause: it.cause.as_str().into(),
                also: Vec::new(),
                party: String::new(),
            };
            tally.ask(&catalogue, &case, true);
        }
    }
    eprintln!("{tally:?}");
    assert!(100 * tally.right / tally.cases >= 65);
    assert!(100 * tally.named / tally.cases >= 83);
}
