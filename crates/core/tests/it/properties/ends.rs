//! How grants end, and how what ended stays so when the store goes back in time.

use std::collections::BTreeMap;

use evergrant_core::id::GrantId;
use evergrant_core::issued::{Absence, Reason, revoke};
use evergrant_core::people::event::{Effects, Policy, apply};
use evergrant_core::people::{Effect, Email, EpochSubject, Event, Role, User, UserEpochs};
use evergrant_core::{Change, Refusal};
use proptest::prelude::*;

use super::reference::{CLIENT, MEMBERSHIP, Past, USER};
use super::run::{End, Outcome, Run};
use super::step::Flaw;
use crate::make;

impl Run {
    /// The rows go back to the backup; what ended since is replayed from the log.
    pub(super) fn restore(&mut self) {
        let Some((taken, store, rows, logged)) = self.backup.clone() else {
            return;
        };
        self.meet("a restore");
        (self.store, self.rows) = (store, rows);
        self.flights.clear();
        self.incarnation += 1;
        self.store.facts.incarnation = self.incarnation;
        self.rows.incarnation = self.incarnation;
        let absence = Absence {
            from: taken,
            until: self.now.max(taken),
        };
        self.store.facts.remember(absence);
        self.rows.absences.push(absence);
        let ends = self.ends.clone();
        for end in ends.into_iter().skip(logged) {
            match end {
                End::Grant(grant, reason) => {
                    let at = self.now;
                    self.store
                        .commit(&[Change::GrantEnded { grant, at, reason }]);
                    if let Some(past) = self.rows.grants.get_mut(&grant) {
                        past.ended.get_or_insert(reason);
                    }
                }
                End::Floor(grant, floor) => {
                    self.store
                        .commit(&[Change::AccessFloorRaised { grant, floor }]);
                    if let Some(past) = self.rows.grants.get_mut(&grant) {
                        past.floor = past.floor.max(floor);
                    }
                }
                End::Epoch(subject, cause, effect) => {
                    self.apply_raise(subject, cause, effect);
                }
            }
        }
    }

    /// RFC 7009 with a refresh token: any valid one ends its grant, and only a valid one.
    pub(super) fn revoke_refresh(&mut self, token: usize, flaw: Flaw) -> Outcome {
        let Some(mut held) = self.held(token) else {
            return Ok(());
        };
        let Some(grant) = self.store.grants.get(&held.grant) else {
            return Ok(());
        };
        let mut client = make::client_id();
        let row = &grant.rotation;
        match flaw {
            Flaw::OtherClient => client = make::another_client_id(),
            Flaw::Forged => {
                held.presented.generation = row.generation;
                held.presented.incarnation = row.incarnation;
                held.presented.nonce = make::nonce(7);
            }
            _ => {}
        }
        let decision = revoke::refresh_token(client, &held.presented, grant, self.now);
        let valid = flaw != Flaw::OtherClient
            && flaw != Flaw::Forged
            && self.now < held.presented.expires_at;
        let expected = match flaw {
            Flaw::OtherClient => Err(Refusal::TokenOfAnotherClient),
            _ => Ok(()),
        };
        prop_assert_eq!(decision.answer, expected);
        let past = self.rows.grants.get_mut(&held.grant).unwrap();
        if valid {
            past.ended.get_or_insert(Reason::RevokedByClient);
        }
        prop_assert!(self.store.commit(&decision.changes));
        Ok(())
    }

    pub(super) fn revoke_access(&mut self, token: usize) -> Outcome {
        let Some(held) = self.held(token) else {
            return Ok(());
        };
        let Some(grant) = self.store.grants.get(&held.grant) else {
            return Ok(());
        };
        let generation = held.presented.generation;
        let decision = revoke::access_token(make::client_id(), generation, grant);
        prop_assert!(self.store.commit(&decision.changes));
        let past = self.rows.grants.get_mut(&held.grant).unwrap();
        if past.ended.is_none() {
            past.floor = past.floor.max(generation + 1);
            self.ends.push(End::Floor(held.grant, past.floor));
        }
        Ok(())
    }

