//! The keeper of held grants under simulated time: many seeds, no violation; and keepers that lack
//! a rule, each of which is caught.

use evergrant_sim::keeper::{Counts, Keeper, Naive, Template};

/// Seeds of one test in an ordinary run; `scripts/soak` has more.
const SEEDS: u64 = 700;
/// Within so many seeds a keeper without its rule is caught.
const SOON: u64 = 300;

/// Three tests, which run side by side where there is more than one core.
#[test]
fn no_seed_burns_loses_or_withholds_a_token() {
    clean(1);
}

#[test]
fn no_seed_of_the_second_part_does() {
    clean(1 + SEEDS);
}

#[test]
fn no_seed_of_the_third_part_does() {
    clean(1 + 2 * SEEDS);
}

fn clean(first: u64) {
    let template = Template::new().unwrap();
    let mut total = Counts::default();
    for seed in first..first + SEEDS {
        let outcome = template.run(seed, Keeper::Real).unwrap();
        total.add(&outcome.counts);
        if let Some(violation) = outcome.violation {
            panic!("{}\nseed {seed}: {violation}", outcome.trace.join("\n"));
        }
    }
    eprintln!("{SEEDS} seeds from {first}: {total:?}");
    assert!(total.replays > 0 && total.kills > 0 && total.reads > 0);
}

#[test]
fn a_seed_that_found_something_is_clean() {
    let template = Template::new().unwrap();
    // The clocks are set back by 166 s while an answer is in doubt.
    let outcome = template.run(18_424, Keeper::Real).unwrap();
    assert_eq!(outcome.violation, None, "{}", outcome.trace.join("\n"));
}

#[test]
fn a_seed_is_the_same_run_every_time() {
    let template = Template::new().unwrap();
    for seed in [3, 14, 159] {
        let first = template.run(seed, Keeper::Real).unwrap();
        let second = template.run(seed, Keeper::Real).unwrap();
        assert_eq!(first.trace, second.trace, "seed {seed}");
    }
}

#[test]
fn a_keeper_without_one_of_the_rules_is_caught() {
    let template = Template::new().unwrap();
    for naive in Naive::ALL {
        let caught = (1..=SOON).find_map(|seed| {
            let outcome = template.run(seed, Keeper::Naive(naive)).unwrap();
            outcome.violation.map(|violation| (seed, violation))
        });
        let Some((seed, violation)) = caught else {
            panic!("{naive:?} was not caught in {SOON} seeds");
        };
        println!("{naive:?}: seed {seed}: {violation}");
    }
}
