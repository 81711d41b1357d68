//! Text and history beside each other: what is certain stays, what is open is split.

use evergrant_core::held::answer::Fault;
use evergrant_core::held::connection::Event;
use evergrant_core::held::diagnose::{Known, dead, denied, paused};
use evergrant_core::held::{Cause, Confidence, Party};
use evergrant_core::{Span, Time};

use super::{NOW, ambiguous, facts, fault, hours, says, text, usual};

#[test]
fn what_a_text_says_for_certain_is_not_overturned() {
    for cause in [
        Cause::PasswordChanged,
        Cause::UserRemovedByAdmin,
        Cause::UserRevoked,
    ] {
        let mut history = usual();
        history.consented_at = NOW.minus(Span::from_days(7));
        history.background.alike = 50;
        history.sends = 3;
        let said = text(cause, &[], Confidence::Certain);
        let it = dead(&fault(facts(), said, history), false);
        assert_eq!(it.cause, cause);
        assert_eq!(it.confidence, Confidence::Certain);
        assert_eq!(it.party, Party::EndUser);
        assert_eq!(it.also_possible.first(), Some(&Cause::AppInTestingMode));
        says(&it, "may be in Testing");
    }
}

#[test]
fn what_a_text_says_likely_yields_to_an_exact_number_that_it_allows() {
    let mut history = usual();
    history.consented_at = NOW.minus(Span::from_days(7));
    for (also, cause) in [
        (&[Cause::AppInTestingMode][..], Cause::AppInTestingMode),
        (&[], Cause::MfaEnabledOrRequired),
    ] {
        let said = text(Cause::MfaEnabledOrRequired, also, Confidence::Likely);
        let it = dead(&fault(facts(), said, history.clone()), false);
        assert_eq!(it.cause, cause);
        assert_eq!(it.confidence, Confidence::Likely);
    }
}

#[test]
fn without_a_text_the_history_alone_tells() {
    let mut said = text(Cause::Unknown, &[], Confidence::Ambiguous);
    said.signature = None;
    let it = dead(&fault(facts(), said.clone(), usual()), false);
    assert_eq!((it.cause, it.party), (Cause::Unknown, Party::EndUser));
    let mut history = usual();
    history.renewed_at = NOW.minus(Span::from_days(70));
    let it = dead(&fault(facts(), said, history), false);
    assert_eq!(it.cause, Cause::IdleExpiry);
}

#[test]
fn a_lost_answer_is_what_it_was() {
    let it = dead(&fault(facts(), ambiguous(), usual()), true);
    assert_eq!(it.cause, Cause::ResponseLost);
    assert_eq!(
        it.also_possible[..2],
        [Cause::RefreshTokenReused, Cause::UserRevoked]
    );
    let reused = text(Cause::RefreshTokenReused, &[], Confidence::Certain);
    let it = dead(&fault(facts(), reused, usual()), true);
    assert_eq!(it.cause, Cause::ResponseLost);
    // A provider that names what it can't take a second use for is believed.
    let password = text(Cause::PasswordChanged, &[], Confidence::Certain);
    let it = dead(&fault(facts(), password, usual()), true);
    assert_eq!(it.cause, Cause::PasswordChanged);
    assert_eq!(it.also_possible, [Cause::ResponseLost]);
}

#[test]
fn whose_doing_a_second_use_was_is_ours_to_tell() {
    for confidence in Confidence::ALL {
        let said = text(Cause::RefreshTokenReused, &[], *confidence);
        let it = dead(&fault(facts(), said.clone(), usual()), false);
        assert_eq!(it.cause, Cause::RefreshTokenReused);
        assert_eq!(it.party, Party::Operator, "{confidence:?}");
        says(&it, "another copy of it is in use elsewhere");
        let mut history = usual();
        history.background.made_by = Some(2);
        let it = dead(&fault(facts(), said, history), false);
        assert_eq!(it.party, Party::Operator, "{confidence:?}");
        says(&it, "We did it");
    }
}

#[test]
fn a_young_token_is_never_revoked_for_certain() {
    for confidence in [Confidence::Certain, Confidence::Ambiguous] {
        let mut history = usual();
        history.renewed_at = NOW.minus(Span::from_seconds(12));
        let said = text(Cause::UserRevoked, &[], confidence);
        let refusal = fault(facts(), said, history.clone());
        let it = dead(&refusal, false);
        assert_eq!(it.cause, Cause::UserRevoked);
        assert_eq!(it.confidence, Confidence::Ambiguous);
        assert_eq!(it.also_possible.first(), Some(&Cause::ProviderOutage));
        says(&it, "The token was 12 seconds old");
        // Where the grant goes on, it passes.
        let it = paused(Event::Unspent, &refusal);
        assert_eq!((it.cause, it.party), (Cause::ProviderOutage, Party::Nobody));
        assert!(it.transient);
        assert_eq!(it.also_possible.first(), Some(&Cause::UserRevoked));
        // A minute old, or brought here by somebody: then it is what it says.
        for history in [
            {
                let mut old = history.clone();
                old.renewed_at = NOW.minus(Span::from_seconds(60));
                old
            },
            {
                history.background.made_by = None;
                history
            },
        ] {
            let said = text(Cause::UserRevoked, &[], confidence);
            let it = dead(&fault(facts(), said, history), false);
            assert_eq!(it.confidence, confidence);
        }
    }
}

