//! Each rule of DESIGN section 4, taken away, is caught by a world. The same world with the rule
//! is clean next door.
//!
//! | rule                                      | world          | without it                  |
//! |-------------------------------------------|----------------|-----------------------------|
//! | nobody decides within the lease           | H17 strays     | BURN                        |
//! | "sent" is written before it is sent       | H1 strict      | a second request, too early |
//! | first byte within 2 s, else never sent    | H2 late        | BURN                        |
//! | one attempt binds a generation            | H1 strict      | a second request, too early |
//! | an attempt makes the next generation only | H6 supersedes  | a generation falls          |
//! | a replay waits for the sender's word      | H1 strict      | BURN                        |
//! | a grace begins no earlier than its send   | H16 long dead  | BURN                        |
//! | a replay waits for what went astray       | H17, H18       | BURN, ASTRAY                |
//! | a strict token is risked at the end only  | H1, H13        | EARLY, PUNISHED             |
//! | the journal decides, not the state        | H7 people      | a second request, too early |
//! | what was refused stays refused            | H7 people      | FORGOTTEN                   |
//! | a code is sent once                       | H15 code       | a code is sent twice        |
//! | a doubt stays when a replay is put off    | H5 window      | EARLY                       |
//! | only a definite answer ends a doubt       | H1 strict      | STUCK                       |
//! | silence is a doubt                        | H1 strict      | EARLY                       |
//! | an answer is written before it is read    | H1 strict      | LOST                        |
//! | an answer goes to the spool               | H3 outage      | LOST                        |
//! | what is owed is paid first                | H3 outage      | a second request, too early |
//! | a 5xx says nothing about the token        | H11 unclear    | a second request, too early |
//! | a commit wants the rows that were seen    | H3 overlapping | sent while suspended        |
//! | a late success counts in any state        | H4, H7         | LOST                        |
//! | a late word changes nothing               | H4 soft        | REWRITTEN                   |
//! | a late answer of a removed grant ends it  | H7 people      | ORPHAN                      |
//! | an old grant touches nothing of a new one | H8 reconnected | TOUCHED                     |
//! | a window is judged with two margins       | H5 window      | EARLY                       |
//! | each send has its own answer              | H6 supersedes  | LOST                        |
//! | the second answer is tried once           | H6 supersedes  | STUCK                       |
//!
//! What no rule can give is asserted too: whoever is given up by mistake, at a strict provider,
//! may cost the grant.

use super::explore::explore;
use super::oracle::{
    ASTRAY, BURN, CODE, EARLY, FELL, FORGOTTEN, LOST, ORPHAN, PRESENTED, PUNISHED, REWRITTEN,
    STUCK, TOUCHED, TWICE,
};
use super::scenes;
use super::world::{Faults, Rule, World};

/// Explores a world without a rule; it must be broken in one of these ways.
fn caught(world: World, rules: &'static [Rule], violations: &[&str]) {
    let found = explore(&world.without(rules));
    println!("without {rules:?}: {}", found.report());
    let what = found.violation.as_ref().map(|(what, _)| *what);
    assert!(
        what.is_some_and(|it| violations.contains(&it)),
        "without {rules:?}: {}",
        found.report()
    );
}

/// The same, where only what is done at the provider counts.
fn harmed(world: World, rules: &'static [Rule], violations: &[&str]) {
    let world = World {
        only_harm: true,
        ..world
    };
    caught(world, rules, violations);
}

#[test]
fn without_a_deadline_for_the_first_byte() {
    caught(scenes::late(), &[Rule::SendDeadline], &[BURN]);
}

#[test]
fn without_the_senders_word() {
    caught(scenes::strict(), &[Rule::SendersWord], &[BURN]);
}

#[test]
fn risking_a_token_while_there_is_something_to_lose() {
    caught(scenes::strict(), &[Rule::LastResort], &[TWICE]);
    harmed(scenes::strict(), &[Rule::LastResort], &[EARLY, BURN]);
    harmed(scenes::punitive(), &[Rule::LastResort], &[PUNISHED]);
}

#[test]
fn without_waiting_for_a_definite_answer() {
    caught(scenes::strict(), &[Rule::DefiniteOnly], &[STUCK]);
}

#[test]
fn reading_before_writing() {
    caught(scenes::strict(), &[Rule::ReceivedFirst], &[LOST]);
}

#[test]
fn without_a_spool() {
    caught(scenes::outage(), &[Rule::Spool], &[LOST]);
}

#[test]
fn without_paying_first() {
    caught(scenes::outage(), &[Rule::PaidFirst], &[BURN, TWICE]);
}

#[test]
fn without_guards() {
    caught(scenes::overlapping(), &[Rule::Guards], &[PRESENTED]);
}

