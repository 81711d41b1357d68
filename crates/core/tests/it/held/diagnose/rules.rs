//! Each rule where it holds, and a little short of it.

use evergrant_core::held::diagnose::{History, dead};
use evergrant_core::held::{Cause, Confidence, Party};
use evergrant_core::{ScopeSet, Span};

use super::{NOW, ambiguous, facts, fault, hours, says, told, usual};

/// A change of the usual history.
type Turn = fn(&mut History);

fn aged(it: &mut History, age: Span) {
    it.consented_at = it.at.minus(age);
}

fn idle(it: &mut History, time: Span) {
    it.renewed_at = it.at.minus(time);
    it.consented_at = it.consented_at.minus(time);
}

/// What the history is, the cause that it tells, who must act, a part of the evidence.
const HOLDS: [(Turn, Cause, Party, &str); 17] = [
    (
        |it| aged(it, Span::from_days(7)),
        Cause::AppInTestingMode,
        Party::AppDeveloper,
        "The grant was 7 days old, and the app's consent screen at Acme may be in Testing, where \
         grants end after 7 days.",
    ),
    (
        |it| aged(it, hours(7 * 24 + 11)),
        Cause::AppInTestingMode,
        Party::AppDeveloper,
        "may be in Testing",
    ),
    (
        |it| aged(it, Span::from_days(365)),
        Cause::HardLifetimeLimit,
        Party::EndUser,
        "The grant was 365 days old, and grants at Acme end after 365 days whatever is done.",
    ),
    (
        |it| it.refresh_expires_at = Some(it.at),
        Cause::HardLifetimeLimit,
        Party::EndUser,
        "Acme said that it ends after 60 minutes",
    ),
    (
        |it| {
            idle(it, Span::from_days(60));
            it.refresh_expires_at = Some(it.at);
        },
        Cause::IdleExpiry,
        Party::EndUser,
        "nobody used it until then",
    ),
    (
        |it| idle(it, Span::from_days(61)),
        Cause::IdleExpiry,
        Party::EndUser,
        "had not been used for 61 days, and Acme ends grants that nobody uses for 60 days",
    ),
    (
        |it| it.granted = ScopeSet::parse("mail.read").ok(),
        Cause::PasswordChanged,
        Party::EndUser,
        "the scope mail.read",
    ),
    (
        |it| it.background.newer_consents = Some(20),
        Cause::RefreshTokenSuperseded,
        Party::EndUser,
        "consented 20 times since, and Acme keeps 20 tokens",
    ),
    (
        |it| it.background.secret_set_at = Some(it.at.minus(Span::from_seconds(600))),
        Cause::AppOrClientMisconfigured,
        Party::Operator,
        "client secret was changed here 10 minutes before this failure, after the last success",
    ),
    (
        |it| it.sends = 2,
        Cause::RefreshTokenReused,
        Party::Operator,
        "We did it: this refresh token, which works once, was sent 2 times.",
    ),
    (
        |it| it.background.made_by = Some(2),
        Cause::RefreshTokenReused,
        Party::Operator,
        "We did it: the refresh token before this one",
    ),
    (
        |it| it.background.alike = 3,
        Cause::AppOrClientMisconfigured,
        Party::AppDeveloper,
        "3 other connections of the same integration failed with invalid_grant",
    ),
    (
        |it| {
            aged(it, hours(16));
            it.background.lives = vec![hours(16), Span::from_seconds(16 * 3_600 + 300)];
        },
        Cause::AdminPolicyBlocked,
        Party::AccountAdmin,
        "This grant and the 2 before it each ended after about 16 hours",
    ),
    (
        |it| {
            aged(it, Span::from_days(90));
            it.background.lives = vec![Span::from_days(90), Span::from_days(91)];
        },
        Cause::HardLifetimeLimit,
        Party::EndUser,
        "each ended after about 90 days",
    ),
    // Of two that hold, the number that is hard to meet by chance.
    (
        |it| {
            aged(it, Span::from_days(7));
            it.background.alike = 9;
            it.granted = ScopeSet::parse("mail.read").ok();
        },
        Cause::AppInTestingMode,
        Party::AppDeveloper,
        "9 other connections",
    ),
    (
        |it| {
            it.background.alike = 100;
            it.granted = ScopeSet::parse("mail.read").ok();
        },
        Cause::AppOrClientMisconfigured,
        Party::AppDeveloper,
        "at least 100 other connections",
    ),
    // Nothing is odd.
    (
        |_| {},
        Cause::UserRevoked,
        Party::EndUser,
        "Its history speaks against idle_expiry",
    ),
];