#[test]
fn clocks_that_disagree_are_told_and_decide_where_the_refusal_speaks_of_time() {
    let said = text(
        Cause::UserRevoked,
        &[Cause::ClockSkew],
        Confidence::Ambiguous,
    );
    let with = |theirs: Time, words: Option<&str>| {
        let mut history = usual();
        history.their_clock = Some(theirs);
        let mut fault = fault(facts(), said.clone(), history);
        fault.text = words.map(str::to_owned);
        dead(&fault, false)
    };
    let timely = Some("The iat claim lies in the future");
    for (seconds, cause) in [
        (-600, Cause::ClockSkew),
        (-61, Cause::ClockSkew),
        (-60, Cause::UserRevoked),
        (0, Cause::UserRevoked),
        (60, Cause::UserRevoked),
        (61, Cause::ClockSkew),
    ] {
        let theirs = Time::from_seconds(NOW.seconds() + seconds);
        let it = with(theirs, timely);
        assert_eq!(it.cause, cause, "{seconds}");
        let told = it
            .evidence
            .iter()
            .any(|it| it.contains("The clock of Acme was"));
        assert_eq!(told, seconds.abs() > 60, "{seconds}");
    }
    let it = with(NOW.plus(Span::from_seconds(600)), timely);
    says(&it, "The clock of Acme was 10 minutes ahead of ours.");
    assert_eq!(it.party, Party::Operator);
    assert!(it.next_step().contains("NTP"), "{}", it.next_step());
    // Another refusal is not about the time, but the clocks are worth a word.
    let it = with(
        NOW.minus(hours(1)),
        Some("Token has been expired or revoked."),
    );
    assert_eq!(it.cause, Cause::UserRevoked);
    says(&it, "60 minutes behind ours");
}

#[test]
fn a_refused_client_whose_secret_changed_here_is_told_so() {
    let mut history = usual();
    history.background.secret_set_at = Some(NOW.minus(hours(30)));
    history.background.alike = 7;
    let mut said = text(Cause::AppOrClientMisconfigured, &[], Confidence::Certain);
    said.party = Party::AppDeveloper;
    let mut fault = fault(facts(), said, history);
    fault.code = Some("invalid_client".into());
    let it = paused(Event::AppRefused, &fault);
    assert_eq!(it.cause, Cause::AppOrClientMisconfigured);
    assert_eq!(it.party, Party::AppDeveloper);
    assert_eq!(it.confidence, Confidence::Certain);
    says(&it, "client secret was changed here 30 hours before");
    says(&it, "7 other connections");
}

#[test]
fn a_failing_server_is_an_outage_whatever_one_thinks_of() {
    let mut history = usual();
    history.background.alike = 12;
    let mut said = text(Cause::Unknown, &[], Confidence::Ambiguous);
    said.signature = None;
    let mut fault = fault(facts(), said, history);
    fault.status = Some(503);
    fault.code = None;
    let it = paused(Event::Unknown, &fault);
    assert_eq!((it.cause, it.party), (Cause::ProviderOutage, Party::Nobody));
    assert!(it.transient);
    says(&it, "12 other connections");
}

#[test]
fn what_has_ended_is_not_said_to_be_tried_again() {
    for cause in [Cause::ProviderOutage, Cause::RateLimited, Cause::ClockSkew] {
        let mut said = text(cause, &[], Confidence::Likely);
        said.party = Party::Nobody;
        let it = dead(&fault(facts(), said, usual()), false);
        assert_eq!((it.cause, it.party), (cause, Party::EndUser));
        assert!(!it.transient);
        assert!(it.next_step().contains("enew the connection"));
    }
}

#[test]
fn a_consent_that_was_refused_is_told_by_its_text() {
    let known = |said| Fault {
        code: Some("access_denied".into()),
        known: Some(Box::new(Known {
            facts: facts(),
            said,
            history: None,
        })),
        ..Fault::default()
    };
    let policy = text(Cause::AdminPolicyBlocked, &[], Confidence::Likely);
    assert_eq!(denied(&known(policy)).cause, Cause::AdminPolicyBlocked);
    let open = text(Cause::UserRevoked, &[], Confidence::Ambiguous);
    let it = denied(&known(open));
    assert_eq!(
        (it.cause, it.confidence),
        (Cause::ConsentRequired, Confidence::Certain)
    );
}

#[test]
fn a_refused_code_is_no_grant_that_ended() {
    let mut history = usual();
    history.consented_at = NOW.minus(Span::from_days(7));
    history.renewed_at = NOW.minus(Span::from_days(300));
    history.sends = 9;
    history.redeems = true;
    let it = dead(&fault(facts(), ambiguous(), history.clone()), false);
    assert_eq!(it.cause, Cause::AuthorizationPendingOrCodeProblem);
    assert!(it.next_step().contains("enew"), "{}", it.next_step());
    says(&it, "authorization code");
    history.redeems = false;
    let it = dead(&fault(facts(), ambiguous(), history), false);
    assert_eq!(it.cause, Cause::AppInTestingMode);
}

#[test]
fn an_answer_that_nobody_understands_says_nothing_of_the_grant() {
    let mut history = usual();
    history.renewed_at = NOW.minus(Span::from_days(300));
    history.granted = evergrant_core::ScopeSet::parse("mail.read").ok();
    history.their_clock = Some(NOW.minus(hours(5)));
    let mut said = text(Cause::Unknown, &[], Confidence::Ambiguous);
    said.signature = None;
    let mut fault = fault(facts(), said, history.clone());
    fault.code = None;
    fault.status = Some(404);
    let it = paused(Event::Unknown, &fault);
    assert_eq!(it.cause, Cause::MalformedResponse);
    assert!(it.also_possible.is_empty(), "{it:#?}");
    says(&it, "5 hours behind ours");
    // A server that fails is in trouble, whatever word it has for it.
    let mut fault = super::fault(facts(), ambiguous(), history);
    fault.status = Some(500);
    let it = paused(Event::Unknown, &fault);
    assert_eq!((it.cause, it.party), (Cause::ProviderOutage, Party::Nobody));
}
