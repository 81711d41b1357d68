//! Any sequence of steps, through the real rules and a plain reference at once.
//!
//! A failure prints the shortest sequence of steps found and the seed of its run;
//! `PROPTEST_CASES` makes the run longer. Failures are fixed by a test of their own in `tables`,
//! so no file of seeds is kept.

mod check;
mod ends;
mod expect;
mod flight;
mod reference;
mod run;
mod step;
mod store;

use std::cell::RefCell;
use std::collections::BTreeMap;

use evergrant_core::Span;
use evergrant_core::issued::{Client, OnTwoHolders, Replay};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use crate::make;
use run::Run;
use step::steps;

fn config(cases: u32) -> Config {
    let from_environment = Config::default();
    let is_default = from_environment.cases == 256;
    Config {
        cases: if is_default {
            cases
        } else {
            from_environment.cases
        },
        failure_persistence: None,
        ..from_environment
    }
}

/// What differs between the clients of two runs.
#[derive(Clone, Copy, Debug)]
struct Settings {
    replay: Replay,
    on_two_holders: OnTwoHolders,
    live_access_tokens: u32,
    live_grants: u32,
}

fn settings() -> impl Strategy<Value = Settings> {
    let window = Replay::Window(Span::from_seconds(60));
    let replay = select(vec![window, window, window, Replay::Strict]);
    let holders = select(vec![OnTwoHolders::Report, OnTwoHolders::Revoke]);
    let caps = (select(vec![1_u32, 3, 10]), select(vec![1_u32, 2, 100]));
    (replay, holders, caps).prop_map(|(replay, on_two_holders, caps)| Settings {
        replay,
        on_two_holders,
        live_access_tokens: caps.0,
        live_grants: caps.1,
    })
}

impl Settings {
    fn client(self) -> Client {
        Client {
            replay: self.replay,
            on_two_holders: self.on_two_holders,
            live_access_tokens: self.live_access_tokens,
            live_grants: self.live_grants,
            idle_ttl: Span::from_days(1),
            absolute_ttl: Span::from_days(3),
            ..make::client()
        }
    }
}

/// What the runs must have met, or they show nothing.
const MUST_MEET: [&str; 20] = [
    "a conflict",
    "a restore",
    "an adoption",
    "redeem: Begin { superseded: 1 }",
    "redeem: Ends(CodeReused)",
    "redeem: Refused(Ended(PasswordChanged))",
    "redeem: Refused(Overtaken)",
    "redeem: Refused(VerifierWrong)",
    "redeem: Same",
    "refresh: Again",
    "refresh: Ends(ReuseDetected)",
    "refresh: Ends(TwoHolders)",
    "refresh: Refused(Ended(IdleExpired))",
    "refresh: Refused(Overtaken)",
    "refresh: Refused(TokenExpired)",
    "refresh: Refused(TokenUnknown)",
    "refresh: Refused(TooManyRetries)",
    "refresh: Rotate { two_holders: false }",
    "refresh: Rotate { two_holders: true }",
    "refresh: Same",
];

#[test]
fn the_rules_are_what_the_reference_says() {
    let mut runner = TestRunner::new(config(2_000));
    let met: RefCell<BTreeMap<String, u32>> = RefCell::default();
    let outcome = runner.run(&(settings(), steps()), |(settings, steps)| {
        let mut run = Run::new(settings.client());
        let outcome = run.all(&steps);
        for (what, count) in run.met {
            *met.borrow_mut().entry(what).or_default() += count;
        }
        outcome
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let met = met.into_inner();
    println!("{met:#?}");
    let never: Vec<_> = MUST_MEET
        .iter()
        .filter(|it| !met.contains_key(**it))
        .collect();
    assert!(never.is_empty(), "never met: {never:?}");
}

/// Red proof: with the epochs of the redemption instead of those of the sign-in, a code made before
/// a password change begins a grant after it.
#[test]
fn without_epochs_of_the_sign_in() {
    let config = Config {
        max_shrink_iters: 256,
        ..config(2_000)
    };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&(settings(), steps()), |(settings, steps)| {
        let mut run = Run::new(settings.client());
        run.epochs_travel = false;
        run.all(&steps)
    });
    println!("{outcome:#?}");
    assert!(
        outcome.is_err(),
        "a grant outlives the sign-in that it rests on, and nobody sees it"
    );
}
