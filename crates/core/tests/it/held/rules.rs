//! The catalogue's own words on what an answer means.

use evergrant_core::held::absorb::absorb;
use evergrant_core::held::provider::Rule;
use evergrant_core::held::{Provider, RawAnswer, Reading, Replayed, Verdict};

use super::{NOW, answer, refused};

fn rule(verdict: Verdict) -> Rule {
    Rule {
        status: None,
        code: None,
        text: None,
        verdict,
        unspent: false,
    }
}

fn by_rules(rules: Vec<Rule>, answer: &RawAnswer) -> Reading {
    let provider = Provider {
        rules,
        ..Provider::generic()
    };
    absorb(answer, &provider, NOW, Replayed::No)
}

#[test]
fn a_providers_own_rules_come_first() {
    let rate = Rule {
        code: Some("invalid_grant".into()),
        text: Some("Login Rate".into()),
        unspent: true,
        ..rule(Verdict::Transient)
    };
    let body = r#"{"error":"INVALID_GRANT","error_description":"login rate exceeded"}"#;
    let reading = by_rules(vec![rate.clone()], &answer(400, body));
    let (verdict, unspent, fault) = refused(reading);
    assert_eq!((verdict, unspent), (Verdict::Transient, true));
    assert_eq!(fault.text.as_deref(), Some("login rate exceeded"));
    let other = answer(
        400,
        r#"{"error":"invalid_grant","error_description":"ended"}"#,
    );
    assert_eq!(refused(by_rules(vec![rate], &other)).0, Verdict::Dead);
}

#[test]
fn the_first_rule_that_fits_wins_and_unknown_is_unclear() {
    let of = |status, verdict| Rule {
        status: Some(status),
        ..rule(verdict)
    };
    let rules = vec![
        of(500, Verdict::Dead),
        of(503, Verdict::Transient),
        rule(Verdict::Unknown),
    ];
    let read = |status| {
        by_rules(
            rules.clone(),
            &answer(status, r#"{"error":"invalid_grant"}"#),
        )
    };
    assert_eq!(refused(read(500)).0, Verdict::Dead);
    assert_eq!(refused(read(503)).0, Verdict::Transient);
    assert!(matches!(read(400), Reading::Unclear(_)));
    assert!(matches!(read(429), Reading::Unclear(_)));
}

#[test]
fn a_rule_finds_every_code_and_decoded_text() {
    let code = |code: &str| Rule {
        code: Some(code.into()),
        ..rule(Verdict::Transient)
    };
    let text = |text: &str| Rule {
        text: Some(text.into()),
        ..rule(Verdict::Transient)
    };
    let meta = r#"{"error":{"message":"it\u0027s over","code":190,"error_subcode":460}}"#;
    let microsoft = r#"{"error":"invalid_grant","error_codes":[50173]}"#;
    let cybersource =
        r#"{"responseStatus":{"status":500,"reason":"SYSTEM_ERROR","message":"Gone"}}"#;
    for (rule, status, body) in [
        (code("460"), 400, meta),
        (code("190"), 400, meta),
        (text("It's over"), 400, meta),
        (code("50173"), 400, microsoft),
        (code("system_error"), 500, cybersource),
        (text("responsestatus"), 500, cybersource),
        (code("Access Denied"), 400, r#"{"error":"access denied"}"#),
        (text("g\u{f6}ne"), 400, "{\"message\":\"G\u{d6}NE\"}"),
    ] {
        let reading = by_rules(vec![rule.clone()], &answer(status, body));
        assert_eq!(refused(reading).0, Verdict::Transient, "{rule:?}");
    }
    let status_alone = by_rules(vec![code("500")], &answer(500, cybersource));
    assert!(matches!(status_alone, Reading::Unclear(_)));
}

#[test]
fn a_rule_never_hides_tokens() {
    let body = r#"{"access_token":"at-1"}"#;
    let reading = by_rules(vec![rule(Verdict::Dead)], &answer(200, body));
    assert!(matches!(reading, Reading::Tokens(_)));
}
