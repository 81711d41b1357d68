//! The causes of a failure told apart by the history of the grant: each rule, and its absence.

mod mute;
mod others;
mod rules;
mod said;
mod steers;

use evergrant_core::held::answer::Fault;
use evergrant_core::held::diagnose::{Background, Facts, History, Known, dead};
use evergrant_core::held::explain::Explanation;
use evergrant_core::held::{Cause, Confidence, Diagnosis, Party};
use evergrant_core::{ScopeSet, Span, Time};

const NOW: Time = super::NOW;

const fn hours(count: i64) -> Span {
    Span::from_seconds(count * 3_600)
}

/// What is known of a provider that has every limit there is.
fn facts() -> Facts {
    Facts {
        name: Some("Acme".into()),
        idle_limit: Some(Span::from_days(60)),
        absolute_limit: Some(Span::from_days(365)),
        testing_limit: Some(Span::from_days(7)),
        token_cap: Some(20),
        password_scopes: vec!["mail.".into()],
        one_time: true,
        forgives: false,
    }
}

/// What a text says.
fn text(cause: Cause, also: &[Cause], confidence: Confidence) -> Explanation {
    Explanation {
        cause,
        also_possible: also.to_vec(),
        party: Party::EndUser,
        confidence,
        summary: cause.summary(Some("Acme")),
        next_step: cause.next_step(Party::EndUser).to_owned(),
        evidence: vec!["The text speaks.".into()],
        dates: Vec::new(),
        provider: Some("acme".into()),
        signature: Some("acme_says".into()),
    }
}

/// One text for half a dozen causes.
fn ambiguous() -> Explanation {
    let also = [
        Cause::AppInTestingMode,
        Cause::HardLifetimeLimit,
        Cause::IdleExpiry,
        Cause::PasswordChanged,
        Cause::RefreshTokenSuperseded,
        Cause::RefreshTokenReused,
        Cause::UserRemovedByAdmin,
    ];
    text(Cause::UserRevoked, &also, Confidence::Ambiguous)
}

/// A grant of forty days that was used an hour ago, and of which nothing is odd.
fn usual() -> History {
    History {
        at: NOW,
        answered_at: NOW,
        their_clock: Some(NOW),
        code: Some("invalid_grant".into()),
        consented_at: NOW.minus(Span::from_days(40)),
        renewed_at: NOW.minus(hours(1)),
        refresh_expires_at: None,
        asked: ScopeSet::default(),
        granted: None,
        sends: 1,
        redeems: false,
        background: Background {
            newer_consents: Some(0),
            made_by: Some(1),
            ..Background::default()
        },
    }
}

/// A refusal with all that is known of it.
fn fault(facts: Facts, said: Explanation, history: History) -> Fault {
    Fault {
        status: Some(400),
        code: Some("invalid_grant".into()),
        known: Some(Box::new(Known {
            facts,
            said,
            history: Some(history),
        })),
        ..Fault::default()
    }
}

/// What is said of a grant with the ambiguous text, after its history was changed.
fn told(change: impl FnOnce(&mut History)) -> Diagnosis {
    let mut history = usual();
    change(&mut history);
    dead(&fault(facts(), ambiguous(), history), false)
}

#[track_caller]
fn says(it: &Diagnosis, part: &str) {
    let found = it.evidence.iter().any(|line| line.contains(part));
    assert!(found, "{part:?} is not in {:#?}", it.evidence);
}
