//! What must hold after every step (DESIGN section 9, 12).

use evergrant_core::issued::liveness::{AccessToken, end_of};
use evergrant_core::issued::refresh::{How, refresh};
use evergrant_core::issued::{Grant, refresh};
use proptest::prelude::*;

use super::reference::Past;
use super::run::{Outcome, Run};
use crate::make;

impl Run {
    pub(crate) fn check(&self) -> Outcome {
        prop_assert_eq!(self.store.grants.len(), self.rows.grants.len());
        for (id, past) in &self.rows.grants {
            let grant = self.store.grants.get(id).unwrap();
            row_is_as_expected(grant, past)?;
            let standing = self.store.standing_of(grant);
            let end = end_of(grant, &standing, self.now);
            prop_assert_eq!(end, past.dead_at(self.now), "the reason of its end");
            if self.dead().contains_key(id) {
                prop_assert!(end.is_some(), "{} was dead and lives again", id);
            }
            self.access_tokens_are_the_newest(grant, past)?;
            self.at_most_one_is_current(grant)?;
        }
        Ok(())
    }

    /// Live are the newest N generations, of these the ones not below the floor.
    fn access_tokens_are_the_newest(&self, grant: &Grant, past: &Past) -> Outcome {
        let newest = self
            .client
            .live_access_tokens
            .max(grant.resources.len() as u32);
        let all: Vec<u64> = (1..=past.last().number).collect();
        let live: Vec<u64> = all.iter().rev().take(newest as usize).copied().collect();
        for generation in all {
            let expected = live.contains(&generation) && generation >= past.floor;
            let judged = make::access_token(
                grant,
                &self.client,
                generation,
                self.store.facts.incarnation,
            );
            prop_assert_eq!(judged == AccessToken::Live, expected, "AT({})", generation);
        }
        Ok(())
    }

    /// Of all tokens that anybody ever got, one at most moves the counter; but in a restored row
    /// that was not refreshed since, any newer one may be the client's.
    fn at_most_one_is_current(&self, grant: &Grant) -> Outcome {
        if grant.rotation.incarnation < self.store.facts.incarnation {
            return Ok(());
        }
        let snapshot = refresh::Snapshot {
            grant: grant.clone(),
            client: self.client.clone(),
            standing: self.store.standing_of(grant),
            store: self.store.facts.clone(),
        };
        let held = self.tokens.iter().filter(|held| held.grant == grant.id);
        let moves = held.filter(|held| {
            let request = make::request(held.presented, self.now);
            let decision = refresh(&request, &snapshot, self.now, make::fresh(1));
            decision
                .answer
                .is_ok_and(|renewed| renewed.how == How::Rotated)
        });
        prop_assert!(moves.count() <= 1, "two current refresh tokens");
        Ok(())
    }
}

fn row_is_as_expected(grant: &Grant, past: &Past) -> Outcome {
    let row = &grant.rotation;
    let last = past.last();
    prop_assert_eq!(row.generation, last.number);
    prop_assert_eq!(row.nonce, last.nonce);
    prop_assert_eq!(row.rotated_at, last.began);
    prop_assert_eq!(row.incarnation, last.incarnation);
    prop_assert_eq!(row.expires_at, past.expires_at);
    prop_assert_eq!(row.presented, last.from.map_or(0, |(_, number)| number));
    prop_assert_eq!(grant.retries, last.retries);
    prop_assert_eq!(grant.access_floor, past.floor);
    prop_assert_eq!(grant.ended.map(|(_, reason)| reason), past.ended);
    Ok(())
}
