//! Whether a reader gets a token.

use evergrant_core::held::habits::Renews;
use evergrant_core::held::serve::{MinTtl, Serve, serve};
use evergrant_core::held::{Access, ReplayPolicy, Situation, State};

use super::{NOW, at, habits, secs, situation};

const THIS: Serve = Serve::Renew { or_this: true };
const OTHER: Serve = Serve::Renew { or_this: false };

fn served(it: &Situation, wanted: MinTtl) -> Serve {
    serve(&it.connection, &it.grant, &it.habits, wanted, NOW)
}

/// The state, and what a reader gets of a long-lived, a short-lived and a dead token.
const TABLE: [(State, [Serve; 3]); 9] = [
    (State::Pending, [Serve::Gone; 3]),
    (State::Active, [Serve::Token, THIS, OTHER]),
    (State::Degraded, [Serve::Token, THIS, OTHER]),
    (State::InDoubt, [Serve::Token, THIS, OTHER]),
    (State::ScopeGap, [Serve::Token, THIS, OTHER]),
    (
        State::NeedsReauth,
        [Serve::Token, Serve::Token, Serve::NeedsPerson],
    ),
    (State::AppFault, [Serve::Token, Serve::Token, Serve::NotNow]),
    (State::Suspended, [Serve::Suspended; 3]),
    (State::Revoked, [Serve::Gone; 3]),
];

#[test]
fn by_state_and_what_is_left() {
    for (state, line) in TABLE {
        for (end, expected) in [60, 59, 0].into_iter().zip(line) {
            let it = situation(state, end);
            assert_eq!(served(&it, MinTtl::Usual), expected, "{state:?} {end}");
        }
    }
}

#[test]
fn who_asks_for_a_span_gets_it_or_nothing() {
    for (state, left, least, expected) in [
        (State::Active, 100, 100, Serve::Token),
        (State::Active, 100, 101, OTHER),
        (State::NeedsReauth, 100, 101, Serve::NeedsPerson),
        (State::AppFault, 100, 101, Serve::NotNow),
        (State::AppFault, 100, 0, Serve::Token),
        (State::Suspended, 100, 0, Serve::Suspended),
        (State::Active, 0, 0, OTHER),
        (State::Active, -5, 0, OTHER),
    ] {
        let it = situation(state, left);
        let wanted = MinTtl::AtLeast(secs(least));
        assert_eq!(served(&it, wanted), expected, "{state:?} {left} {least}");
    }
}

#[test]
fn more_life_than_any_token_has_is_not_asked_of_the_provider_before_its_time() {
    let mut it = situation(State::Active, 100);
    let lifetime = it.grant.lifetime().seconds();
    it.grant.refresh_at = Some(at(50));
    let beyond = |it: &Situation| served(it, MinTtl::AtLeast(secs(lifetime + 1)));
    assert_eq!(beyond(&it), Serve::TooLong(secs(lifetime)));
    it.connection.standing.state = State::AppFault;
    assert_eq!(beyond(&it), Serve::NotNow, "what is at fault is said first");
    it.connection.standing.state = State::Active;
    it.grant.refresh_at = Some(NOW);
    assert_eq!(beyond(&it), OTHER, "what is due is renewed");
    it.grant.refresh_at = Some(at(50));
    assert_eq!(served(&it, MinTtl::AtLeast(secs(lifetime))), OTHER);
    it.grant.access = Access::None;
    assert_eq!(
        beyond(&it),
        OTHER,
        "nobody knows how long the first one lives"
    );
}

#[test]
fn a_token_that_was_brought_here_does_not_say_how_long_its_successors_live() {
    let mut it = situation(State::Active, 100);
    it.grant.consented_at = NOW;
    it.grant.renewed_at = NOW;
    it.grant.refresh_at = Some(at(50));
    let assumed = it.habits.assumed_lifetime;
    assert_eq!(served(&it, MinTtl::AtLeast(assumed)), OTHER);
    let beyond = MinTtl::AtLeast(secs(assumed.seconds() + 1));
    assert_eq!(served(&it, beyond), Serve::TooLong(assumed));
}

#[test]
fn usual_is_a_minute_or_a_quarter_of_a_short_life() {
    for (lifetime, usual) in [
        (3_600, 60),
        (241, 60),
        (240, 60),
        (200, 50),
        (40, 10),
        (0, 0),
    ] {
        assert_eq!(MinTtl::Usual.of(secs(lifetime)), secs(usual), "{lifetime}");
    }
    let mut short = situation(State::Active, 12);
    short.grant.renewed_at = at(-28);
    assert_eq!(served(&short, MinTtl::Usual), Serve::Token);
    short.grant.renewed_at = at(-40);
    assert_eq!(served(&short, MinTtl::Usual), THIS);
}

#[test]
fn what_nothing_renews_needs_a_person_once_it_is_dead() {
    for (renews, access, refreshable, expected) in [
        (
            Renews::ByRefreshToken,
            Access::Until(at(5)),
            false,
            Serve::Token,
        ),
        (
            Renews::ByRefreshToken,
            Access::None,
            false,
            Serve::NeedsPerson,
        ),
        (Renews::ByRefreshToken, Access::None, true, OTHER),
        (
            Renews::ByAccessToken,
            Access::None,
            true,
            Serve::NeedsPerson,
        ),
        (Renews::ByAccessToken, Access::Until(at(5)), false, THIS),
        (Renews::Never, Access::Until(at(5)), true, Serve::Token),
        (
            Renews::Never,
            Access::Until(at(-5)),
            true,
            Serve::NeedsPerson,
        ),
        (Renews::Never, Access::Endless, false, Serve::Token),
    ] {
        let mut it = situation(State::Active, 5);
        it.habits = evergrant_core::held::Habits {
            renews,
            ..habits(ReplayPolicy::Strict)
        };
        it.grant.access = access;
        it.grant.refreshable = refreshable;
        assert_eq!(
            served(&it, MinTtl::Usual),
            expected,
            "{renews:?} {access:?}"
        );
    }
}
