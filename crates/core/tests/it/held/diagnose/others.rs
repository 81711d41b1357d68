//! What else it may be: what the history speaks for comes first, what it speaks against goes.

use evergrant_core::Span;
use evergrant_core::held::Cause;
use evergrant_core::held::diagnose::{Facts, dead};

use super::{ambiguous, facts, fault, hours, says, told, usual};

#[test]
fn what_was_found_comes_before_what_the_text_allows() {
    let it = told(|it| {
        it.consented_at = it.at.minus(Span::from_days(7));
        it.background.alike = 5;
        it.background.newer_consents = Some(25);
    });
    let first = [
        Cause::AppOrClientMisconfigured,
        Cause::RefreshTokenSuperseded,
        Cause::UserRevoked,
    ];
    assert_eq!(it.also_possible[..3], first, "{it:#?}");
    assert!(it.also_possible.len() <= 6);
}

#[test]
fn what_the_history_speaks_against_is_left_out_with_its_reason() {
    let it = told(|_| {});
    let left = [Cause::RefreshTokenReused, Cause::UserRemovedByAdmin];
    assert_eq!(it.also_possible, left, "{it:#?}");
    for part in [
        "idle_expiry (it was used 60 minutes before, and may lie for 60 days)",
        "hard_lifetime_limit (it was 40 days old, and may live for 365 days)",
        "app_in_testing_mode (it was 40 days old, and apps in testing have grants of 7 days)",
        "refresh_token_superseded (there are 0 newer consents, and 20 tokens live beside each",
        "password_changed (it has no scope that hangs on the password)",
    ] {
        says(&it, part);
    }
    let reusable = Facts {
        one_time: false,
        ..facts()
    };
    let it = dead(&fault(reusable, ambiguous(), usual()), false);
    assert_eq!(it.also_possible, [Cause::UserRemovedByAdmin]);
}

#[test]
fn nothing_is_left_out_that_nobody_can_know() {
    let it = dead(&fault(Facts::default(), ambiguous(), usual()), false);
    // That a token may be used at will is known of it.
    assert!(!it.also_possible.contains(&Cause::RefreshTokenReused));
    assert_eq!(it.also_possible.len(), 6);
    let it = told(|it| it.background.newer_consents = None);
    assert!(it.also_possible.contains(&Cause::RefreshTokenSuperseded));
    let it = told(|it| it.renewed_at = it.at.minus(hours(40 * 24 - 1)));
    assert!(it.also_possible.contains(&Cause::IdleExpiry));
}
