//! A store in a few maps: snapshots out, one guarded commit in, all or nothing.

use std::collections::BTreeMap;

use evergrant_core::id::GrantId;
use evergrant_core::issued::liveness::{Epoch, Standing, end_of};
use evergrant_core::issued::refresh::MAX_RETRIES;
use evergrant_core::issued::{Code, Grant, Reason, StoreFacts};
use evergrant_core::people::{Effect, EpochSubject, SignIn, UserEpochs};
use evergrant_core::{Change, Digest, Time};

use crate::make;

#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) facts: StoreFacts,
    pub(crate) user: UserEpochs,
    pub(crate) membership: u32,
    pub(crate) client: u32,
    pub(crate) raises: Vec<(EpochSubject, u32, Reason)>,
    pub(crate) grants: BTreeMap<GrantId, Grant>,
    pub(crate) codes: Vec<Code>,
    pub(crate) incidents: usize,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            facts: StoreFacts::default(),
            user: UserEpochs::default(),
            membership: 0,
            client: 0,
            raises: Vec::new(),
            grants: BTreeMap::new(),
            codes: Vec::new(),
            incidents: 0,
        }
    }

    /// Commits all changes, or none and says false.
    pub(crate) fn commit(&mut self, changes: &[Change]) -> bool {
        let mut next = self.clone();
        let done = changes.iter().all(|change| next.write(change));
        if done {
            *self = next;
        }
        done
    }

    fn write(&mut self, change: &Change) -> bool {
        match change {
            Change::AccessFloorRaised { grant, floor } => self.update(*grant, |grant| {
                grant.access_floor = grant.access_floor.max(*floor);
                true
            }),
            Change::CodeMade(code) => {
                self.codes.push((**code).clone());
                true
            }
            Change::CodeRedeemed { digest, at, grant } => {
                let code = self
                    .codes
                    .iter_mut()
                    .find(|code| code.digest == *digest)
                    .unwrap();
                code.redeemed.replace((*at, *grant)).is_none()
            }
            Change::EpochRaised {
                subject,
                from,
                cause,
                effect,
            } => self.raise(*subject, *from, *cause, *effect),
            Change::GrantBegun(grant) => self.begin(grant),
            Change::GrantEnded { grant, at, reason } => self.update(*grant, |grant| {
                grant.ended.replace((*at, *reason)).is_none()
            }),
            Change::GrantRetried {
                grant,
                at,
                presenter,
            } => self.update(*grant, |grant| {
                let seen = (grant.rotation.generation, grant.rotation.nonce);
                let fits = seen == *at && grant.ended.is_none() && grant.retries < MAX_RETRIES;
                grant.retries += 1;
                grant.presenters.push(presenter);
                fits
            }),
            Change::GrantRotated {
                grant,
                from,
                retried,
                chain,
                to,
                presenter,
            } => self.update(*grant, |grant| {
                let seen = (grant.rotation.generation, grant.rotation.nonce);
                let same = seen == *from && *retried == (grant.retries > 0);
                (grant.rotation, grant.retries, grant.chain) = (*to, 0, *chain);
                grant.presenters.push(presenter);
                same && grant.ended.is_none()
            }),
            Change::IncidentSeen(_) => {
                self.incidents += 1;
                true
            }
            other => panic!("no rule under test writes {other:?}"),
        }
    }

    fn update(&mut self, grant: GrantId, write: impl FnOnce(&mut Grant) -> bool) -> bool {
        self.grants.get_mut(&grant).is_some_and(write)
    }

    /// A grant begins with the stamps of its code; if that was stamped anew since it was loaded,
    /// the grant would be born dead in spite of a policy that keeps it.
    fn begin(&mut self, grant: &Grant) -> bool {
        let code = self
            .codes
            .iter()
            .find(|code| code.redeemed.is_some_and(|(_, id)| id == grant.id));
        let stamps = |code: &Code| (code.sign_in, code.client_epoch);
        let fits = code.map(stamps) == Some((grant.sign_in, grant.client_epoch));
        fits && self.grants.insert(grant.id, grant.clone()).is_none()
    }

    fn raise(&mut self, subject: EpochSubject, from: u32, cause: Reason, effect: Effect) -> bool {
        let epoch = match subject {
            EpochSubject::Client(_) => &mut self.client,
            EpochSubject::Membership(..) => &mut self.membership,
            EpochSubject::UserGrants(_) => &mut self.user.grants,
            EpochSubject::UserPersonalTokens(_) => &mut self.user.personal_tokens,
            EpochSubject::UserSessions(_) => &mut self.user.sessions,
        };
        if *epoch != from {
            return false;
        }
        *epoch += 1;
        self.raises.push((subject, from, cause));
        if effect == Effect::Keep {
            for grant in self
                .grants
                .values_mut()
                .filter(|grant| grant.ended.is_none())
            {
                restamp(subject, from, &mut grant.sign_in, &mut grant.client_epoch);
            }
            for code in self.codes.iter_mut().filter(|code| code.redeemed.is_none()) {
                restamp(subject, from, &mut code.sign_in, &mut code.client_epoch);
            }
        }
        true
    }

    /// The epochs of now, each with the cause of its first raise after the value remembered.
    pub(crate) fn standing(&self, sign_in: SignIn, client: u32) -> Standing {
        let (team, user) = (make::team(), make::user());
        let epoch = |subject, now, remembered| {
            let first = self
                .raises
                .iter()
                .find(|(it, from, _)| (*it, *from) == (subject, remembered));
            Epoch {
                now,
                cause: first.map(|(_, _, cause)| *cause),
            }
        };
        Standing {
            user: epoch(
                EpochSubject::UserGrants(user),
                self.user.grants,
                sign_in.user,
            ),
            membership: Some(epoch(
                EpochSubject::Membership(team, user),
                self.membership,
                sign_in.membership,
            )),
            client: epoch(EpochSubject::Client(make::client_id()), self.client, client),
        }
    }

    pub(crate) fn standing_of(&self, grant: &Grant) -> Standing {
        self.standing(grant.sign_in, grant.client_epoch)
    }

    pub(crate) fn code(&self, digest: Digest) -> Option<&Code> {
        self.codes.iter().find(|code| code.digest == digest)
    }

    /// The live grants, the one used longest ago first.
    pub(crate) fn live(&self, now: Time) -> Vec<GrantId> {
        let lives = |grant: &&Grant| end_of(grant, &self.standing_of(grant), now).is_none();
        let mut live: Vec<_> = self.grants.values().filter(lives).collect();
        live.sort_by_key(|grant| (grant.rotation.rotated_at, grant.id));
        live.into_iter().map(|grant| grant.id).collect()
    }
}

fn restamp(subject: EpochSubject, from: u32, sign_in: &mut SignIn, client: &mut u32) {
    let stamp = match subject {
        EpochSubject::Client(_) => client,
        EpochSubject::Membership(..) => &mut sign_in.membership,
        EpochSubject::UserGrants(_) => &mut sign_in.user,
        EpochSubject::UserPersonalTokens(_) | EpochSubject::UserSessions(_) => return,
    };
    if *stamp == from {
        *stamp += 1;
    }
}
