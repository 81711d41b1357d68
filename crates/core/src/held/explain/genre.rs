//! What kind of text it is: programs, changes of programs and lists of changes speak of failures
//! without telling one.

/// Fewer lines than these may be a message that looks like a program.
const LINES: usize = 2;

/// What begins a report of something that happened; a program in it is where it happened.
const REPORTS: [&str; 12] = [
    "Traceback",
    "Exception in",
    "Uncaught ",
    "Unhandled",
    "Caused by",
    "Stack trace",
    "stack trace",
    "\n    at ",
    "\n\tat ",
    "\n   at ",
    "HTTP/1.",
    "Fatal error",
];

/// What lines of programs begin with.
const BEGINNINGS: [&str; 34] = [
    "if ",
    "if(",
    "else",
    "} else",
    "elif ",
    "elsif ",
    "for ",
    "while ",
    "switch ",
    "case ",
    "return ",
    "return;",
    "def ",
    "fn ",
    "func ",
    "function ",
    "class ",
    "const ",
    "let ",
    "var ",
    "import ",
    "from ",
    "use ",
    "try",
    "catch",
    "except",
    "raise ",
    "throw ",
    "await ",
    "assert",
    "expect(",
    "test(",
    "it(",
    "describe(",
];

/// Whether a text is of a kind that tells of no failure, whatever its words are.
pub(super) fn tells_nothing(text: &str) -> bool {
    is_success(text) || is_program(text) || is_table(text) || is_list_of_changes(text)
}

/// Whether a text is a program, or a change of one, and nothing that happened.
fn is_program(text: &str) -> bool {
    if REPORTS.iter().any(|it| text.contains(it)) {
        return false;
    }
    let says = |it: &&str| it.contains(|it: char| it.is_alphanumeric());
    let lines = text.lines().map(str::trim).filter(says);
    let (mut all, mut code) = (0, 0);
    for line in lines.take(400) {
        // A change says what went and what came.
        let line = line.strip_prefix(['+', '-']).unwrap_or(line).trim();
        all += 1;
        code += usize::from(is_code(line));
    }
    all >= LINES && code >= LINES && code * 2 > all
}

fn is_code(line: &str) -> bool {
    let begins = BEGINNINGS.iter().any(|it| line.starts_with(it));
    let ends = line.ends_with([';', '{', '}', ')', ':']) || line.ends_with("},");
    let compares = [" == ", " != ", " === ", " !== ", " && ", " || ", " := "];
    let assigns = line.contains(" = ") && line.ends_with([')', '{']);
    let calls = line.ends_with([';', '{']) && calls(line);
    (begins && (ends || line.contains('(')))
        || compares.iter().any(|it| line.contains(it))
        || assigns
        || calls
}

/// Whether a line calls something, or says how it is called.
fn calls(line: &str) -> bool {
    let named = |it: char| it.is_alphanumeric() || matches!(it, '_' | ' ' | '>' | '!');
    line.split_once('(')
        .is_some_and(|(before, after)| before.ends_with(named) && after.contains(')'))
}

/// Whether a text is an answer that brought tokens, and tells of nothing that went wrong.
fn is_success(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let has = |it: &str| text.contains(it);
    let brought = has("access_token") && (has("expires_in") || has("token_type"));
    let wrong = [
        "error",
        "fail",
        "expired",
        "revoked",
        "denied",
        "invalid",
        "refused",
        "lost",
        "missing",
        "could not",
        "couldn't",
        "cannot",
        "can't",
        "exception",
        "unable",
        "no longer",
    ];
    brought && !wrong.iter().any(|it| has(it))
}

/// Whether a text is a table of what there is, as documentation has it.
fn is_table(text: &str) -> bool {
    let row = |line: &str| {
        let line = line.trim();
        line.starts_with('|') && line.ends_with('|') && line.matches('|').count() >= 3
    };
    text.lines().filter(|line| row(line)).take(2).count() == 2
}

/// Whether a text is a list of what was changed in a program.
fn is_list_of_changes(text: &str) -> bool {
    let entry = |line: &str| {
        let line = line.trim_start_matches(['-', '*', ' ', '#']);
        let words = [
            "Fixed",
            "Added",
            "Changed",
            "Removed",
            "Deprecated",
            "Docs:",
            "fix:",
            "feat:",
            "docs:",
            "fix(",
            "feat(",
            "chore",
        ];
        words.iter().any(|it| line.starts_with(it))
    };
    text.lines().filter(|line| entry(line)).take(2).count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_told_from_reports() {
        for text in [
            "def dead(r):\n    return r.status == 400 and r.error() == \"invalid_grant\"\n",
            "switch (body.error) {\n  case \"x\":\n    return reconnect(user);\n}",
            "-    if (token.revoked) {\n+    if (token.revoked && !seen) {\n-      return 1;",
        ] {
            assert!(is_program(text), "{text}");
        }
        for text in [
            "{\n  \"error\": \"invalid_grant\",\n  \"error_description\": \"Bad Request\"\n}",
            "Error: invalid_grant\n    at fetch (/app/a.js:1:2)\n    at run (/app/b.js:3:4)",
            "Traceback (most recent call last):\n  File \"a.py\"\n    raise X(y)\nX: invalid",
            "data: {\n  error: 'invalid_request',\n  errors: [ [Object] ]\n}",
            "array(\n  'error' => 'invalid_grant',\n)",
            "Token refresh failed.\nPlease reconnect.",
            "(a{\nRefresh failed: invalid_grant\n(a{",
            "",
        ] {
            assert!(!is_program(text), "{text}");
        }
        assert!(is_success("{\"access_token\":\"x\",\"expires_in\":3599}"));
        assert!(!is_success("no access_token, expires_in=0: request failed"));
        assert!(is_table("| a | b |\n|---|---|\n| c | d |"));
        assert!(is_list_of_changes(
            "## 2.1\n- Fixed: reuse\n- Added: a page"
        ));
        assert!(!is_list_of_changes("Fixed it by reconnecting"));
    }
}
