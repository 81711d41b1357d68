//! Answers that nobody can read: the token may have been spent.

use evergrant_core::held::absorb::absorb;
use evergrant_core::held::{Provider, RawAnswer, Reading, Replayed, Verdict};

use super::{NOW, answer, read, read_again, refused, with_header};

fn is_unclear(reading: &Reading) -> bool {
    matches!(reading, Reading::Unclear(_))
}

fn is_dead(reading: &Reading) -> bool {
    matches!(
        reading,
        Reading::Refused {
            verdict: Verdict::Dead,
            ..
        }
    )
}

fn cut(mut answer: RawAnswer) -> RawAnswer {
    answer.complete = false;
    answer
}

const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center></body></html>";

/// Who, their status and body.
type Met = (&'static str, u16, &'static str);

const SUCCESSES: &[Met] = &[
    ("no content", 204, ""),
    ("empty success", 200, ""),
    ("white space", 200, " \r\n"),
    ("an empty object", 200, "{}"),
    (
        "a proxy's page",
        200,
        "<!DOCTYPE html><title>Sign in</title><p>access_denied</p>",
    ),
    (
        "success without a token",
        200,
        r#"{"token_type":"Bearer","expires_in":3600}"#,
    ),
    ("an empty token", 200, r#"{"access_token":""}"#),
    ("a token of null", 200, r#"{"access_token":null}"#),
    ("a token that is a number", 200, r#"{"access_token":17}"#),
    ("a token of blanks", 200, r#"{"access_token":"  "}"#),
    (
        "a token with a line in it",
        200,
        r#"{"access_token":"a\nb"}"#,
    ),
    ("a token beyond ASCII", 200, r#"{"access_token":"é"}"#),
    (
        "a refresh token that can't be used",
        200,
        r#"{"access_token":"at-1","refresh_token":{"value":"rt-1"}}"#,
    ),
    ("half a JSON", 200, r#"{"access_token":"at-1","#),
    ("a list", 200, r#"[{"x":1}]"#),
    (
        "Slack in trouble",
        200,
        r#"{"ok":false,"error":"fatal_error"}"#,
    ),
    (
        "Slack, something new",
        200,
        r#"{"ok":false,"error":"team_moved"}"#,
    ),
];

const FAILURES: &[Met] = &[
    ("continue", 100, ""),
    ("redirect", 302, r#"{"error":"invalid_grant"}"#),
    ("redirect with tokens", 307, r#"{"access_token":"at-1"}"#),
    ("timeout", 408, r#"{"error":"invalid_grant"}"#),
    ("not found", 404, "<html><h1>Not Found</h1></html>"),
    ("gone", 410, ""),
    ("empty 400", 400, ""),
    ("empty 401", 401, ""),
    ("a proxy wants to know us", 407, ""),
    ("tokens on a 400", 400, r#"{"access_token":"at-1"}"#),
    ("a word nobody knows", 400, r#"{"error":"flux_exceeded"}"#),
    (
        "a page of help",
        400,
        "<html>one of invalid_grant, invalid_client</html>",
    ),
    (
        "a CSRF check",
        403,
        "<html><h1>Forbidden</h1>CSRF token missing or invalid.</html>",
    ),
    ("a CSRF check in text", 403, "CSRF token is invalid"),
    (
        "two at once",
        400,
        concat!(
            r#"{"error":"invalid_request","error_description":"The request is "#,
            r#"missing a required parameter, includes an invalid parameter "#,
            r#"value. Failed to refresh token because of multiple concurrent "#,
            r#"requests using the same token which is not allowed."}"#,
        ),
    ),
    (
        "asks to retry",
        400,
        r#"{"error":"invalid_request","error_description":"Token is stale. Please retry."}"#,
    ),
    (
        "too fast",
        400,
        r#"{"error":"invalid_grant","error_description":"login rate exceeded"}"#,
    ),
    ("slow down", 400, r#"{"error":"slow_down"}"#),
    ("away", 503, r#"{"error":"temporarily_unavailable"}"#),
    ("broken", 500, r#"{"error":"server_error"}"#),
    ("bad gateway", 502, BAD_GATEWAY),
    (
        "invalid_grant in a page on a 5xx",
        500,
        "<html>invalid_grant</html>",
    ),
    (
        "invalid_grant in XML on a 5xx",
        500,
        "<OAuth><error>invalid_grant</error></OAuth>",
    ),
    (
        "invalid_grant in a text on a 5xx",
        500,
        "[invalid_grant] Session doesn't have client",
    ),
    (
        "a dead token in words on a 5xx",
        500,
        r#"{"message":"refresh token expired"}"#,
    ),
    (
        "a request that is wrong on a 5xx",
        500,
        r#"{"error":"invalid_request"}"#,
    ),
    ("an unknown status", 799, r#"{"error":"flux"}"#),
    ("status zero", 0, r#"{"error":"invalid_grant"}"#),
];

#[test]
fn what_says_nothing_of_the_token_is_unclear() {
    for (who, status, body) in SUCCESSES.iter().chain(FAILURES) {
        let reading = read(&answer(*status, body));
        assert!(is_unclear(&reading), "{who}: {reading:?}");
    }
}

#[test]
fn a_token_has_a_longest_length() {
    let of_length = |length: usize| {
        let body = format!(r#"{{"access_token":"{}"}}"#, "x".repeat(length));
        read(&answer(200, body))
    };
    assert!(matches!(of_length(16 * 1024), Reading::Tokens(_)));
    assert!(is_unclear(&of_length(16 * 1024 + 1)));
}

#[test]
fn tokens_that_came_as_one_whole_object_are_taken_whatever_became_of_the_rest() {
    let body = r#"{"access_token":"at-1","refresh_token":"rt-1","expires_in":3600}"#;
    for end in ["", "\n", "\r\n  "] {
        let whole = cut(answer(200, format!("{body}{end}")));
        for reading in [read(&whole), read_again(&whole)] {
            let Reading::Tokens(tokens) = reading else {
                panic!("{reading:?}");
            };
            assert_eq!(tokens.refresh_token.unwrap().expose(), "rt-1");
        }
    }
    for length in 0..body.len() {
        assert!(
            is_unclear(&read(&cut(answer(200, &body[..length])))),
            "{length}"
        );
    }
}

#[test]
fn what_was_cut_is_unclear_even_if_a_token_can_be_seen() {
    for (status, body) in [
        (200, r#"{"access_token":"at-1","refresh_token":"rt-1"} {"#),
        (200, r#"[{"access_token":"at-1","refresh_token":"rt-1"}]"#),
        (200, "access_token=at-1&refresh_token=rt-1"),
        (200, r#"{"error":"invalid_grant"}"#),
        (400, r#"{"error":"invalid_grant"}"#),
        (401, ""),
    ] {
        let answer = cut(answer(status, body));
        for reading in [read(&answer), read_again(&answer)] {
            let Reading::Unclear(fault) = reading else {
                panic!("{reading:?}");
            };
            assert_eq!((fault.code, fault.text), (None, None));
        }
    }
}

#[test]
fn a_replay_that_is_refused_without_a_word_is_a_refusal() {
    for (status, body) in [
        (400, ""),
        (401, ""),
        (400, "<html><h1>Bad Request</h1></html>"),
        (401, r#"{"error":"flux_exceeded"}"#),
        (400, "{broken"),
    ] {
        let answer = answer(status, body);
        assert!(is_unclear(&read(&answer)), "{status} {body}");
        assert!(is_dead(&read_again(&answer)), "{status} {body}");
    }
}

#[test]
fn a_replay_that_is_refused_for_what_it_asks_is_a_refusal_of_its_token() {
    for (status, body) in [
        (400, r#"{"error":"invalid_request"}"#),
        (
            401,
            r#"{"error":"invalid_request","error_description":"Malformed"}"#,
        ),
        (400, r#"{"error":"invalid_scope"}"#),
        (400, "invalid_request"),
        (400, r#"{"error":"some_code_of_theirs"}"#),
    ] {
        let answer = answer(status, body);
        let in_window = absorb(&answer, &Provider::generic(), NOW, Replayed::InWindow);
        assert!(!is_dead(&read(&answer)), "{status} {body}");
        assert!(is_unclear(&in_window), "{status} {body}");
        assert!(is_dead(&read_again(&answer)), "{status} {body}");
    }
    for code in [
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
    ] {
        let answer = answer(401, format!(r#"{{"error":"{code}"}}"#));
        let (verdict, unspent, _) = refused(read_again(&answer));
        assert_eq!((verdict, unspent), (Verdict::AppFault, true), "{code}");
    }
}

#[test]
fn a_replay_is_no_reason_to_believe_anything_else() {
    for (status, body) in [
        (200, ""),
        (204, ""),
        (403, ""),
        (404, ""),
        (408, ""),
        (500, ""),
        (502, BAD_GATEWAY),
        (302, ""),
        (400, r#"{"error":"temporarily_unavailable"}"#),
        (400, r#"{"message":"too many requests"}"#),
    ] {
        assert!(
            is_unclear(&read_again(&answer(status, body))),
            "{status} {body}"
        );
    }
}

#[test]
fn what_is_shown_of_a_page_is_what_people_would_see() {
    let Reading::Unclear(fault) = read(&answer(502, BAD_GATEWAY)) else {
        panic!("a bad gateway is unclear");
    };
    assert_eq!(fault.status, Some(502));
    assert_eq!(
        fault.text.as_deref(),
        Some("502 Bad Gateway 502 Bad Gateway nginx")
    );
}

#[test]
fn of_a_success_that_is_not_understood_only_pages_are_shown() {
    for body in ["token: abcdef", "{\"access_token\":\"abcdef\"", "abcdef"] {
        let Reading::Unclear(fault) = read(&answer(200, body)) else {
            panic!("{body} was understood");
        };
        assert_eq!(fault.text, None, "{body}");
    }
    let challenged = with_header(answer(204, ""), "www-authenticate", "Bearer realm=\"x\"");
    assert!(is_unclear(&read(&challenged)));
}
