//! The one place that prints: answers to standard output, everything else to standard error.

use std::io::{IsTerminal as _, Write as _, stderr, stdin, stdout};

use serde::Serialize;

use crate::failure::Failed;

/// Prints a document in JSON, alone on its line.
pub(crate) fn document(document: &impl Serialize) {
    let text = serde_json::to_string(document).unwrap_or_default();
    line(&text);
}

/// Prints one of many documents, each alone on its line.
///
/// # Errors
/// When nobody reads on.
pub(crate) fn entry(document: &impl Serialize) -> std::io::Result<()> {
    let text = serde_json::to_string(document)?;
    writeln!(stdout().lock(), "{text}")
}

/// Prints text for people; a line break follows.
pub(crate) fn text(text: &str) {
    line(&harmless(text));
}

/// Prints text as it is: what was made for files and shells.
pub(crate) fn raw(bytes: &[u8]) {
    // Whoever reads us may have read enough: `evergrant user list | head -1`.
    drop(stdout().lock().write_all(bytes));
}

/// Says something beside the answer.
pub(crate) fn note(text: &str) {
    drop(writeln!(stderr().lock(), "{}", harmless(text)));
}

/// Says why a command failed.
pub(crate) fn failed(failed: &Failed, json: bool) {
    if json {
        document(&failed.0);
    } else {
        note(&format!("evergrant: {}", failed.0.detail));
        for line in failed.0.diagnosis.iter().flat_map(|it| &it.evidence) {
            note(&format!("  {line}"));
        }
    }
}

/// Asks a person yes or no; nobody to ask is a yes.
pub(crate) fn confirmed(question: &str) -> bool {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return true;
    }
    drop(write!(stderr().lock(), "{} [y/N] ", harmless(question)));
    let mut answer = String::new();
    let read = stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

fn line(text: &str) {
    drop(writeln!(stdout().lock(), "{text}"));
}

/// Names and user agents are others' words; none of them may steer a terminal.
fn harmless(text: &str) -> String {
    let keep = |c: char| {
        if c.is_control() && c != '\n' {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(keep).collect()
}
