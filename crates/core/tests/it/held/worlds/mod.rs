//! Small worlds of held grants, explored in every order of steps: two processes with a spool each,
//! a store, a provider, faults, people; every decision by the real rules. Clean worlds say what
//! they covered, so that a clean result is not an empty one.
//!
//! `EVERGRANT_WORLDS=full` makes them larger, for the soak.

mod ablation;
pub(crate) mod explore;
mod notes;
pub(crate) mod oracle;
mod process;
mod provider;
mod recover;
mod red;
mod scenes;
mod sending;
mod state;
mod steps;
mod store;
mod tidy;
mod translate;
pub(crate) mod world;

use std::time::Instant;

use explore::{Explored, explore};
use scenes::*;
use world::World;

use crate::worlds::is_full;

/// Explores a world that must be clean, must have met these situations, and must have come to
/// these ends.
fn clean(world: World, situations: &[&str], ends: &[&str]) -> Explored {
    let began = Instant::now();
    let found = explore(&world);
    println!("{:.1?} {}", began.elapsed(), found.report());
    assert!(found.violation.is_none(), "{}", found.report());
    for it in situations {
        assert!(found.met(it) > 0, "never met: {it}\n{}", found.report());
    }
    for it in ends {
        assert!(found.ended(it) > 0, "never: {it}\n{}", found.report());
    }
    found
}

/// The ends of a connection whose provider ends a family at the second use.
const WON_OR_ENDED: &[&str] = &["active: held", "needs_reauth: ended"];

#[test]
fn h1_a_strict_provider_and_crashes() {
    clean(strict(), &["replayed", "in doubt", "gone"], WON_OR_ENDED);
}

#[test]
fn h2_a_late_first_byte() {
    clean(late(), &["replayed", "last generation"], WON_OR_ENDED);
}

#[test]
fn h3_outages() {
    let met = &["replayed", "answer in a spool", "gone"];
    clean(outage(), met, WON_OR_ENDED);
    let met = &["removed", "suspended", "degraded", "last generation"];
    clean(overlapping(), met, &["revoked: ended"]);
}

#[test]
fn h4_a_provider_that_only_refuses() {
    let met = &["replayed", "needs a person", "answer in a spool"];
    clean(soft(), met, &["active: held", "needs_reauth: out of reach"]);
}

#[test]
fn h5_a_window() {
    let met = &["replayed twice", "in doubt", "stray request"];
    clean(window(), met, WON_OR_ENDED);
}

#[test]
fn h6_a_replay_supersedes() {
    let met = &["replayed", "second answer kept", "needs a person"];
    clean(supersedes(), met, &["active: held"]);
}

#[test]
fn h7_people_do_what_they_like() {
    let met = &["suspended", "removed", "to be ended", "replayed"];
    clean(people(), met, &["revoked: ended"]);
}

#[test]
fn h8_a_person_consents_anew() {
    let met = &["reconnected", "old grant", "to be ended", "replayed"];
    clean(reconnected(), met, WON_OR_ENDED);
}

#[test]
fn h10_an_app_at_fault_and_mended() {
    let met = &["app at fault", "in doubt", "last generation"];
    clean(app_fault(), met, WON_OR_ENDED);
}

#[test]
fn h11_answers_that_say_nothing() {
    let met = &["in doubt", "degraded", "replayed"];
    clean(unclear(), met, WON_OR_ENDED);
}

#[test]
fn h12_everything() {
    let met = &["app at fault", "answer in a spool", "gone", "degraded"];
    clean(everything(), met, WON_OR_ENDED);
}

#[test]
fn h13_a_punitive_provider() {
    let met = &["needs a person", "in doubt"];
    let found = clean(punitive(), met, &["active: held", "needs_reauth: held"]);
    assert_eq!(found.met("replayed"), 0, "{}", found.report());
    assert_eq!(found.met("family ended"), 0, "{}", found.report());
}

#[test]
fn h14_a_reusable_token() {
    let found = clean(reusable(), &["replayed", "in doubt"], &["active: held"]);
    assert_eq!(found.met("needs a person"), 0, "{}", found.report());
}

#[test]
fn h15_a_code() {
    let met = &["last generation", "removed", "answer in a spool"];
    let found = clean(code(), met, &["revoked: ended", "revoked: none"]);
    assert!(is_full() || found.met("replayed") == 0);
}

#[test]
fn h16_a_token_that_ended_long_ago() {
    clean(long_dead(), &["replayed", "gone"], WON_OR_ENDED);
}

#[test]
fn h17_requests_that_arrive_late() {
    clean(strays(), &["stray request", "replayed"], WON_OR_ENDED);
}

#[test]
fn h18_requests_that_arrive_late_and_count() {
    let met = &["stray request", "replayed twice"];
    let found = clean(strays_supersede(), met, &["active: held"]);
    assert_eq!(found.met("needs a person"), 0, "{}", found.report());
}
