//! What is sent when: for each policy, phase and reason.

use evergrant_core::Time;
use evergrant_core::held::Phase::{Aborted, Applied, Claimed, Received, Refused, Sent, Unspent};
use evergrant_core::held::ReplayPolicy::{Punitive, Reusable, Strict, UntilFirstUse, Window};
use evergrant_core::held::diagnosis::Cause;
use evergrant_core::held::habits::Renews;
use evergrant_core::held::step::{Step, due, next};
use evergrant_core::held::{
    Access, Attempt, How, Kind, ReplayPolicy, Situation, State, Why, timing,
};

use super::{NOW, at, attempt, process, secs, sent, situation, with};

const WINDOW: ReplayPolicy = Window(secs(90));
const ALL: [ReplayPolicy; 5] = [Reusable, UntilFirstUse, WINDOW, Strict, Punitive];

fn step(it: &Situation, why: Why) -> Step {
    next(it, process(2), why, NOW)
}

fn rest(seconds: i64) -> Step {
    Step::Rest(Some(at(seconds)))
}

/// Sent so many seconds ago and silent since; the access token ends then.
fn silent(replay: ReplayPolicy, begun: i64, said: i64, end: i64) -> Situation {
    let sends = vec![sent(begun, Some((said, How::Silent)))];
    let mut it = with(situation(State::InDoubt, end), Sent, sends);
    it.habits.replay = replay;
    it
}

fn paced(it: &Situation) -> Time {
    let attempt = it.attempt.as_ref().unwrap();
    let bits = it.grant.id.spread() ^ it.grant.generation;
    let tries = u32::try_from(attempt.sends.len()).unwrap();
    let failures = it.connection.standing.failures.max(tries);
    let last = attempt.last().unwrap().ended.unwrap().at;
    last.plus(timing::backoff(failures, bits))
}

#[test]
fn a_silent_send_by_policy() {
    let resort = |end: i64| end - 30;
    for (policy, begun, said, end, expected) in [
        (Reusable, -100, -80, 500, Step::Replay),
        (UntilFirstUse, -100, -80, 500, Step::Replay),
        (WINDOW, -40, -20, 500, Step::Replay),
        // 68 + 20 for the request + 2 for the clocks are no less than 90.
        (WINDOW, -67, -47, 500, Step::Replay),
        (WINDOW, -68, -48, 500, rest(resort(500))),
        (WINDOW, -100, -80, 500, rest(resort(500))),
        (WINDOW, -100, -80, 30, Step::Replay),
        (Window(secs(8)), -1, 0, 500, rest(resort(500))),
        (Strict, -100, -80, 500, rest(resort(500))),
        (Strict, -100, -80, 31, rest(1)),
        (Strict, -100, -80, 30, Step::Replay),
        (Strict, -100, -80, -5_000, Step::Replay),
        (Punitive, -100, -80, 500, rest(500)),
        (Punitive, -100, -80, 1, rest(1)),
        (Punitive, -100, -80, 0, Step::GiveUp(Cause::ResponseLost)),
    ] {
        let it = silent(policy, begun, said, end);
        for why in [Why::Due, Why::Wanted, Why::Asked, Why::SenderGone] {
            assert_eq!(step(&it, why), expected, "{policy} {begun} {end} {why:?}");
        }
        assert_eq!(
            due(&it, process(2), NOW),
            match expected {
                Step::Rest(until) => until,
                _ => Some(NOW),
            }
        );
    }
}

#[test]
fn a_replay_waits_for_its_backoff_unless_somebody_asks() {
    let it = silent(Reusable, -20, 0, 500);
    assert_eq!(step(&it, Why::Due), Step::Rest(Some(paced(&it))));
    assert_eq!(step(&it, Why::Wanted), Step::Rest(Some(paced(&it))));
    assert_eq!(step(&it, Why::Asked), Step::Replay);
    let mut later = silent(Reusable, -100, -80, 500);
    later.connection.standing.retry_at = Some(at(30));
    assert_eq!(step(&later, Why::Due), rest(30));
    assert_eq!(step(&later, Why::Asked), Step::Replay);
    let mut dead = silent(Strict, -100, -80, -5);
    dead.connection.standing.retry_at = Some(at(30));
    assert_eq!(
        step(&dead, Why::Wanted),
        rest(30),
        "one for each step of the backoff"
    );
}

