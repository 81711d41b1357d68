//! The steps that a run is made of, and how they are drawn.

use evergrant_core::people::{Effect, Event};
use proptest::prelude::*;
use proptest::sample::select;

/// What is wrong with a request, if anything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Flaw {
    None,
    OtherClient,
    /// A wrong verifier, or a scope beyond the grant.
    Content,
    Resource,
    /// Made with the key of the MAC, but without the row.
    Forged,
}

/// A request, its token or code counted from the newest one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ask {
    Redeem { code: usize, flaw: Flaw },
    Refresh { token: usize, flaw: Flaw },
}

/// What becomes of a commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    Known,
    UnknownApplied,
    UnknownLost,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    SignIn,
    Consent,
    /// Sign-in, consent and redemption.
    Begin,
    /// So many times: the newest token is presented, and the one before it again.
    SideBySide(usize),
    /// The token before the newest is presented so many times.
    Insist(usize),
    /// A request from its arrival to its answer, with nothing in between.
    Do(Ask),
    Arrive(Ask),
    Load(usize),
    Commit(usize, Fate),
    /// The clock moves by so many milliseconds, backwards too.
    Clock(i64),
    /// The store is away for so many seconds; requests wait.
    Away(i64),
    /// Our process dies and starts again after so many seconds.
    Restart(i64),
    Backup,
    Restore,
    RevokeRefresh {
        token: usize,
        flaw: Flaw,
    },
    RevokeAccess {
        token: usize,
    },
    UserEnds {
        token: usize,
    },
    /// An event in the user's life; if stale, decided on epochs that have moved since.
    Event {
        event: Event,
        effect: Effect,
        stale: bool,
    },
    RaiseMembership(Effect),
    RaiseClient(Effect),
}

/// A sequence of steps that begins with a grant.
pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    proptest::collection::vec(step(), 1..60)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        26 => prop_oneof![
            10 => ask().prop_map(Step::Do),
            3 => Just(Step::Begin),
            2 => (1..5_usize).prop_map(Step::SideBySide),
        ],
        26 => prop_oneof![
            1 => ask().prop_map(Step::Arrive),
            1 => (0..3_usize).prop_map(Step::Load),
            1 => (0..3_usize, fate()).prop_map(|(slot, fate)| Step::Commit(slot, fate)),
        ],
        14 => clock(),
        6 => prop_oneof![Just(Step::Backup), Just(Step::Restore)],
        8 => rare(),
    ]
}

fn clock() -> impl Strategy<Value = Step> {
    let short = select(vec![
        -2_000, -1, 0, 1, 999, 5_000, 10_001, 30_000, 60_000, 61_000, 600_000,
    ]);
    let days = select(vec![20_000_000_i64, 90_000_000, 200_000_000]);
    let away = select(vec![1_i64, 30, 300, 5_000]);
    prop_oneof![
        20 => short.prop_map(Step::Clock),
        1 => days.prop_map(Step::Clock),
        1 => away.clone().prop_map(Step::Away),
        1 => away.prop_map(Step::Restart),
    ]
}

/// What ends much, and so must not come often.
fn rare() -> impl Strategy<Value = Step> {
    let effect = || {
        select(vec![
            Effect::Keep,
            Effect::Keep,
            Effect::Keep,
            Effect::Revoke,
        ])
    };
    let event = select(vec![
        Event::PasswordChanged,
        Event::MfaEnabled,
        Event::AdminRemoved,
    ]);
    let event = (event, effect(), prop::bool::weighted(0.2));
    prop_oneof![
        1 => Just(Step::SignIn),
        2 => Just(Step::Consent),
        1 => (50..70_usize).prop_map(Step::Insist),
        1 => (token(), flaw()).prop_map(|(token, flaw)| Step::RevokeRefresh { token, flaw }),
        1 => token().prop_map(|token| Step::RevokeAccess { token }),
        1 => token().prop_map(|token| Step::UserEnds { token }),
        2 => event.prop_map(|(event, effect, stale)| Step::Event { event, effect, stale }),
        1 => effect().prop_map(Step::RaiseMembership),
        1 => effect().prop_map(Step::RaiseClient),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        1 => (select(vec![0_usize, 0, 0, 1, 2]), flaw())
            .prop_map(|(code, flaw)| Ask::Redeem { code, flaw }),
        12 => (token(), flaw()).prop_map(|(token, flaw)| Ask::Refresh { token, flaw }),
    ]
}

fn token() -> impl Strategy<Value = usize> {
    select(vec![0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 3, 6])
}

fn flaw() -> impl Strategy<Value = Flaw> {
    prop_oneof![
        20 => Just(Flaw::None),
        1 => Just(Flaw::OtherClient),
        1 => Just(Flaw::Content),
        1 => Just(Flaw::Resource),
        1 => Just(Flaw::Forged),
    ]
}

fn fate() -> impl Strategy<Value = Fate> {
    select(vec![
        Fate::Known,
        Fate::Known,
        Fate::UnknownApplied,
        Fate::UnknownLost,
    ])
}
