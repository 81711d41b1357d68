//! Answers that say no, and what follows from each.

use evergrant_core::held::{Fault, RawAnswer, Verdict};

use super::{answer, read, refused, seconds, with_header};

fn refusal(answer: &RawAnswer) -> (Verdict, bool, Fault) {
    refused(read(answer))
}

#[test]
fn our_registrations_fault_leaves_the_token_unspent() {
    for (who, status, body) in [
        (
            "standard",
            401,
            r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#,
        ),
        (
            "Microsoft",
            401,
            concat!(
                r#"{"error":"invalid_client","error_description":"AADSTS7000222: The "#,
                r#"provided client secret keys are expired."}"#,
            ),
        ),
        (
            "Google, deleted",
            401,
            r#"{"error":"deleted_client","error_description":"The OAuth client was deleted."}"#,
        ),
        ("Google, disabled", 401, r#"{"error":"disabled_client"}"#),
        (
            "Google, unauthorized",
            401,
            r#"{"error":"unauthorized_client","error_description":"Unauthorized"}"#,
        ),
        ("Slack", 200, r#"{"ok":false,"error":"bad_client_secret"}"#),
        (
            "GitHub",
            200,
            "error=incorrect_client_credentials&error_description=x",
        ),
        (
            "Salesforce",
            400,
            r#"{"error":"invalid_client_id","error_description":"client identifier invalid"}"#,
        ),
        ("grant type", 400, r#"{"error":"unsupported_grant_type"}"#),
        ("scope", 400, r#"{"error":"invalid_scope"}"#),
        (
            "Amazon",
            400,
            r#"{"error_description":"Malformed request","error":"invalid_request"}"#,
        ),
        (
            "a missing parameter",
            400,
            concat!(
                r#"{"error":"invalid_request","error_description":"Missing required "#,
                r#"parameter: refresh_token"}"#,
            ),
        ),
        ("no word", 400, r#"{"error":"invalid_request"}"#),
        (
            "a server error that says so",
            503,
            r#"{"error":"invalid_client"}"#,
        ),
    ] {
        let (verdict, unspent, _) = refusal(&answer(status, body));
        assert_eq!((verdict, unspent), (Verdict::AppFault, true), "{who}");
    }
}

#[test]
fn a_challenge_in_a_header_is_read_too() {
    let challenge = r#"Bearer realm="x", error="invalid_token", error_description="It has ended""#;
    let with = with_header(answer(401, ""), "www-authenticate", challenge);
    let (verdict, _, fault) = refusal(&with);
    assert_eq!(verdict, Verdict::Dead);
    assert_eq!(fault.code.as_deref(), Some("invalid_token"));
    assert_eq!(fault.text.as_deref(), Some("It has ended"));
    let bare = with_header(
        answer(401, ""),
        "www-authenticate",
        "DPoP error=invalid_client, x=1",
    );
    assert_eq!(refusal(&bare).0, Verdict::AppFault);
}

#[test]
fn too_many_requests_spend_nothing() {
    for body in ["", r#"{"error":"invalid_grant"}"#, "<html>slow</html>"] {
        let mut answer = with_header(answer(429, body), "retry-after", "30");
        for complete in [true, false] {
            answer.complete = complete;
            let (verdict, unspent, fault) = refusal(&answer);
            assert_eq!((verdict, unspent), (Verdict::Transient, true));
            assert_eq!(fault.retry_after, seconds(30));
        }
    }
}

#[test]
fn retry_after_is_seconds_or_a_date_and_at_most_an_hour() {
    for (value, pause) in [
        ("30", seconds(30)),
        (" 0 ", seconds(0)),
        ("1.5", Some(evergrant_core::Span::from_millis(1_500))),
        ("86400", seconds(3_600)),
        ("99999999999999999999", seconds(3_600)),
        ("-5", None),
        ("NaN", None),
        ("Fri, 20 Nov 2026 12:01:00 GMT", seconds(60)),
        ("Fri, 20 Nov 2026 11:00:00 GMT", seconds(0)),
        ("Fri, 20 Nov 2027 12:00:00 GMT", seconds(3_600)),
        ("later", None),
    ] {
        let answer = with_header(answer(429, ""), "retry-after", value);
        assert_eq!(refusal(&answer).2.retry_after, pause, "{value}");
    }
}

#[test]
fn details_that_tell_refusals_apart_are_shown() {
    let meta =
        r#"{"error":{"message":"Error validating token: revoked","code":190,"error_subcode":460}}"#;
    let (_, _, fault) = refusal(&answer(400, meta));
    let text = "Error validating token: revoked [error_subcode 460]";
    assert_eq!(fault.text.as_deref(), Some(text));
}
