//! What an answer does: by what it says, and by how the attempt stands.

use evergrant_core::Change;
use evergrant_core::held::judge::{Verdicted, judge};
use evergrant_core::held::{
    Attempt, Fault, How, Kept, Phase, Reading, Situation, State, TokenResponse, Tokens, Verdict,
};
use evergrant_core::id::GrantId;
use evergrant_core::{Decision, Secret, Time};

use super::{NOW, attempt, chance, secs, sent, situation};

fn tokens() -> Reading {
    Reading::Tokens(Box::new(TokenResponse {
        access_token: Secret::new("new access".into()),
        refresh_token: Some(Secret::new("new refresh".into())),
        expires_in: Some(secs(3_600)),
        refresh_expires_in: None,
        scope: None,
        subject: None,
    }))
}

fn no(verdict: Verdict, unspent: bool) -> Reading {
    let fault = Fault::default();
    Reading::Refused {
        verdict,
        unspent,
        fault,
    }
}

fn readings() -> [Reading; 8] {
    [
        tokens(),
        no(Verdict::Dead, false),
        no(Verdict::Transient, true),
        no(Verdict::Transient, false),
        no(Verdict::AppFault, true),
        no(Verdict::AppFault, false),
        no(Verdict::Unknown, false),
        Reading::Unclear(Fault::default()),
    ]
}

fn kept() -> Kept {
    Kept {
        tokens: Tokens {
            access: Some(Secret::new("old access".into())),
            refresh: Some(Secret::new("old refresh".into())),
        },
        runner_up: None,
    }
}

/// How an attempt stands when the answer to one of its sends is judged.
#[derive(Clone, Copy, Debug)]
enum Stands {
    /// There is no other send.
    Alone,
    /// An earlier send may have spent the token.
    InDoubt,
    /// A later one is still unanswered.
    Overtaken,
    /// The answer to a later one waits to be judged.
    Unjudged,
    /// It was free to be tried again.
    Freed,
    /// It was given up before.
    Closed,
    /// Its generation is the one before.
    Older,
    /// Its generation is two before.
    MuchOlder,
    /// The connection was removed.
    Removed,
    /// The connection has another grant.
    Replaced,
    /// The connection is suspended.
    Suspended,
}

fn stands(how: Stands) -> (Situation, Attempt, usize) {
    let waits = sent(-20, Some((-10, How::Received)));
    let silent = sent(-90, Some((-70, How::Silent)));
    let (sends, send) = match how {
        Stands::InDoubt => (vec![silent, waits], 1),
        Stands::Overtaken => (vec![waits, sent(-5, None)], 0),
        Stands::Unjudged => (vec![waits, sent(-5, Some((-1, How::Received)))], 0),
        _ => (vec![waits], 0),
    };
    let state = match how {
        Stands::Alone | Stands::Older | Stands::MuchOlder | Stands::Replaced => State::Active,
        Stands::Unjudged | Stands::Freed => State::Active,
        Stands::InDoubt | Stands::Overtaken => State::InDoubt,
        Stands::Closed => State::NeedsReauth,
        Stands::Removed => State::Revoked,
        Stands::Suspended => State::Suspended,
    };
    let mut it = situation(state, 100);
    let phase = match how {
        Stands::Closed => Phase::Refused,
        Stands::Older | Stands::MuchOlder => Phase::Applied,
        Stands::Freed => Phase::Unspent,
        _ => Phase::Received,
    };
    let mut attempt = attempt(&it, phase, sends);
    match how {
        Stands::Older => attempt.generation -= 1,
        Stands::MuchOlder => attempt.generation -= 2,
        Stands::Freed => {}
        Stands::Replaced => {
            it.connection.grant = Some(GrantId::new(Time::default(), chance(77)));
            it.attempt = Some(attempt.clone());
        }
        _ => it.attempt = Some(attempt.clone()),
    }
    (it, attempt, send)
}

