//! Foreign text made fit to be shown: short, in one line, and without secrets.
//!
//! What a provider writes may hold our own tokens, and may be meant to fool a terminal. When in
//! doubt a word is masked: a lost word costs a look into the journal, a shown token costs a grant.

/// More than this of a text is never looked at.
const LONGEST: usize = 16 * 1024;
/// From this length on, letters and digits side by side are taken for a secret.
const MIXED: usize = 20;
/// From this length on, letters alone are, if some are capitals and some are not.
const LETTERS: usize = 40;
const MASK: &str = "***";

/// How tokens of well-known makers begin, and how long a word must be to be one.
const BEGINNINGS: [(&str, usize); 16] = [
    ("eyJ", 10),
    ("ya29.", 6),
    ("1//", 8),
    ("EAA", 12),
    ("xox", 8),
    ("xapp-", 8),
    ("ghp_", 6),
    ("gho_", 6),
    ("ghu_", 6),
    ("ghs_", 6),
    ("ghr_", 6),
    ("github_pat_", 12),
    ("glpat-", 8),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("evg_", 8),
];

/// How the names of fields end whose value is secret.
const SECRET_NAMES: [&str; 12] = [
    "token",
    "secret",
    "password",
    "passwd",
    "assertion",
    "api_key",
    "apikey",
    "authorization",
    "verifier",
    "jwt",
    "credential",
    "credentials",
];

/// Fields whose value is an authorization or device code; `code` alone is an error's as often.
const CODE_NAMES: [&str; 5] = [
    "code",
    "auth_code",
    "authorization_code",
    "device_code",
    "user_code",
];

/// A foreign text as it may be kept and shown: in one line, at most so many characters long,
/// without control characters, and with everything that looks like a secret masked.
pub fn shown(text: &str, max_chars: usize) -> String {
    cut(&masked(&plain(text)), max_chars)
}

/// A foreign text of any length with its lines as they are, for whoever wrote it to see again:
/// without control characters, and with everything that looks like a secret masked.
pub fn lines(text: &str) -> String {
    masked(&readable(text, true))
}

/// A foreign text in one line of at most so many characters, without control characters. Nothing
/// is masked: for names of accounts, which people must recognise.
pub fn cleaned(text: &str, max_chars: usize) -> String {
    cut(&plain(text), max_chars)
}

/// The name of a file: it is kept, but for those of its parts that begin as tokens do, and unless
/// it does so as a whole: some tokens have slashes.
pub fn file_name(path: &str) -> String {
    let hide = |it| if begins_as_token(it) { MASK } else { it };
    let parts: Vec<_> = path.split('/').map(hide).collect();
    hide(&plain(&parts.join("/"))).to_owned()
}

fn cut(text: &str, max_chars: usize) -> String {
    let cut: String = text.chars().take(max_chars).collect();
    cut.trim_end().to_owned()
}

/// One line without control characters and terminal sequences.
fn plain(text: &str) -> String {
    readable(beginning(text), false)
}

/// A text without control characters and terminal sequences, in one line or in its own.
fn readable(text: &str, in_lines: bool) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            skip_escape(&mut letters);
        } else if in_lines && matches!(letter, '\n' | '\t' | ' ') {
            plain.push(letter);
        } else if letter.is_whitespace() && !(in_lines && letter == '\r') {
            if in_lines || (!plain.is_empty() && !plain.ends_with(' ')) {
                plain.push(' ');
            }
        } else if !letter.is_control() && !is_invisible(letter) {
            plain.push(letter);
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// As much as is looked at. A word that the cut runs through is left out, for a part of a secret
/// may be too short to be known as one.
fn beginning(text: &str) -> &str {
    if text.len() <= LONGEST {
        return text;
    }
    let boundary = (0..=LONGEST).rev().find(|it| text.is_char_boundary(*it));
    let cut = text.get(..boundary.unwrap_or(0)).unwrap_or_default();
    cut.trim_end_matches(is_of_word)
}

/// Passes over the rest of an ANSI escape sequence (ECMA-48 section 5.4).
fn skip_escape(letters: &mut std::str::Chars<'_>) {
    let mut ahead = letters.clone();
    match ahead.next() {
        Some('[') => {
            let ends = |letter: char| matches!(letter, '@'..='~') || letter.is_control();
            while ahead.next().is_some_and(|letter| !ends(letter)) {}
            *letters = ahead;
        }
        Some(']') => {
            while ahead.next().is_some_and(|letter| !letter.is_control()) {}
            *letters = ahead;
        }
        Some(letter) if letter.is_ascii() => *letters = ahead,
        _ => {}
    }
}

/// Letters that are not seen, or that turn the order of others round.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// The letters that tokens are made of.
fn is_of_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(
            letter,
            '-' | '_' | '.' | '~' | '+' | '/' | '%' | '!' | '*' | '$' | '|'
        )
}

fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let (mut rest, mut before) = (text, "");
    while let Some(place) = rest.find(is_of_word) {
        let (gap, from_word) = rest.split_at(place);
        masked.push_str(gap);
        let (word, after) = from_word.split_at(end_of(from_word, |it| !is_of_word(it)));
        if let Some(value) = value_of(before, gap, from_word) {
            masked.push_str(MASK);
            rest = from_word.split_at(value).1;
            before = "";
            continue;
        }
        if is_scheme(before, gap) && carries(word) {
            masked.push_str(MASK);
        } else if is_of_address(before, gap, word) {
            push_address(&mut masked, word);
        } else {
            push_word(&mut masked, word);
        }
        (rest, before) = (after, word);
    }
    masked.push_str(rest);
    masked
}

fn end_of(text: &str, ends: impl Fn(char) -> bool) -> usize {
    text.find(ends).unwrap_or(text.len())
}

/// How long the value is that begins here, if the name before it says that it is secret.
fn value_of(name: &str, gap: &str, from_here: &str) -> Option<usize> {
    let is_quote = |letter: char| matches!(letter, '"' | '\'');
    let bare = |letter: &char| !letter.is_whitespace() && !is_quote(*letter) && *letter != '\\';
    let sign: String = gap.chars().filter(bare).collect();
    let quoted = gap.chars().next_back().filter(|it| is_quote(*it));
    let gives = sign == "=" || sign == "=>" || sign == ">" || (sign == ":" && quoted.is_some());
    if !gives {
        return None;
    }
    let name = name.to_ascii_lowercase();
    let secret = SECRET_NAMES.iter().any(|it| name.ends_with(it));
    let word = |it: &str| name.strip_suffix(it).is_some_and(is_boundary);
    let code = sign == "=" && CODE_NAMES.iter().any(|it| word(it));
    if !secret && !code {
        return None;
    }
    let ends_value = |letter: char| {
        letter.is_whitespace() || matches!(letter, '&' | '<' | '>' | ')' | ']' | '}' | ';' | ',')
    };
    let end = match quoted {
        Some(quote) => end_of(from_here, |letter| letter == quote || letter == '\\'),
        None => end_of(from_here, |letter| ends_value(letter) || is_quote(letter)),
    };
    let value = from_here.get(..end).unwrap_or_default();
    let number = value.len() <= 4 && value.bytes().all(|byte| byte.is_ascii_digit());
    (secret || !number).then_some(end)
}

/// Whether a name that follows this begins there. `error_code` is no authorization code.
fn is_boundary(before: &str) -> bool {
    !before.ends_with(|it: char| it.is_ascii_alphanumeric() || it == '_')
}

/// Whether what follows is the value of an `Authorization` header.
fn is_scheme(before: &str, gap: &str) -> bool {
    let scheme = ["bearer", "basic", "dpop"];
    let named = scheme.iter().any(|it| before.eq_ignore_ascii_case(it));
    named && !gap.is_empty() && gap.chars().all(char::is_whitespace)
}

/// Whether a word behind `Bearer` is a token and not a word of a sentence.
fn carries(word: &str) -> bool {
    let odd = |letter: char| letter.is_ascii_digit() || matches!(letter, '_' | '~' | '+' | '/');
    let inner = word.get(1..).unwrap_or_default();
    let capital = inner.bytes().any(|byte| byte.is_ascii_uppercase());
    word.contains(odd) || word.len() >= 16 || (capital && word.len() >= 6)
}

fn is_of_address(before: &str, gap: &str, word: &str) -> bool {
    let scheme = before.ends_with("http") || before.ends_with("https");
    scheme && gap == ":" && word.starts_with("//")
}

/// An address is kept, but for those of its segments that look like a secret.
fn push_address(masked: &mut String, address: &str) {
    for (index, segment) in address.split('/').enumerate() {
        if index > 0 {
            masked.push('/');
        }
        push_word(masked, segment);
    }
}

fn push_word(masked: &mut String, word: &str) {
    let core = word.trim_end_matches(['.', '!']);
    let (core, tail) = word.split_at(core.len());
    masked.push_str(if is_secret(core) { MASK } else { core });
    masked.push_str(tail);
}

fn is_secret(word: &str) -> bool {
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let capitals = word.bytes().filter(u8::is_ascii_uppercase).count();
    let digit = word.bytes().any(|byte| byte.is_ascii_digit());
    let mixed = word.len() >= MIXED && letters > 0 && digit;
    let long = word.len() >= LETTERS && capitals > 0 && letters > capitals;
    mixed || long || begins_as_token(word)
}

