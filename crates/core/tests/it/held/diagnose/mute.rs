//! A refusal without a word: what it may mean, and what its history says of it.

use evergrant_core::Span;
use evergrant_core::held::connection::Event;
use evergrant_core::held::diagnose::{Facts, History, paused};
use evergrant_core::held::{Cause, Confidence, Diagnosis, Party, RawAnswer, Reading};

use super::super::{answer, read, with_header};
use super::{NOW, facts, fault, says, text, usual};

fn told(facts: Facts, history: History) -> Diagnosis {
    let mut said = text(Cause::Unknown, &[], Confidence::Ambiguous);
    said.signature = None;
    let mut fault = fault(facts, said, history);
    (fault.code, fault.mute) = (None, true);
    paused(Event::Unknown, &fault)
}

#[test]
fn it_leaves_what_its_history_does_not_speak_against() {
    let it = told(facts(), usual());
    assert_eq!((it.cause, it.party), (Cause::Unknown, Party::EndUser));
    assert!(!it.transient);
    says(&it, "not a word why");
    let left = [
        Cause::RefreshTokenReused,
        Cause::UserRevoked,
        Cause::AppOrClientMisconfigured,
        Cause::MalformedResponse,
    ];
    assert_eq!(it.also_possible, left);
    let reusable = Facts {
        one_time: false,
        ..facts()
    };
    assert_eq!(told(reusable, usual()).also_possible, left[1..]);
}

#[test]
fn a_secret_that_was_changed_here_comes_first() {
    let mut history = usual();
    history.background.secret_set_at = Some(NOW.minus(Span::from_seconds(60)));
    let it = told(facts(), history);
    assert_eq!(it.cause, Cause::AppOrClientMisconfigured);
    assert_eq!(it.confidence, Confidence::Likely);
    assert_eq!(it.also_possible.first(), Some(&Cause::RefreshTokenReused));
}

#[test]
fn a_code_is_no_grant_that_ended() {
    let mut history = usual();
    history.redeems = true;
    let it = told(facts(), history);
    assert_eq!(it.cause, Cause::AuthorizationPendingOrCodeProblem);
    assert!(it.also_possible.is_empty(), "{it:#?}");
}

#[test]
fn only_a_whole_and_empty_refusal_is_one() {
    for (status, body, mute) in [
        (400, "", true),
        (401, " \r\n", true),
        (403, "", true),
        (404, "", false),
        (500, "", false),
        (400, r#"{"Reason":"token expired"}"#, false),
        (400, "no", false),
    ] {
        let mut answer = answer(status, body);
        assert_eq!(is_mute(&answer), mute, "{status} {body}");
        answer.complete = false;
        assert!(!is_mute(&answer), "{status} {body}, cut");
    }
    let challenged = with_header(answer(401, ""), "www-authenticate", "Basic");
    assert!(!is_mute(&challenged));
}

fn is_mute(answer: &RawAnswer) -> bool {
    match read(answer) {
        Reading::Refused { fault, .. } | Reading::Unclear(fault) => fault.mute,
        Reading::Tokens(_) => false,
    }
}
