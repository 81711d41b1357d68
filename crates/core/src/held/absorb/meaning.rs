//! What an error code means, and what the words beside it do (RFC 6749 section 5.2, and what is
//! met instead).

use super::seen::Seen;
use super::sentences::{asks_again, only_code, says_busy, says_over};
use crate::held::replay::Replayed;

/// What an answer without tokens means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    /// The grant has ended.
    Dead,
    /// Our registration is at fault; the token was not looked at.
    AppFault,
    /// Nobody can tell.
    Unclear,
}

/// The token, the code or the person's consent is gone.
const DEAD: [&str; 39] = [
    "access_denied",
    "access_token_expired",
    "account_inactive",
    "authorization_code_expired",
    "authorization_declined",
    "bad_refresh_token",
    "bad_verification_code",
    "consent_required",
    "expired_access_token",
    "expired_authorization_code",
    "expired_refresh_token",
    "expired_token",
    "grant_not_found",
    "grant_revoked",
    "interaction_required",
    "invalid_access_token",
    "invalid_authorization_code",
    "invalid_code",
    "invalid_grant",
    "invalid_refresh_token",
    "invalid_token",
    "login_required",
    "mfa_required",
    "oauth_token_revoked",
    "refresh_token_expired",
    "refresh_token_invalid",
    "refresh_token_not_found",
    "refresh_token_reused",
    "refresh_token_revoked",
    "reused_refresh_token",
    "revoked_access_token",
    "revoked_refresh_token",
    "revoked_token",
    "token_expired",
    "token_inactive",
    "token_invalid",
    "token_not_found",
    "token_revoked",
    "user_revoked",
];

/// The server refused us before it looked at the token.
const APP_FAULT: [&str; 20] = [
    "app_disabled",
    "application_suspended",
    "bad_client_id",
    "bad_client_secret",
    "client_disabled",
    "client_not_found",
    "deleted_client",
    "disabled_client",
    "incorrect_client_credentials",
    "invalid_client",
    "invalid_client_credentials",
    "invalid_client_id",
    "invalid_client_secret",
    "invalid_scope",
    "redirect_uri_mismatch",
    "token_rotation_not_enabled",
    "unauthorized_client",
    "unknown_client",
    "unsupported_grant_type",
    "unsupported_response_type",
];

/// Of these, the ones that blame the request and not who makes it.
const OF_THE_REQUEST: [&str; 1] = ["invalid_scope"];

/// The server says that it could not decide. Only a 429 says that it did nothing.
const UNDECIDED: [&str; 14] = [
    "authorization_pending",
    "fatal_error",
    "internal_error",
    "internal_failure",
    "internal_server_error",
    "rate_limit_exceeded",
    "rate_limited",
    "ratelimited",
    "server_error",
    "service_unavailable",
    "slow_down",
    "temporarily_unavailable",
    "too_many_requests",
    "use_dpop_nonce",
];