fn begins_as_token(word: &str) -> bool {
    BEGINNINGS.iter().any(|(beginning, least)| {
        let mut places = word.match_indices(beginning).map(|(place, _)| place);
        places.any(|place| {
            let before = word.get(..place).unwrap_or_default();
            let begins = !before.ends_with(|it: char| it.is_ascii_alphanumeric());
            begins && word.len() - place >= *least
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_masked() {
        for (text, kept) in [
            ("Invalid refresh token.", "Invalid refresh token."),
            ("token eyJhbGciOi.eyJz.c2ln, x", "token ***, x"),
            ("ya29.a0Af was used", "*** was used"),
            ("xoxe-1-abcdef is bad", "*** is bad"),
            ("ghr_abcdefg!", "***!"),
            (
                "for AQXdSP_W41_UPs5ioT_t8HESyODB4FqbkJ8LrV_5 now.",
                "for *** now.",
            ),
            ("Authorization: Bearer abc123", "Authorization: Bearer ***"),
            (
                "Authorization: Basic Zm9vOmJhcg==",
                "Authorization: Basic ***==",
            ),
            ("Bearer token is expired", "Bearer token is expired"),
            ("Basic authentication needed", "Basic authentication needed"),
            ("a?code=abc&state=x", "a?code=***&state=x"),
            ("refresh_token=short&x=1", "refresh_token=***&x=1"),
            (
                r#"{"access_token": "a b,c","x":1}"#,
                r#"{"access_token": "***","x":1}"#,
            ),
            (
                r#"{\"refresh_token\":\"ab\"}"#,
                r#"{\"refresh_token\":\"***\"}"#,
            ),
            ("{'clientSecret': 'pw'}", "{'clientSecret': '***'}"),
            (
                "<access_token>ab</access_token>",
                "<access_token>***</access_token>",
            ),
            (r#"{"code":"invalid_grant"}"#, r#"{"code":"invalid_grant"}"#),
            ("(error_code=190, code=190)", "(error_code=190, code=190)"),
            (
                "validating access token: Session expired",
                "validating access token: Session expired",
            ),
            (
                "see https://example.com/a/answer/9368756#x",
                "see https://example.com/a/answer/9368756#x",
            ),
            (
                "https://example.com/t/0123456789abcdef01234",
                "https://example.com/t/***",
            ),
            (
                "issued on 2020-02-26T21:52:54.2810613Z, 90.00:00:00",
                "issued on 2020-02-26T21:52:54.2810613Z, 90.00:00:00",
            ),
        ] {
            assert_eq!(shown(text, 1000), kept);
        }
    }

    #[test]
    fn what_fools_a_terminal_is_removed() {
        for (text, kept) in [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}]0;title\u{7}x", "x"),
            ("a\r\n\tb\u{0}c\u{7f}d\u{9b}e", "a bcde"),
            ("a\u{202e}b\u{2066}c\u{200b}d\u{feff}", "abcd"),
            ("\u{1b}", ""),
            ("\u{1b}é", "é"),
        ] {
            assert_eq!(shown(text, 100), kept, "{text:?}");
        }
    }

    #[test]
    fn a_text_of_many_lines_keeps_them() {
        let token = "ghp_0123456789";
        let text = format!("a\r\n\tb {token}\n\n  \u{1b}[1mc\u{0}\npassword=x\n");
        assert_eq!(lines(&text), "a\n\tb ***\n\n  c\npassword=***");
        let long = format!("{}{token}", "word ".repeat(LONGEST));
        assert_eq!(lines(&long), format!("{}***", "word ".repeat(LONGEST)));
    }

    #[test]
    fn a_token_split_by_unseen_letters_is_masked_whole() {
        assert_eq!(shown("abcdef12345\u{200b}6789abcdefg", 100), "***");
    }

    #[test]
    fn it_is_cut_after_masking_and_never_within_a_letter() {
        assert_eq!(shown("ééé", 2), "éé");
        assert_eq!(shown("x abcdefghijklmnop1234567890", 10), "x ***");
        let long = format!("{} abcdefgh12345678", "é".repeat(LONGEST / 2 - 4));
        assert!(!shown(&long, usize::MAX).contains("abc"));
    }

    #[test]
    fn names_of_accounts_and_files_are_left_as_they_are() {
        let name = "first.last.of.house42@example.com";
        assert_eq!(cleaned(&format!("{name}\n"), 100), name);
        assert_eq!(file_name(&format!("/a/{name}")), format!("/a/{name}"));
        assert_eq!(file_name("/a/ghp_0123456789/b"), "/a/***/b");
        assert_eq!(file_name("1//0123456789"), "***");
    }
}
