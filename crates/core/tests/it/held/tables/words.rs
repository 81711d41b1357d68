//! What a word about a send changes, and what people do to connections with a send behind them.

use evergrant_core::held::journal::{not_sent, silent, word};
use evergrant_core::held::{
    Attempt, Cause, Confidence, Diagnosis, How, Party, Phase, Situation, Standing, State, manage,
};
use evergrant_core::id::GrantId;
use evergrant_core::{Change, Decision, Time};

use super::{NOW, at, attempt, chance, sent, situation};

/// A send of a minute ago, whose sender speaks now.
fn spoken(state: State, phase: Phase) -> (Situation, Attempt) {
    let mut it = situation(state, 100);
    let attempt = attempt(&it, phase, vec![sent(-60, None)]);
    it.attempt = Some(attempt.clone());
    (it, attempt)
}

fn standing<A>(decision: &Decision<A>) -> Option<&Standing> {
    decision.changes.iter().find_map(|it| match it {
        Change::ConnectionMoved { to, .. } => Some(&**to),
        _ => None,
    })
}

fn moved(decision: &Decision<()>) -> &Attempt {
    let found = decision.changes.iter().find_map(|it| match it {
        Change::AttemptAdvanced { to, .. } => Some(&**to),
        _ => None,
    });
    found.unwrap()
}

fn ended(decision: &Decision<()>) -> Option<How> {
    moved(decision).sends[0].ended.map(|end| end.how)
}

#[test]
fn a_send_without_an_answer_is_in_doubt() {
    for (before, after) in [
        (State::Active, State::InDoubt),
        (State::Degraded, State::InDoubt),
        (State::InDoubt, State::InDoubt),
        (State::ScopeGap, State::ScopeGap),
        (State::Suspended, State::Suspended),
        (State::AppFault, State::AppFault),
    ] {
        let (it, attempt) = spoken(before, Phase::Sent);
        let decision = silent(&it, &attempt, 0, "no answer", NOW);
        assert_eq!(ended(&decision), Some(How::Silent));
        assert_eq!(moved(&decision).phase, Phase::Sent, "it binds");
        let to = standing(&decision).unwrap();
        assert_eq!((to.state, to.failures), (after, 1), "{before:?}");
    }
}

#[test]
fn a_late_word_does_not_change_why_a_person_must_act() {
    for phase in [Phase::Refused, Phase::Applied, Phase::Unspent] {
        let (it, attempt) = spoken(State::NeedsReauth, phase);
        let decision = silent(&it, &attempt, 0, "no answer", NOW);
        assert_eq!(ended(&decision), Some(How::Silent), "the word is kept");
        assert_eq!(moved(&decision).phase, phase);
        assert_eq!(standing(&decision), None, "{phase:?}");
    }
}

#[test]
fn a_word_about_a_grant_that_is_over_touches_nothing_else() {
    let (mut replaced, attempt) = spoken(State::Active, Phase::Sent);
    replaced.connection.grant = Some(GrantId::new(Time::default(), chance(77)));
    let (removed, _) = spoken(State::Revoked, Phase::Sent);
    for it in [replaced, removed] {
        let decision = silent(&it, &attempt, 0, "no answer", NOW);
        assert_eq!(ended(&decision), Some(How::Silent));
        assert_eq!(standing(&decision), None);
        let decision = not_sent(&it, &attempt, 0, NOW);
        assert_eq!(ended(&decision), Some(How::NotSent));
        assert_eq!(moved(&decision).phase, Phase::Aborted);
        assert_eq!(standing(&decision), None);
    }
    let decision = word(&attempt, 0, NOW);
    assert_eq!(ended(&decision), Some(How::Silent));
    assert_eq!(standing(&decision), None);
}

#[test]
fn what_was_never_sent_is_free_and_what_was_sent_before_is_not() {
    let (it, first) = spoken(State::Active, Phase::Sent);
    let decision = not_sent(&it, &first, 0, NOW);
    assert_eq!(moved(&decision).phase, Phase::Aborted);
    let mut again = first;
    again.sends.insert(0, sent(-200, Some((-180, How::Silent))));
    let decision = not_sent(&it, &again, 1, NOW);
    assert_eq!(moved(&decision).phase, Phase::Sent);
}

#[test]
fn what_was_refused_stays_refused_when_a_connection_goes_on() {
    let why = Diagnosis::new(
        Cause::ResponseLost,
        Party::EndUser,
        Confidence::Likely,
        Vec::new(),
    );
    for (phase, state, cause) in [
        (
            Phase::Refused,
            State::NeedsReauth,
            Some(Cause::ResponseLost),
        ),
        (Phase::Sent, State::Degraded, None),
        (Phase::Claimed, State::Degraded, None),
    ] {
        let (mut it, _) = spoken(State::Suspended, phase);
        let refused = (phase == Phase::Refused).then(|| why.clone());
        it.attempt.as_mut().unwrap().diagnosis = refused;
        let decision = manage::resume(&it, NOW);
        assert!(decision.answer);
        let to = standing(&decision).unwrap();
        assert_eq!((to.state, to.cause()), (state, cause), "{phase:?}");
        assert_eq!(to.due_at.is_some(), state.refreshes(), "{phase:?}");
    }
    for (phase, state) in [
        (Phase::Refused, State::NeedsReauth),
        (Phase::Sent, State::Degraded),
    ] {
        let (mut it, _) = spoken(State::AppFault, phase);
        it.attempt.as_mut().unwrap().diagnosis = Some(why.clone());
        let decision = manage::mended(&it, at(3), NOW);
        assert_eq!(standing(&decision).unwrap().state, state, "{phase:?}");
    }
    let mut fresh = situation(State::Suspended, 100);
    fresh.grant.refresh_at = Some(at(500));
    let decision = manage::resume(&fresh, NOW);
    let to = standing(&decision).unwrap();
    assert_eq!(
        (to.state, to.due_at),
        (State::Degraded, Some(NOW)),
        "a check"
    );
}