/// The codes of the standards that are looked for in pages and plain text.
const STANDARD: [&str; 10] = [
    "access_denied",
    "deleted_client",
    "disabled_client",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "invalid_token",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// The codes that are believed on a 5xx, where much that is written is not meant.
const ON_SERVER_ERROR: [&str; 5] = [
    "invalid_client",
    "invalid_grant",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// What an answer without tokens means.
pub(super) fn of(status: u16, seen: &Seen, replayed: Replayed) -> Meaning {
    match status {
        408 => Meaning::Unclear,
        200..300 | 400..500 => of_refusal(status, seen, replayed),
        500.. => of_server_error(seen),
        _ => Meaning::Unclear,
    }
}

fn of_refusal(status: u16, seen: &Seen, replayed: Replayed) -> Meaning {
    let text = words(seen);
    let refused = matches!(status, 400 | 401);
    if let Some(code) = code(status, seen)
        && let Some(meaning) = of_code(&normal(code), &text)
    {
        return match meaning {
            Meaning::AppFault if refused && !names_us(&normal(code)) => vague(replayed),
            meaning => meaning,
        };
    }
    if asks_again(&text) {
        return Meaning::Unclear;
    }
    let definite = matches!(status, 400 | 401 | 403);
    let said_in_fields = (200..300).contains(&status) && seen.of_fields > 0;
    if (definite || said_in_fields) && says_over(&text) {
        return Meaning::Dead;
    }
    if refused && replayed == Replayed::Last {
        return Meaning::Dead;
    }
    Meaning::Unclear
}

/// Whether a code says that our registration itself is refused, whatever token came with it.
fn names_us(code: &str) -> bool {
    APP_FAULT.contains(&code) && !OF_THE_REQUEST.contains(&code)
}

/// What a refusal means that blames the request. The same request was taken before, or may have
/// been: what is new about its replay is the token.
const fn vague(replayed: Replayed) -> Meaning {
    match replayed {
        Replayed::No => Meaning::AppFault,
        Replayed::InWindow => Meaning::Unclear,
        Replayed::Last => Meaning::Dead,
    }
}

fn of_server_error(seen: &Seen) -> Meaning {
    let mut codes = seen.codes.iter().take(seen.of_fields).map(|it| normal(it));
    let known = codes.find(|code| ON_SERVER_ERROR.contains(&code.as_str()));
    known
        .and_then(|code| of_code(&code, &words(seen)))
        .unwrap_or(Meaning::Unclear)
}

/// All that is said in words, but for pages made for people, which say much.
fn words(seen: &Seen) -> String {
    let page = seen.page.iter().filter(|page| !page.html);
    let page = page.map(|page| page.text.as_str());
    let codes = seen.codes.iter().filter(|it| it.contains(' '));
    let said = seen.texts.iter().chain(codes).map(String::as_str);
    said.chain(page).collect::<Vec<_>>().join("\n")
}

/// The most telling code: the first with a meaning, else one that stands in the text, else the
/// first.
pub(super) fn code(status: u16, seen: &Seen) -> Option<&str> {
    let known = |code: &&String| of_code(&normal(code), "").is_some();
    let first = seen.codes.first().map(String::as_str);
    let in_text = || {
        let refusal = (400..500).contains(&status);
        let said = seen.texts.iter().chain(&seen.codes).map(String::as_str);
        let page = seen.page.iter().map(|page| page.text.as_str());
        refusal
            .then(|| only_code(said.chain(page), &STANDARD))
            .flatten()
    };
    let known = seen.codes.iter().find(known).map(String::as_str);
    known.or_else(in_text).or(first)
}

/// What a code means beside these words, if it is known.
fn of_code(code: &str, text: &str) -> Option<Meaning> {
    if UNDECIDED.contains(&code) {
        Some(Meaning::Unclear)
    } else if DEAD.contains(&code) {
        let busy = says_busy(text);
        Some(if busy {
            Meaning::Unclear
        } else {
            Meaning::Dead
        })
    } else if code == "invalid_request" {
        Some(of_invalid_request(text))
    } else if code == "unauthorized_client" && says_over(text) {
        // Some say so of a dead token.
        Some(Meaning::Dead)
    } else {
        APP_FAULT.contains(&code).then_some(Meaning::AppFault)
    }
}

/// Some say `invalid_request` of a dead token, and some of two requests at once.
fn of_invalid_request(text: &str) -> Meaning {
    if asks_again(text) {
        Meaning::Unclear
    } else if says_over(text) {
        Meaning::Dead
    } else {
        Meaning::AppFault
    }
}

/// A code as the tables write it: `InvalidGrant`, `INVALID-GRANT` and `Invalid Grant` are one.
fn normal(code: &str) -> String {
    let mut normal = String::with_capacity(code.len() + 4);
    let mut before = '_';
    for letter in code.chars() {
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            normal.push('_');
        }
        normal.push(match letter {
            ' ' | '-' => '_',
            _ => letter.to_ascii_lowercase(),
        });
        before = letter;
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_one_however_they_are_written() {
        for code in [
            "invalid_grant",
            "InvalidGrant",
            "INVALID-GRANT",
            "Invalid Grant",
        ] {
            assert_eq!(normal(code), "invalid_grant");
        }
    }

    #[test]
    fn no_code_has_two_meanings() {
        let all: Vec<&str> = [&DEAD[..], &APP_FAULT, &UNDECIDED].concat();
        let distinct: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.iter().all(|code| normal(code) == *code));
    }
}