/// What became of it: the verdict, the connection's state if it is written, the attempt's phase,
/// and what happens to tokens.
type Came = (Verdicted, Option<State>, Phase, &'static str);

fn came(decision: &Decision<Verdicted>, judged: usize) -> Came {
    let (mut state, mut phase, mut tokens) = (None, None, "");
    for change in &decision.changes {
        match change {
            Change::ConnectionMoved { seen, to, .. } => {
                assert_eq!(*seen, 5);
                state = Some(to.state);
            }
            Change::AttemptAdvanced { seen, to } => {
                assert_eq!((*seen, to.revision), (2, 3));
                assert_ne!(to.unjudged(), Some(judged), "it is judged");
                phase = Some(to.phase);
            }
            Change::TokensApplied { from, grant, .. } => {
                assert_eq!(grant.generation, from + 1);
                tokens = "applied";
            }
            Change::RunnerUpKept { swap, .. } => tokens = if *swap { "swapped" } else { "beside" },
            Change::RevocationDue { .. } => tokens = "ended",
            Change::AnswerShredded { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    (decision.answer, state, phase.unwrap(), tokens)
}

/// In the order of the readings: tokens, dead, busy with the token unspent and not, the app at
/// fault with the token unspent and not, not known, unclear.
fn table(how: Stands) -> [Came; 8] {
    use Phase::{Applied, Received, Refused, Sent, Unspent};
    use State::{Active, AppFault, Degraded, InDoubt, NeedsReauth};
    use Verdicted as V;
    let stopped = State::Suspended;
    let made = |state, phase| (V::Applied, Some(state), phase, "applied");
    let dead = |state| (V::Dead, Some(state), Refused, "");
    let free = |state| (V::Unspent, Some(state), Unspent, "");
    let doubt = |state, phase| (V::Doubt, Some(state), phase, "");
    let fault = |state, phase| (V::AppFault, Some(state), phase, "");
    let late = |phase| (V::Late, None, phase, "");
    let [unclear, clear] = [Sent, Unspent].map(|phase| fault(AppFault, phase));
    let open = |first: [Came; 4], [clear, unclear]: [Came; 2], doubt: Came| {
        let [tokens, no, busy, failed] = first;
        [tokens, no, busy, failed, clear, unclear, doubt, doubt]
    };
    match how {
        Stands::Alone => {
            let unknown = doubt(InDoubt, Sent);
            let first = [
                made(Active, Applied),
                dead(NeedsReauth),
                free(Degraded),
                unknown,
            ];
            open(first, [clear, unclear], unknown)
        }
        Stands::InDoubt | Stands::Overtaken => {
            let unknown = doubt(InDoubt, Sent);
            let no = match how {
                Stands::InDoubt => dead(NeedsReauth),
                _ => late(Sent),
            };
            let first = [made(Active, Applied), no, unknown, unknown];
            open(first, [unclear, unclear], unknown)
        }
        Stands::Unjudged => {
            let (unknown, fault) = (doubt(InDoubt, Received), fault(AppFault, Received));
            let first = [made(Active, Applied), late(Received), unknown, unknown];
            open(first, [fault, fault], unknown)
        }
        Stands::Suspended => {
            let unknown = doubt(stopped, Sent);
            let first = [
                made(stopped, Applied),
                dead(stopped),
                free(stopped),
                unknown,
            ];
            open(
                first,
                [fault(stopped, Unspent), fault(stopped, Sent)],
                unknown,
            )
        }
        Stands::Removed | Stands::Replaced => {
            let ended = (V::Late, None, Received, "ended");
            let first = [ended, late(Sent), late(Unspent), late(Sent)];
            open(first, [late(Unspent), late(Sent)], late(Sent))
        }
        Stands::Freed => over(made(Active, Unspent), late(Unspent)),
        Stands::Closed => over(made(Degraded, Applied), late(Refused)),
        Stands::Older => over((V::Kept, Some(Active), Applied, "swapped"), late(Applied)),
        Stands::MuchOlder => [late(Applied); 8],
    }
}

/// Tokens count, and nothing else.
fn over(tokens: Came, other: Came) -> [Came; 8] {
    let mut all = [other; 8];
    all[0] = tokens;
    all
}

#[test]
fn every_answer_to_every_attempt() {
    for how in [
        Stands::Alone,
        Stands::InDoubt,
        Stands::Overtaken,
        Stands::Unjudged,
        Stands::Freed,
        Stands::Closed,
        Stands::Older,
        Stands::MuchOlder,
        Stands::Removed,
        Stands::Replaced,
        Stands::Suspended,
    ] {
        for (reading, expected) in readings().iter().zip(table(how)) {
            let (it, attempt, send) = stands(how);
            let decision = judge(&it, (&attempt, send), reading, &kept(), NOW);
            assert_eq!(came(&decision, send), expected, "{how:?} {reading:?}");
        }
    }
}

#[test]
fn an_access_token_lives_from_when_its_request_left() {
    let (it, attempt, send) = stands(Stands::Alone);
    let decision = judge(&it, (&attempt, send), &tokens(), &kept(), NOW);
    let grant = decision.changes.iter().find_map(|it| match it {
        Change::TokensApplied { grant, .. } => Some(grant),
        _ => None,
    });
    let grant = grant.unwrap();
    assert_eq!(grant.renewed_at, super::at(-20));
    assert_eq!(grant.access.end(), Some(super::at(-20 + 3_600)));
    assert!(grant.refresh_at < grant.access.end());
}

#[test]
fn an_old_refresh_token_goes_on_where_no_new_one_came() {
    let (it, attempt, send) = stands(Stands::Alone);
    let Reading::Tokens(mut came) = tokens() else {
        unreachable!()
    };
    came.refresh_token = None;
    let reading = Reading::Tokens(came);
    let decision = judge(&it, (&attempt, send), &reading, &kept(), NOW);
    let applied = decision.changes.iter().find_map(|it| match it {
        Change::TokensApplied { tokens, .. } => tokens.refresh.as_ref(),
        _ => None,
    });
    assert_eq!(applied.map(Secret::expose), Some("old refresh"));
}

#[test]
fn the_second_answer_is_tried_once() {
    let (mut it, attempt, send) = stands(Stands::Alone);
    it.grant.runner_up = true;
    let mut kept = kept();
    kept.runner_up = Some(Tokens {
        access: Some(Secret::new("other access".into())),
        refresh: Some(Secret::new("other refresh".into())),
    });
    let dead = no(Verdict::Dead, false);
    let decision = judge(&it, (&attempt, send), &dead, &kept, NOW);
    assert_eq!(
        came(&decision, send),
        (
            Verdicted::Dead,
            Some(State::Degraded),
            Phase::Refused,
            "applied"
        )
    );
    for change in &decision.changes {
        if let Change::TokensApplied { grant, tokens, .. } = change {
            assert!(!grant.runner_up, "once");
            let refresh = tokens.refresh.as_ref().map(Secret::expose);
            assert_eq!(refresh, Some("other refresh"));
            let access = tokens.access.as_ref().map(Secret::expose);
            assert_eq!(access, Some("old access"), "what was served is served");
            assert_eq!(grant.access, it.grant.access);
        }
    }
}

#[test]
fn a_second_answer_is_tried_also_when_the_first_was_refused_before_it_came() {
    for (phase, expected) in [
        (None, (Verdicted::Kept, State::Active, "swapped")),
        (
            Some(Phase::Sent),
            (Verdicted::Kept, State::InDoubt, "beside"),
        ),
        (
            Some(Phase::Refused),
            (Verdicted::Applied, State::Degraded, "applied"),
        ),
    ] {
        let (mut it, older, send) = stands(Stands::Older);
        if let Some(phase) = phase {
            it.attempt = Some(attempt(&it, phase, vec![sent(-10, None)]));
            it.connection.standing.state = match phase {
                Phase::Refused => State::NeedsReauth,
                _ => State::InDoubt,
            };
        }
        let decision = judge(&it, (&older, send), &tokens(), &kept(), NOW);
        let (verdict, state, _, tokens) = came(&decision, send);
        assert_eq!((verdict, state.unwrap(), tokens), expected, "{phase:?}");
    }
}

#[test]
fn a_pause_is_counted_and_retried_no_sooner_than_was_said() {
    let (mut it, attempt, send) = stands(Stands::Alone);
    it.connection.standing.failures = 4;
    let fault = Fault {
        retry_after: Some(secs(77)),
        ..Fault::default()
    };
    let reading = Reading::Refused {
        verdict: Verdict::Transient,
        unspent: true,
        fault,
    };
    let decision = judge(&it, (&attempt, send), &reading, &kept(), NOW);
    let standing = decision.changes.iter().find_map(|it| match it {
        Change::ConnectionMoved { to, .. } => Some(to),
        _ => None,
    });
    let standing = standing.unwrap();
    assert_eq!(standing.failures, 5);
    assert_eq!(standing.retry_at, Some(super::at(77)));
    assert_eq!(standing.due_at, Some(super::at(77)));
}