#[test]
fn where_a_rule_holds_it_tells_the_cause() {
    for (index, (turn, cause, party, part)) in HOLDS.into_iter().enumerate() {
        let it = told(turn);
        assert_eq!((it.cause, it.party), (cause, party), "{index}: {it:#?}");
        let leaning = [Cause::PasswordChanged, Cause::UserRevoked].contains(&cause);
        let confidence = if leaning {
            Confidence::Ambiguous
        } else {
            Confidence::Likely
        };
        assert_eq!(it.confidence, confidence, "{index}");
        assert!(!it.also_possible.contains(&cause), "{index}: {it:#?}");
        assert!(!it.transient, "{index}");
        says(&it, part);
    }
}

/// A little less than what the rules above need.
const FALLS_SHORT: [Turn; 14] = [
    |it| aged(it, hours(7 * 24 - 7)),
    |it| aged(it, hours(7 * 24 + 13)),
    |it| aged(it, Span::from_days(360)),
    |it| it.refresh_expires_at = Some(it.at.plus(Span::from_seconds(1))),
    |it| idle(it, Span::from_days(59)),
    |it| it.granted = ScopeSet::parse("drive mailing.read").ok(),
    |it| it.background.newer_consents = Some(19),
    |it| it.background.newer_consents = None,
    |it| it.background.secret_set_at = Some(it.consented_at),
    |it| it.sends = 0,
    |it| it.background.made_by = Some(0),
    |it| it.background.alike = 2,
    |it| {
        aged(it, hours(16));
        it.background.lives = vec![hours(16), hours(20), hours(16)];
    },
    |it| {
        aged(it, Span::from_seconds(1_800));
        it.background.lives = vec![Span::from_seconds(1_800); 5];
    },
];

#[test]
fn a_little_short_of_it_the_text_keeps_its_cause() {
    for (index, turn) in FALLS_SHORT.into_iter().enumerate() {
        let it = told(turn);
        assert_eq!(it.cause, Cause::UserRevoked, "{index}: {it:#?}");
        assert_eq!(it.confidence, Confidence::Ambiguous, "{index}");
    }
}

#[test]
fn what_nobody_knows_of_the_provider_tells_nothing() {
    let mut history = usual();
    aged(&mut history, Span::from_days(7));
    idle(&mut history, Span::from_days(700));
    history.background.newer_consents = Some(500);
    history.sends = 5;
    let nothing = super::Facts::default();
    let it = dead(&fault(nothing, ambiguous(), history), false);
    assert_eq!(it.cause, Cause::UserRevoked, "{it:#?}");
}

#[test]
fn who_forgives_a_second_use_has_most_likely_forgiven_it() {
    let mut history = usual();
    history.background.made_by = Some(2);
    let forgiving = super::Facts {
        forgives: true,
        ..facts()
    };
    let it = dead(&fault(forgiving, ambiguous(), history), false);
    assert_eq!(it.cause, Cause::RefreshTokenReused);
    assert_eq!(it.confidence, Confidence::Ambiguous);
}

#[test]
fn an_old_change_of_the_secret_is_a_hint_only() {
    let it = told(|it| it.background.secret_set_at = Some(NOW.minus(hours(2))));
    assert_eq!(it.cause, Cause::UserRevoked);
    assert_eq!(
        it.also_possible.first(),
        Some(&Cause::AppOrClientMisconfigured)
    );
    says(&it, "after the consent");
}
