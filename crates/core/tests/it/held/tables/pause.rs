//! How long a connection is left alone after a failure, and what shortens that.

use evergrant_core::held::ReplayPolicy::{Reusable, Strict};
use evergrant_core::held::connection::Standing;
use evergrant_core::held::journal::{Unsent, abort};
use evergrant_core::held::step::{Step, next};
use evergrant_core::held::timing::{LONGEST_BACKOFF, short_backoff};
use evergrant_core::held::{
    Fault, How, Kept, Phase, Reading, Situation, State, Verdict, Why, judge,
};
use evergrant_core::{Change, Decision, Span};
use proptest::prelude::*;

use super::{NOW, at, attempt, process, secs, sent, situation, with};

/// After twenty failures.
fn failing() -> Situation {
    let mut it = situation(State::Degraded, 100);
    it.connection.standing.failures = 20;
    it.connection.standing.retry_at = Some(at(-1));
    it
}

fn standing<A>(decision: Decision<A>) -> Standing {
    let moved = decision
        .changes
        .into_iter()
        .find_map(|change| match change {
            Change::ConnectionMoved { to, .. } => Some(*to),
            _ => None,
        });
    moved.unwrap()
}

fn unsent(it: &Situation, why: Unsent) -> Standing {
    let attempt = attempt(it, Phase::Claimed, Vec::new());
    standing(abort(it, &attempt, Some(why), NOW))
}

fn refused(mut it: Situation, retry_after: Option<Span>) -> Standing {
    let sends = vec![sent(-2, Some((-1, How::Received)))];
    let attempt = attempt(&it, Phase::Received, sends);
    it.attempt = Some(attempt.clone());
    let reading = Reading::Refused {
        verdict: Verdict::Transient,
        unspent: true,
        fault: Fault {
            retry_after,
            ..Fault::default()
        },
    };
    let kept = Kept::default();
    standing(judge::judge(&it, (&attempt, 0), &reading, &kept, NOW))
}

fn waits(it: &Standing) -> Span {
    it.retry_at.unwrap().since(NOW)
}

proptest! {
    #[test]
    fn a_way_that_is_not_there_is_tried_again_within_seconds(failures: u32, bits: u64) {
        let wait = short_backoff(failures, bits).millis();
        prop_assert!((900..=4_400).contains(&wait), "{wait}");
    }
}

#[test]
fn who_was_not_reached_is_tried_again_soon_and_who_was_is_left_alone() {
    let nobody = || Unsent::Unreachable("nobody is there".into());
    assert!(waits(&unsent(&failing(), nobody())) <= secs(5));
    let forbidden = Unsent::NotAllowed("a private address".into());
    assert!(waits(&unsent(&failing(), forbidden)) > secs(50));
    let mut doubt = with(
        failing(),
        Phase::Sent,
        vec![sent(-100, Some((-80, How::Silent)))],
    );
    doubt.habits.replay = Strict;
    let postponed = evergrant_core::held::journal::postpone(&doubt, &nobody(), NOW);
    assert!(waits(&standing(postponed)) <= secs(5));
    assert!(waits(&refused(failing(), None)) > secs(50));
}

#[test]
fn what_the_provider_asked_for_outlives_what_fails_after_it() {
    let told = refused(failing(), Some(secs(600)));
    assert_eq!((told.told_to_wait, waits(&told)), (true, secs(600)));
    let shorter = refused(failing(), Some(secs(1)));
    assert!(!shorter.told_to_wait && waits(&shorter) > secs(50));
    let mut it = failing();
    it.connection.standing = told;
    let after = unsent(&it, Unsent::Unreachable("nobody is there".into()));
    assert_eq!((after.told_to_wait, waits(&after)), (true, secs(600)));
    it.connection.standing.retry_at = Some(at(1));
    let after = refused(it, None);
    assert!(!after.told_to_wait && waits(&after) > secs(50));
}

#[test]
fn a_probe_passes_over_a_backoff_and_over_nothing_else() {
    let step = |it: &Situation| next(it, process(2), Why::Probe, NOW);
    let mut it = failing();
    // It failed a while ago, and would wait as long again.
    let later = NOW.plus(Span::from_millis(LONGEST_BACKOFF.millis() / 2));
    it.connection.standing.retry_at = Some(later);
    assert_eq!(step(&it), Step::Claim);
    it.connection.standing.told_to_wait = true;
    assert_eq!(step(&it), Step::Rest(Some(later)));
    // Somebody else may have asked a moment ago: the first step of the backoff counts.
    let mut fresh = failing();
    fresh.connection.standing = refused(failing(), None);
    let Step::Rest(Some(first)) = step(&fresh) else {
        panic!("a probe follows a failure at once");
    };
    assert!(first > NOW && first.since(NOW) < secs(2), "{first:?}");
    // Of one that is well nothing is wanted before its time.
    let well = situation(State::Active, 500);
    assert_eq!(step(&well), Step::Rest(Some(at(200))));
    let sends = vec![sent(-100, Some((-80, How::Unclear)))];
    for (policy, expected) in [
        (Reusable, Step::Replay),
        (Strict, Step::Rest(Some(at(470)))),
    ] {
        let mut doubt = with(situation(State::InDoubt, 500), Phase::Sent, sends.clone());
        doubt.habits.replay = policy;
        doubt.connection.standing.failures = 20;
        doubt.connection.standing.retry_at = Some(at(50));
        assert_eq!(step(&doubt), expected, "{policy}");
        doubt.connection.standing.told_to_wait = true;
        let later = if policy == Strict { 470 } else { 50 };
        assert_eq!(step(&doubt), Step::Rest(Some(at(later))), "{policy}");
    }
}