#[test]
fn a_replay_waits_until_no_request_before_it_can_arrive() {
    for (policy, end) in [(UntilFirstUse, 500), (Strict, -5), (WINDOW, -5)] {
        for why in [Why::Due, Why::Wanted, Why::Asked, Why::SenderGone] {
            // The lease is over 60 seconds after the last send, whatever was said of it.
            let sends = vec![
                sent(-200, Some((-180, How::Silent))),
                sent(-59, Some((-50, How::Unclear))),
            ];
            let mut it = with(situation(State::InDoubt, end), Sent, sends);
            it.habits.replay = policy;
            assert_eq!(step(&it, why), rest(1), "{policy} {why:?}");
            it.attempt.as_mut().unwrap().sends[1].begun_at = at(-60);
            assert_eq!(step(&it, why), Step::Replay, "{policy} {why:?}");
        }
    }
}

#[test]
fn a_clock_that_was_set_back_lengthens_a_wait_by_as_much_and_no_more() {
    for replay in [UntilFirstUse, Strict] {
        // It was sent at -1,000, when the clock was wrong, and its access token ended then.
        let it = silent(replay, -1_000, -999, -1_000);
        for now in [-100_000, -2_000, -1_001, -1_000, -941] {
            for why in [Why::Due, Why::Asked, Why::SenderGone] {
                let found = next(&it, process(2), why, at(now));
                assert_eq!(found, rest(-940), "{replay} {why:?} at {now}");
            }
        }
        for why in [Why::Due, Why::Asked, Why::SenderGone] {
            let found = next(&it, process(2), why, at(-940));
            assert_eq!(found, Step::Replay, "{replay} {why:?}");
        }
    }
}

#[test]
fn a_grace_is_counted_from_the_later_of_the_tokens_end_and_the_send() {
    for (begun, end, expected) in [
        (-100, 500, rest(1_100)),
        (-100, -5_000, rest(500)),
        (-599, -5_000, rest(1)),
        (-600, -5_000, Step::Replay),
        (-900, -599, rest(1)),
        (-900, -600, Step::Replay),
    ] {
        let mut it = with(situation(State::Active, end), Sent, vec![sent(begun, None)]);
        it.habits.replay = Strict;
        assert_eq!(step(&it, Why::Asked), expected, "{begun} {end}");
    }
}

#[test]
fn within_a_window_the_first_replay_follows_at_once_and_others_are_paced() {
    let first = silent(WINDOW, -20, 0, 500);
    assert_eq!(step(&first, Why::Due), Step::Replay);
    let sends = vec![
        sent(-40, Some((-20, How::Silent))),
        sent(-20, Some((0, How::Silent))),
    ];
    let mut second = with(situation(State::InDoubt, 500), Sent, sends);
    second.habits.replay = WINDOW;
    assert_eq!(step(&second, Why::Due), Step::Rest(Some(paced(&second))));
    // A clock that was set back: nobody acts on an age below zero.
    let set_back = silent(WINDOW, 10, 12, 500);
    assert_eq!(step(&set_back, Why::Due), rest(12));
}