    pub(super) fn user_ends(&mut self, token: usize) -> Outcome {
        let Some(held) = self.held(token) else {
            return Ok(());
        };
        let Some(grant) = self.store.grants.get(&held.grant) else {
            return Ok(());
        };
        let decision = revoke::end(grant, Reason::RevokedByUser, self.now);
        prop_assert!(self.store.commit(&decision.changes));
        let past = self.rows.grants.get_mut(&held.grant).unwrap();
        past.ended.get_or_insert(Reason::RevokedByUser);
        Ok(())
    }

    /// The policy is applied when the event happens; decided on epochs that moved, nothing is.
    pub(super) fn event(&mut self, event: Event, effect: Effect, stale: bool) -> Outcome {
        let effects = Effects {
            grants: effect,
            personal_tokens: effect,
        };
        let policy = Policy {
            password_changed: effects,
            mfa_enabled: effects,
            user_suspended: effects,
            user_removed: effects,
            admin_removed: effects,
            security_event: effects,
        };
        let mut user = a_user();
        user.epochs = self.store.user;
        if stale && user.epochs.sessions > 0 {
            user.epochs.sessions -= 1;
            prop_assert!(
                !self.store.commit(&apply(event, &user, &policy)),
                "a stale event"
            );
            return Ok(());
        }
        let mut expected = self.store.clone();
        let before = self.ends.len();
        std::mem::swap(&mut expected, &mut self.store);
        self.raise(EpochSubject::UserGrants(user.id), event.reason(), effect);
        std::mem::swap(&mut expected, &mut self.store);
        prop_assert_eq!(self.ends.len(), before + 1);
        prop_assert!(self.store.commit(&apply(event, &user, &policy)));
        prop_assert_eq!(
            &self.store.grants,
            &expected.grants,
            "the event raised the grants' epoch"
        );
        Ok(())
    }

    pub(super) fn raise(&mut self, subject: EpochSubject, cause: Reason, effect: Effect) {
        self.ends.push(End::Epoch(subject, cause, effect));
        let kind = self.apply_raise(subject, cause, effect);
        // A browser is never kept signed in, and what it does later rests on the old sign-in.
        if kind != CLIENT {
            self.browser.killed[kind].get_or_insert(cause);
        }
    }

    fn apply_raise(&mut self, subject: EpochSubject, cause: Reason, effect: Effect) -> usize {
        let (kind, from) = match subject {
            EpochSubject::Membership(..) => (MEMBERSHIP, self.store.membership),
            EpochSubject::Client(_) => (CLIENT, self.store.client),
            _ => (USER, self.store.user.grants),
        };
        let change = Change::EpochRaised {
            subject,
            from,
            cause,
            effect,
        };
        assert!(self.store.commit(&[change]), "the value was just read");
        for past in self
            .rows
            .grants
            .values_mut()
            .filter(|_| effect == Effect::Revoke)
        {
            past.killed[kind].get_or_insert(cause);
        }
        for code in self
            .rows
            .codes
            .values_mut()
            .filter(|code| code.redeemed.is_none())
        {
            match effect {
                Effect::Revoke => _ = code.killed[kind].get_or_insert(cause),
                Effect::Keep if code.killed[kind].is_none() => code.kept += 1,
                Effect::Keep => {}
            }
        }
        kind
    }

    pub(super) fn ended(&self) -> BTreeMap<GrantId, Past> {
        let ended = |(id, past): (&GrantId, &Past)| past.ended.map(|_| (*id, past.clone()));
        self.rows.grants.iter().filter_map(ended).collect()
    }

    /// What ended in this step is also written to the log outside of the database.
    pub(super) fn note_ends(&mut self, before: &BTreeMap<GrantId, Past>) {
        for (id, past) in &self.rows.grants {
            if let Some(reason) = past.ended
                && !before.contains_key(id)
            {
                self.ends.push(End::Grant(*id, reason));
            }
            if let Some(reason) = past.dead() {
                self.dead.entry(*id).or_insert(reason);
            }
        }
    }
}

fn a_user() -> User {
    User {
        id: make::user(),
        team: make::team(),
        email: Email::parse("ada@example.org").unwrap(),
        role: Role::Member,
        epochs: UserEpochs::default(),
        membership_epoch: 0,
        created_at: make::at(0),
        suspended_at: None,
        removed_at: None,
    }
}
