//! Each rule of DESIGN section 3, taken away, is caught by a world. The same world with the rule is
//! clean in `worlds`.
//!
//! | rule                                     | world           | without it                   |
//! |------------------------------------------|-----------------|------------------------------|
//! | a request is judged as of its arrival    | I3 stalled, I6  | an honest client is out      |
//! | our own commit is known by its nonce     | I2 strict       | an honest client is out      |
//! | a window open in an outage starts anew   | I4 outage       | an honest client is out      |
//! | generations that were retried count      | I7 side by side | a thief stays, unnoticed     |
//! | ... a retry in between is a conflict     | I7 side by side | a thief stays, unnoticed     |
//! | `restore` raises the incarnation         | I9 restored     | an honest client gets 503    |
//! | `restore` replays what ended             | I9 restored     | an ended grant lives again   |
//! | the first token ahead is adopted         | I9 honest       | an honest client gets 503    |
//! | current tokens must have the row's nonce | forger          | the MAC's key is enough      |
//! | the request is checked before the token  | stranger        | anybody's token is served    |
//! | retries are capped                       | insistent       | answers without end          |
//! | a write wants a grant that had not ended | ended meanwhile | a dead grant is changed      |
//! | epochs come from the sign-in             | `properties`    | a grant outlives its sign-in |
//!
//! What no rule can give is asserted too, so that nobody promises it: two processes that send what
//! they read a while ago, and a client that was overtaken by a thief and never comes back.

use crate::worlds::explore::explore;
use crate::worlds::world::{Rule, World};
use crate::worlds::{self};

/// Explores a world without a rule; it must break its promise in this way.
fn caught(world: World, rule: Rule, violation: &str) {
    let found = explore(&world.without(rule));
    println!("without {rule:?}: {}", found.report());
    let what = found.violation.as_ref().map(|(what, _)| *what);
    assert_eq!(
        what,
        Some(violation),
        "without {rule:?}: {}",
        found.report()
    );
}

const BY_OWN_DOING: &str = "the honest client's own doing was reuse";

#[test]
fn without_judging_as_of_arrival() {
    caught(worlds::stalled(), Rule::JudgedAsOfArrival, BY_OWN_DOING);
    caught(
        worlds::two_processes(),
        Rule::JudgedAsOfArrival,
        BY_OWN_DOING,
    );
}

#[test]
fn without_recognising_our_own_commit() {
    caught(
        worlds::strict_unknown(),
        Rule::OwnCommitRecognised,
        BY_OWN_DOING,
    );
}

#[test]
fn without_windows_that_restart() {
    caught(worlds::outage(), Rule::WindowsRestart, BY_OWN_DOING);
}

#[test]
fn without_counting_chains() {
    let violation = "thief and client live side by side, unnoticed";
    caught(worlds::side_by_side(), Rule::ChainCounted, violation);
    caught(worlds::side_by_side(), Rule::RetriedGuarded, violation);
}

#[test]
fn without_raising_the_incarnation() {
    let went_back = "a restored store is taken for one that went back";
    caught(worlds::restored(), Rule::IncarnationRaised, went_back);
}

#[test]
fn without_replaying_what_ended() {
    caught(
        worlds::restored(),
        Rule::EndsReplayed,
        "an ended grant lives again",
    );
}

#[test]
fn without_adoption() {
    let went_back = "a restored store is taken for one that went back";
    caught(worlds::restored_honest(), Rule::Adoption, went_back);
}

#[test]
fn without_checking_the_nonce() {
    let violation = "a request that is not valid did something";
    caught(worlds::forger(), Rule::NonceChecked, violation);
}

#[test]
fn without_checking_the_request_first() {
    let violation = "a request that is not valid did something";
    caught(worlds::stranger(), Rule::RequestCheckedFirst, violation);
}

#[test]
fn without_a_cap_on_retries() {
    caught(
        worlds::insistent(),
        Rule::RetriesCapped,
        "more than 65 answers",
    );
}

#[test]
fn without_the_guard_against_dead_grants() {
    caught(
        worlds::ended_meanwhile(),
        Rule::EndedGuarded,
        "a grant that had ended was changed",
    );
}

/// Process 2 reads RT(1), process 1 goes on to RT(3), process 2 sends RT(1): by the counter that is
/// reuse, and so no window can promise that it works.
#[test]
fn a_limit_two_processes_that_send_what_they_read_earlier() {
    let world = World {
        name: "I6 read earlier",
        reads_when_sending: false,
        ..worlds::two_processes()
    };
    let found = explore(&world);
    let what = found.violation.as_ref().map(|(what, _)| *what);
    assert_eq!(what, Some(BY_OWN_DOING), "{}", found.report());
}

/// The client's request waits here while a thief refreshes twice: `superseded`, no incident. If the
/// client then gives up instead of presenting its token again, the thief's grant lives.
#[test]
fn a_limit_a_client_that_gives_up_when_it_was_overtaken() {
    let world = World {
        name: "I8 gives up",
        gives_up: true,
        ..worlds::displaced()
    };
    let found = explore(&world);
    println!("{}", found.report());
    let what = found.violation.as_ref().map(|(what, _)| *what);
    let expected = "the client was refused while the grant lives";
    assert_eq!(what, Some(expected), "{}", found.report());
}