#[test]
fn whoever_sent_is_waited_for() {
    let open = |begun: i64, end: i64, policy| {
        let mut it = with(situation(State::Active, end), Sent, vec![sent(begun, None)]);
        it.habits.replay = policy;
        it
    };
    for policy in ALL {
        let it = open(-100, 500, policy);
        for why in [Why::Due, Why::Wanted, Why::Asked] {
            assert_eq!(step(&it, why), rest(500 + 600), "{policy} {why:?}");
        }
        let fresh = open(-59, -10, policy);
        assert_eq!(step(&fresh, Why::SenderGone), rest(1), "{policy}");
    }
    for (policy, expected) in [
        (Reusable, Step::Replay),
        (UntilFirstUse, Step::Replay),
        (WINDOW, rest(470)),
        (Strict, rest(470)),
        (Punitive, rest(500)),
    ] {
        let it = open(-100, 500, policy);
        assert_eq!(step(&it, Why::SenderGone), expected, "{policy}");
    }
}

#[test]
fn a_claim_is_its_owners_until_its_lease_is_over() {
    let claimed = |ago: i64, state| {
        let mut it = with(situation(state, 500), Claimed, Vec::new());
        it.attempt.as_mut().unwrap().claimed_at = at(-ago);
        it
    };
    for (ago, state, mine, others) in [
        (0, State::Active, Step::Send, rest(60)),
        (59, State::Active, Step::Send, rest(1)),
        (60, State::Active, Step::Abort, Step::Abort),
        (1, State::Suspended, Step::Abort, rest(59)),
        (1, State::NeedsReauth, Step::Abort, rest(59)),
        (1, State::Revoked, Step::Abort, rest(59)),
    ] {
        let it = claimed(ago, state);
        let by = |process| next(&it, process, Why::Due, NOW);
        assert_eq!(by(process(1)), mine, "{ago} {state:?}");
        assert_eq!(by(process(2)), others, "{ago} {state:?}");
    }
}

#[test]
fn an_answer_in_the_journal_is_judged_before_anything_else() {
    for state in State::ALL.iter().copied() {
        let sends = vec![
            sent(-40, Some((-20, How::Silent))),
            sent(-20, Some((-10, How::Received))),
        ];
        let it = with(situation(state, 500), Received, sends);
        assert_eq!(step(&it, Why::Due), Step::Judge(1), "{state:?}");
    }
}

#[test]
fn nothing_is_sent_in_a_state_that_does_not_refresh() {
    let states = State::ALL.iter().copied();
    for state in states.filter(|it| !it.refreshes() && *it != State::Pending) {
        for why in [Why::Due, Why::Wanted, Why::Asked, Why::SenderGone] {
            let fresh = situation(state, -100);
            assert_eq!(step(&fresh, why), Step::Rest(None), "{state:?} {why:?}");
            let mut doubt = silent(Reusable, -900, -800, -500);
            doubt.connection.standing.state = state;
            assert_eq!(step(&doubt, why), Step::Rest(None), "{state:?} {why:?}");
        }
    }
}

#[test]
fn a_generation_that_is_decided_gets_no_second_attempt() {
    for state in [
        State::Active,
        State::Degraded,
        State::InDoubt,
        State::ScopeGap,
    ] {
        for phase in [Applied, Refused] {
            let sends = vec![sent(-90, Some((-80, How::Refused)))];
            let it = with(situation(state, 20), phase, sends);
            let step = step(&it, Why::Asked);
            let sends = matches!(step, Step::Claim | Step::Send | Step::Replay);
            assert!(!sends, "{state:?} {phase:?}: {step:?}");
        }
    }
    assert!(
        [Applied, Refused, Claimed, Sent, Received]
            .iter()
            .all(|it| it.binds())
    );
    assert!([Unspent, Aborted].iter().all(|it| !it.binds()));
}