#[test]
fn without_late_success() {
    caught(scenes::soft(), &[Rule::LateApplies], &[LOST]);
    caught(scenes::people(), &[Rule::LateApplies], &[LOST]);
}

#[test]
fn without_a_margin_for_clocks() {
    caught(scenes::window(), &[Rule::ClockMargin], &[EARLY, BURN]);
}

#[test]
fn without_an_answer_for_each_send() {
    caught(scenes::supersedes(), &[Rule::AnswerPerSend], &[LOST]);
}

#[test]
fn without_trying_the_second_answer() {
    caught(scenes::supersedes(), &[Rule::RunnerUpTried], &[STUCK]);
}

#[test]
fn without_ending_what_comes_late() {
    caught(scenes::people(), &[Rule::LateEnds], &[ORPHAN]);
}

#[test]
fn without_the_journals_say() {
    caught(scenes::people(), &[Rule::JournalDecides], &[BURN, TWICE]);
}

#[test]
fn taking_a_failure_for_a_no() {
    caught(scenes::unclear(), &[Rule::UnclearIsDoubt], &[BURN, TWICE]);
}

#[test]
fn without_a_lease() {
    caught(scenes::strays(), &[Rule::Lease], &[BURN]);
}

#[test]
fn without_saying_sent_before_sending() {
    caught(scenes::strict(), &[Rule::SentFirst], &[TWICE, BURN]);
}

#[test]
fn with_more_than_one_attempt_on_a_generation() {
    caught(scenes::strict(), &[Rule::OneAttempt], &[TWICE, BURN]);
}

#[test]
fn without_fencing_by_generation() {
    caught(scenes::supersedes(), &[Rule::Fenced], &[FELL, TOUCHED]);
}

#[test]
fn with_a_grace_that_was_over_before_the_send() {
    caught(scenes::long_dead(), &[Rule::GraceFromSend], &[BURN]);
}

#[test]
fn without_waiting_for_what_went_astray() {
    caught(scenes::strays(), &[Rule::AstrayWaited], &[BURN]);
    let world = scenes::strays_supersede();
    caught(world, &[Rule::AstrayWaited], &[ASTRAY]);
}

#[test]
fn with_late_words_that_count() {
    let world = World {
        most_faults: 3,
        faults: Faults {
            slow: true,
            stall: true,
            lie: true,
            ..Faults::default()
        },
        ..scenes::soft()
    };
    assert_eq!(explore(&world).violation, None);
    caught(world, &[Rule::LateWord], &[REWRITTEN]);
}

#[test]
fn with_old_answers_for_a_new_grant() {
    caught(scenes::reconnected(), &[Rule::OldGrantApart], &[TOUCHED]);
}

#[test]
fn going_on_with_what_was_refused() {
    caught(scenes::people(), &[Rule::RefusedStays], &[FORGOTTEN]);
}

#[test]
fn without_trying_a_second_answer_that_comes_last() {
    caught(scenes::supersedes(), &[Rule::LateSecondTried], &[STUCK]);
}

#[test]
fn sending_a_code_again() {
    caught(scenes::code(), &[Rule::CodeOnce], &[CODE]);
}

#[test]
fn forgetting_a_doubt() {
    let world = World {
        faults: Faults {
            slow: true,
            limited: true,
            stall: true,
            ..Faults::default()
        },
        most_faults: 3,
        stall: World::PLAIN.stall,
        end: 400_000,
        ..scenes::window()
    };
    assert_eq!(explore(&world).violation, None);
    caught(world, &[Rule::DoubtStays], &[EARLY, BURN]);
}

#[test]
fn without_a_margin_for_the_request() {
    caught(scenes::window(), &[Rule::RequestMargin], &[EARLY, BURN]);
}

/// The engines that others build: what counts is what they do at the provider.
mod engines {
    use super::*;

    #[test]
    fn a_lease_is_not_enough() {
        let rules = &[Rule::SendersWord, Rule::LastResort, Rule::AstrayWaited];
        harmed(scenes::strict(), rules, &[BURN, EARLY]);
    }

    #[test]
    fn parsing_before_storing_is_not_enough() {
        let rules = &[Rule::ReceivedFirst, Rule::Spool];
        harmed(scenes::strict(), rules, &[LOST]);
    }

    #[test]
    fn trying_again_after_a_timeout_is_not_enough() {
        harmed(scenes::strict(), &[Rule::SilenceIsDoubt], &[BURN, EARLY]);
    }
}

/// The one risk that is left: a lie about the sender.
#[test]
fn a_sender_given_up_by_mistake_may_cost_the_grant() {
    let world = World {
        faults: Faults {
            lie: true,
            ..scenes::strict().faults
        },
        ..scenes::strict()
    };
    let found = explore(&world);
    assert_eq!(found.violation.map(|it| it.0), Some(BURN));
}
