//! What messages for people say plainly.

/// Words that say that a token is over.
const OVER: [&str; 14] = [
    "consumed",
    "deleted",
    "expired",
    "inactive",
    "incorrect",
    "invalid",
    "invalidated",
    "reused",
    "revoked",
    "stale",
    "unknown",
    "unrecognised",
    "unrecognized",
    "withdrawn",
];

/// The same in two words.
const OVER_IN_TWO: [[&str; 2]; 8] = [
    ["already", "used"],
    ["been", "used"],
    ["no", "longer"],
    ["not", "active"],
    ["not", "exist"],
    ["not", "found"],
    ["not", "recognized"],
    ["not", "valid"],
];

/// A sentence with one of these speaks of other tokens than ours, or of our request.
const ELSEWHERE: [&str; 19] = [
    "api",
    "authenticity",
    "captcha",
    "certificate",
    "client",
    "clientid",
    "csrf",
    "developer",
    "endpoint",
    "header",
    "json",
    "license",
    "malformed",
    "parameter",
    "parameters",
    "syntax",
    "type",
    "unexpected",
    "xsrf",
];

/// Words by which a server says that it did not look at the token, whatever its code says.
const BUSY: [&str; 5] = [
    "rate exceeded",
    "rate limit",
    "temporarily unavailable",
    "too many requests",
    "try later",
];

/// Whether a text says that the server was too busy.
pub(super) fn says_busy(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    BUSY.iter().any(|words| text.contains(words))
}

/// Whether a text asks for another try, or speaks of two at once.
pub(super) fn asks_again(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    says_busy(text) || lower.contains("retry") || lower.contains("concurrent")
}

/// Whether a text says plainly that the token, code or grant that was sent is over.
pub(super) fn says_over(text: &str) -> bool {
    text.split(['.', ';', '!', '\n']).any(|sentence| {
        let sentence = sentence.to_ascii_lowercase();
        let words = sentence.split(|it: char| !it.is_alphanumeric());
        let words: Vec<&str> = words.filter(|it| !it.is_empty()).collect();
        is_over(&words)
    })
}

fn is_over(words: &[&str]) -> bool {
    let has = |word: &str| words.contains(&word);
    let pair = |pair: &[&str; 2]| words.windows(2).any(|it| it == pair);
    if ELSEWHERE.iter().any(|word| has(word)) {
        return false;
    }
    let token = words
        .iter()
        .any(|it| it.ends_with("token") || *it == "tokens");
    let code = pair(&["authorization", "code"]) || pair(&["auth", "code"]);
    if token || code || has("grant") {
        return OVER.iter().any(|word| has(word)) || OVER_IN_TWO.iter().any(pair);
    }
    let consent = has("session") || has("consent") || has("authorization") || has("authorisation");
    consent && (has("expired") || has("revoked") || has("withdrawn"))
}

/// The one code of these that stands in a text as a word. A page that lists several explains them.
pub(super) fn only_code<'a>(
    texts: impl Iterator<Item = &'a str>,
    codes: &[&'a str],
) -> Option<&'a str> {
    let is_end = |it: char| !it.is_ascii_alphanumeric() && it != '_';
    let mut found = None;
    for word in texts.flat_map(|text| text.split(is_end)) {
        let code = codes.iter().find(|code| word.eq_ignore_ascii_case(code));
        match (found, code) {
            (_, None) => {}
            (None, Some(code)) => found = Some(*code),
            (Some(other), Some(code)) if other == *code => {}
            (Some(_), Some(_)) => return None,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_about_dead_tokens_are_told_from_others() {
        for text in [
            "The refresh_token is invalid.",
            "Value passed for the token was invalid.",
            "Your refresh token has expired or is invalid.",
            "Error validating access token: Session has expired on Sunday",
            "refreshToken not found",
            "Invalid grant",
            "That authorization code has already been used",
            "The user's consent was withdrawn",
            "Bad request. Token was revoked. Authorize again.",
        ] {
            assert!(says_over(text), "{text}");
        }
        for text in [
            "",
            "Bad Request",
            "CSRF token missing or incorrect.",
            "Unexpected token < in JSON at position 0: invalid",
            "Missing required parameter: refresh_token. It is invalid to leave it out",
            "includes an invalid parameter value",
            "Invalid authorization header",
            "Invalid token type",
            "The client secret for this token has expired",
            "Your licence has expired. Buy a token ring",
            "two factor authentication is needed for this token",
        ] {
            assert!(!says_over(text), "{text}");
        }
    }

    #[test]
    fn a_code_counts_as_a_word_only_where_it_is_the_only_one() {
        let codes = ["invalid_grant", "invalid_client"];
        for (text, code) in [
            ("Error: invalid_grant, bad", Some("invalid_grant")),
            ("INVALID_GRANT (invalid_grant)", Some("invalid_grant")),
            ("not_invalid_grant", None),
            ("one of invalid_grant and invalid_client", None),
            ("", None),
        ] {
            assert_eq!(only_code(std::iter::once(text), &codes), code, "{text}");
        }
    }
}