#[test]
fn without_an_attempt_it_is_the_margin_and_the_backoff() {
    let of = |refresh: i64, failures, retry: Option<i64>| {
        let mut it = situation(State::Degraded, 500);
        it.grant.refresh_at = Some(at(refresh));
        it.connection.standing.failures = failures;
        it.connection.standing.retry_at = retry.map(at);
        it
    };
    for (it, due, wanted) in [
        (of(100, 0, None), rest(100), Step::Claim),
        (of(0, 0, None), Step::Claim, Step::Claim),
        (of(-10, 0, Some(30)), rest(30), rest(30)),
        (of(100, 0, Some(30)), rest(100), rest(30)),
        (of(100, 1, Some(30)), rest(30), rest(30)),
        (of(100, 1, Some(-1)), Step::Claim, Step::Claim),
    ] {
        assert_eq!(step(&it, Why::Due), due);
        assert_eq!(step(&it, Why::Wanted), wanted);
        assert_eq!(step(&it, Why::Asked), Step::Claim);
    }
}

#[test]
fn what_can_not_be_renewed_is_given_up_at_its_end() {
    for (renews, refreshable, access, expected) in [
        (Renews::ByRefreshToken, false, 10, rest(10)),
        (
            Renews::ByRefreshToken,
            false,
            0,
            Step::GiveUp(Cause::AccessTokenExpired),
        ),
        (
            Renews::Never,
            true,
            0,
            Step::GiveUp(Cause::AccessTokenExpired),
        ),
    ] {
        let mut it = situation(State::Active, access);
        it.habits.renews = renews;
        it.grant.refreshable = refreshable;
        assert_eq!(step(&it, Why::Asked), expected, "{renews:?}");
    }
    let mut none = situation(State::Active, 0);
    none.habits.renews = Renews::ByAccessToken;
    none.grant.access = Access::None;
    assert_eq!(
        step(&none, Why::Due),
        Step::GiveUp(Cause::HardLifetimeLimit)
    );
    let mut endless = situation(State::Active, 0);
    endless.grant.access = Access::Endless;
    endless.grant.refreshable = false;
    assert_eq!(step(&endless, Why::Asked), Step::Rest(None));
}

#[test]
fn an_access_token_that_renews_itself_is_given_up_at_its_end() {
    let mut it = silent(Reusable, -100, -80, 500);
    it.habits.renews = Renews::ByAccessToken;
    assert_eq!(step(&it, Why::Due), Step::Replay);
    it.grant.access = Access::Until(at(-1));
    assert_eq!(step(&it, Why::Due), Step::GiveUp(Cause::ResponseLost));
}

#[test]
fn a_code_is_sent_once() {
    let code = |phase, sends| -> Situation {
        let mut it = situation(State::Pending, 500);
        it.grant.generation = 0;
        it.attempt = Some(Attempt {
            kind: Kind::Code,
            ..attempt(&it, phase, sends)
        });
        it
    };
    for policy in ALL {
        let mut silent = code(Sent, vec![sent(-30, Some((-10, How::Silent)))]);
        silent.habits.replay = policy;
        assert_eq!(step(&silent, Why::Asked), Step::GiveUp(Cause::ResponseLost));
        let mut open = code(Sent, vec![sent(-59, None)]);
        open.habits.replay = policy;
        assert_eq!(step(&open, Why::Asked), rest(1));
    }
    let mut waits = situation(State::Pending, 500);
    waits.grant.generation = 0;
    assert_eq!(step(&waits, Why::Due), rest(500), "for a person");
    waits.connection.standing.retry_at = Some(NOW);
    assert_eq!(step(&waits, Why::Due), Step::Claim, "a person came back");
    waits.grant.access = Access::Until(NOW);
    let cause = Cause::AuthorizationPendingOrCodeProblem;
    assert_eq!(step(&waits, Why::Due), Step::GiveUp(cause), "nobody came");
}

#[test]
fn whoever_saw_the_generation_before_takes_what_came_since() {
    let it = situation(State::Active, 500);
    for why in [Why::Wanted, Why::Asked, Why::SenderGone, Why::Due] {
        let saw = it.grant.generation;
        assert_eq!(why.of_one_who_saw(saw, &it.grant), why);
        assert_eq!(why.of_one_who_saw(saw - 1, &it.grant), Why::Due);
    }
}
