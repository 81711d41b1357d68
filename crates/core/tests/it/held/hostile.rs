//! Answers that nobody meant well: any bytes, deep and long ones, and tokens in error messages.

use std::time::{Duration, Instant};

use evergrant_core::held::absorb::absorb;
use evergrant_core::held::mask::shown;
use evergrant_core::held::plan::subject_of;
use evergrant_core::held::{Provider, RawAnswer, Reading, Replayed};
use proptest::prelude::*;
use zeroize::Zeroizing;

use super::{answer, read};

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Pieces that answers are made of, so that chance gets further than the first byte.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "=",
        "&",
        "<",
        ">",
        "\\",
        "%",
        ";",
        "\u{1b}[",
        "\u{feff}",
        "\"error\":",
        "\"code\":",
        "\"message\":",
        "\"expires_in\":",
        "\"id_token\":",
        "\"data\":",
        "refresh_token",
        "invalid_grant",
        "invalid_request",
        "<error>",
        "</error>",
        "<html>",
        "<script",
        "<!--",
        "&#",
        "error=",
        "www",
        "-1",
        "1e308",
        "null",
        "token expired",
        "é",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(piece(), 0..40);
    prop_oneof![
        pieces.prop_map(|it| it.concat().into_bytes()),
        prop::collection::vec(any::<u8>(), 0..200),
    ]
}

fn any_answer() -> impl Strategy<Value = RawAnswer> {
    let name = prop::sample::select(RawAnswer::HEADERS.to_vec());
    let header = (name, piece()).prop_map(|(name, value)| (name.to_owned(), value));
    let headers = prop::collection::vec(header, 0..4);
    let status = prop_oneof![Just(200), Just(400), Just(401), Just(500), any::<u16>()];
    let parts = (status, headers, body(), prop::bool::weighted(0.9));
    parts.prop_map(|(status, headers, body, complete)| RawAnswer {
        status,
        headers,
        body: Zeroizing::new(body),
        complete,
    })
}

/// Tokens of twenty characters and more, with digits and letters.
fn token() -> impl Strategy<Value = String> {
    let mixed = "[A-Za-z0-9_.~+/-]{9,60}[0-9][A-Za-z0-9_.~+/-]{9,60}[a-z]";
    mixed
        .prop_map(|it| it.trim_start_matches(['.', '/']).to_owned())
        .prop_filter("long and mixed", |it| {
            let digit = it.bytes().any(|byte| byte.is_ascii_digit());
            let letter = it.bytes().any(|byte| byte.is_ascii_alphabetic());
            it.len() >= 20 && digit && letter
        })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nothing_panics_and_without_an_access_token_there_are_none(
        answer in any_answer(),
        replayed in prop::sample::select(vec![Replayed::No, Replayed::InWindow, Replayed::Last]),
        now: i64,
    ) {
        let now = evergrant_core::Time::from_micros(now);
        let reading = absorb(&answer, &Provider::generic(), now, replayed);
        prop_assert!(!matches!(reading, Reading::Tokens(_)), "{:?}", answer.body);
        let _ = subject_of(&answer);
    }

    #[test]
    fn tokens_are_only_those_that_came(access in "[!-~]{1,40}", status: u16, complete: bool) {
        let body = serde_json::json!({ "access_token": access }).to_string();
        let answer = RawAnswer { complete, ..answer(status, body) };
        match read(&answer) {
            Reading::Tokens(tokens) => {
                prop_assert_eq!(tokens.access_token.expose(), access);
                prop_assert!((200..300).contains(&status));
            }
            _ => prop_assert!(!(200..300).contains(&status)),
        }
    }

    #[test]
    fn a_token_in_a_text_is_never_shown(
        token in token(),
        before in "[ -~]{0,30}",
        after in "[ -~]{0,30}",
    ) {
        prop_assume!(!before.contains("http"));
        let text = shown(&format!("{before} {token} {after}"), 1_000);
        prop_assert!(!text.contains(&token), "{text}");
    }

    #[test]
    fn a_token_in_an_error_is_never_shown(token in token()) {
        for body in [
            serde_json::json!({ "error": token, "error_description": token }).to_string(),
            serde_json::json!({ "message": format!("Token {token} not found.") }).to_string(),
            format!("<html>refresh_token={token}&amp;x</html>"),
            format!("bad request: Bearer {token}"),
        ] {
            let reading = format!("{:?}", read(&answer(400, &body)));
            prop_assert!(!reading.contains(&token), "{reading}");
        }
    }

    #[test]
    fn what_is_shown_is_short_and_in_one_line(text: String, max in 0_usize..50) {
        let shown = shown(&text, max);
        prop_assert!(shown.chars().count() <= max);
        prop_assert!(!shown.contains(char::is_control));
    }
}

/// Bodies that are as long as one may be, and bad for a search that looks at anything twice.
#[test]
fn the_longest_bodies_are_read_in_one_pass() {
    let start = Instant::now();
    const LONG: usize = 1024 * 1024;
    let repeated = |text: &str| text.repeat(LONG / text.len());
    for text in [
        "<",
        "<a",
        "<!--",
        "<script>",
        "<error>",
        "&",
        "&#",
        "=",
        "a=",
        "code=",
        "a=a&",
        "\"",
        "{",
        "[",
        "{\"a\":",
        "\"a\":\"",
        "eyJ",
        "eyJ.",
        "Bearer ",
        "token:\"",
        "\u{1b}[",
        "\u{1b}]",
        "é",
        "http://",
        "x ",
        "\\\"",
        "invalid_grant ",
    ] {
        for status in [200, 400, 500] {
            let _ = read(&answer(status, repeated(text)));
            let inner = serde_json::json!({ "error": { "message": repeated(text) } });
            let _ = read(&answer(status, inner.to_string()));
        }
    }
    let many = format!(
        "[{}1]",
        "{\"error\":\"x\",\"errors\":[{\"code\":\"y\"}]},".repeat(20_000)
    );
    let _ = read(&answer(400, many));
    // Seconds; a search that looks at anything twice would take hours.
    assert!(start.elapsed() < Duration::from_secs(120));
}

#[test]
fn deep_json_is_not_understood() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(matches!(read(&answer(200, deep)), Reading::Unclear(_)));
    let deep = "{\"data\":".repeat(100_000);
    assert!(matches!(read(&answer(200, deep)), Reading::Unclear(_)));
}
