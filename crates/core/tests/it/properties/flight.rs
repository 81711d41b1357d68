//! A request on its way through our server: load and decide, commit, and on a conflict again, with
//! the same fresh values and at most three times.

use evergrant_core::id::GrantId;
use evergrant_core::issued::exchange::{self, exchange};
use evergrant_core::issued::refresh::{self, refresh};
use evergrant_core::issued::{Reason, Rotation};
use evergrant_core::{Change, Digest, Refusal, Time};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::expect::{said, settle};
use super::reference::{Generation, Past, Verdict};
use super::run::{Held, Outcome, Run};
use super::step::{Ask, Fate, Flaw};
use crate::make;

const TRIES: u32 = 3;

#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Redeem(Digest, exchange::Request),
    Refresh(GrantId, refresh::Request),
}

#[derive(Clone, Debug)]
pub(crate) struct Flight {
    pub(super) id: u64,
    wanted: Wanted,
    pub(super) flaw: Flaw,
    tries: u32,
    pub(crate) loaded: Option<Loaded>,
}

/// What was decided, and what the reference saw when it was.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    changes: Vec<Change>,
    answer: Result<(GrantId, Rotation), Refusal>,
    verdict: Verdict,
    seen: Seen,
    at: Time,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Seen {
    pub(super) generations: usize,
    pub(super) retried: bool,
    pub(super) kept: u32,
    pub(super) superseded: Vec<GrantId>,
}

impl Run {
    pub(crate) fn arrive(&mut self, ask: Ask) -> Option<Flight> {
        self.drawn += 1;
        let presenter = make::presenter(self.now);
        let (wanted, flaw) = match ask {
            Ask::Redeem { code, flaw } => {
                let digest = *self.codes.get(self.codes.len().checked_sub(1 + code)?)?;
                let mut request = exchange::Request {
                    client: make::client_id(),
                    redirect_uri: Some(make::REDIRECT.into()),
                    verifier: make::VERIFIER.into(),
                    resources: Vec::new(),
                    presenter,
                };
                match flaw {
                    Flaw::OtherClient => request.client = make::another_client_id(),
                    Flaw::Content => request.verifier.push('x'),
                    Flaw::Resource => request.resources.push("https://else.example".into()),
                    Flaw::None | Flaw::Forged => {}
                }
                (Wanted::Redeem(digest, request), flaw)
            }
            Ask::Refresh { token, flaw } => {
                let held = self.held(token)?;
                let mut request = make::request(held.presented, self.now);
                match flaw {
                    Flaw::OtherClient => request.client = make::another_client_id(),
                    Flaw::Content => request.scope = Some(make::scope("read everything")),
                    Flaw::Resource => request.resources.push("https://else.example".into()),
                    Flaw::Forged => {
                        let row = &self.store.grants.get(&held.grant)?.rotation;
                        request.presented = make::token_of(row);
                        request.presented.nonce = make::nonce(7);
                        let before = row.presented > 0 && token % 2 == 0;
                        request.presented.generation -= u64::from(before);
                    }
                    Flaw::None => {}
                }
                (Wanted::Refresh(held.grant, request), flaw)
            }
        };
        Some(Flight {
            id: self.drawn,
            wanted,
            flaw,
            tries: 0,
            loaded: None,
        })
    }

    /// Loads and decides; true when the request is answered without a commit.
    pub(crate) fn load(&mut self, flight: &mut Flight) -> Result<bool, TestCaseError> {
        if flight.loaded.is_some() {
            return Ok(false);
        }
        flight.tries += 1;
        if flight.tries > TRIES {
            return Ok(true);
        }
        let Some(loaded) = self.decide(flight)? else {
            return Ok(true);
        };
        let writes = matches!(
            loaded.verdict,
            Verdict::Begin { .. } | Verdict::Rotate { .. } | Verdict::Again | Verdict::Ends(_)
        );
        prop_assert_eq!(!loaded.changes.is_empty(), writes, "{:?}", loaded);
        if writes {
            flight.loaded = Some(loaded);
            return Ok(false);
        }
        self.answered(flight, &loaded)?;
        Ok(true)
    }

    fn decide(&mut self, flight: &Flight) -> Result<Option<Loaded>, TestCaseError> {
        let (now, id) = (self.now, flight.id);
        let (changes, answer, expected, seen) = match &flight.wanted {
            Wanted::Refresh(grant, request) => {
                let Some(row) = self.store.grants.get(grant) else {
                    return Ok(None);
                };
                let snapshot = refresh::Snapshot {
                    grant: row.clone(),
                    client: self.client.clone(),
                    standing: self.store.standing_of(row),
                    store: self.store.facts.clone(),
                };
                let decision = refresh(request, &snapshot, now, make::fresh(id));
                let past = &self.rows.grants[grant];
                let verdict = self.expect_refresh(past, flight, request);
                let seen = Seen::of(past);
                let answer = decision.answer.map(|renewed| (*grant, renewed.rotation));
                (decision.changes, answer, verdict, seen)
            }
            Wanted::Redeem(digest, request) => {
                let Some(snapshot) = self.exchange_snapshot(*digest) else {
                    return Ok(None);
                };
                let fresh = exchange::Fresh {
                    grant: make::chance(id),
                    incident: make::chance(id),
                    nonce: make::nonce(id),
                    mac_key: make::key(),
                };
                let decision = exchange(request, &snapshot, now, fresh);
                let (verdict, seen) = self.expect_exchange(*digest, flight, request);
                let answer = decision.answer.map(|grant| (grant.id, grant.rotation));
                (decision.changes, answer, verdict, seen)
            }
        };
        let verdict = settle(expected, &answer);
        let what = match &flight.wanted {
            Wanted::Refresh(..) => "refresh",
            Wanted::Redeem(..) => "redeem",
        };
        self.meet(format!("{what}: {verdict:?}"));
        let said = said(verdict);
        let answered = answer.as_ref().err().copied();
        let wrote = changes.len();
        prop_assert_eq!(
            answered,
            said,
            "{:?}: {:?} wrote {}",
            verdict,
            flight.wanted,
            wrote
        );
        let incident = changes
            .iter()
            .any(|it| matches!(it, Change::IncidentSeen(_)));
        let wants_one = match verdict {
            Verdict::Rotate { two_holders } => two_holders,
            Verdict::Ends(_) => true,
            _ => false,
        };
        prop_assert_eq!(incident, wants_one, "an incident for {:?}", verdict);
        Ok(Some(Loaded {
            changes,
            answer,
            verdict,
            seen,
            at: now,
        }))
    }

    fn exchange_snapshot(&mut self, digest: Digest) -> Option<exchange::Snapshot> {
        if !self.epochs_travel {
            let (user, membership) = (self.store.user.grants, self.store.membership);
            let code = self
                .store
                .codes
                .iter_mut()
                .find(|code| code.digest == digest)?;
            (code.sign_in.user, code.sign_in.membership) = (user, membership);
        }
        let code = self.store.code(digest)?.clone();
        let grant = code
            .redeemed
            .and_then(|(_, id)| self.store.grants.get(&id).cloned());
        let (sign_in, client) = grant
            .as_ref()
            .map_or((code.sign_in, code.client_epoch), |it| {
                (it.sign_in, it.client_epoch)
            });
        Some(exchange::Snapshot {
            client: self.client.clone(),
            standing: self.store.standing(sign_in, client),
            live: self.store.live(self.now),
            store: self.store.facts.clone(),
            grant,
            code,
        })
    }

    /// Commits; true when the request is answered.
    pub(crate) fn commit(
        &mut self,
        flight: &mut Flight,
        fate: Fate,
    ) -> Result<bool, TestCaseError> {
        let Some(loaded) = flight.loaded.take() else {
            return Ok(false);
        };
        if fate == Fate::UnknownLost {
            return Ok(false);
        }
        let fits = self.would_fit(flight, &loaded);
        let done = self.store.commit(&loaded.changes);
        prop_assert_eq!(done, fits, "conflict or not: {:?}", loaded);
        if !done {
            self.meet("a conflict");
            return Ok(false);
        }
        self.apply(flight, &loaded);
        if fate == Fate::Known {
            self.answered(flight, &loaded)?;
        }
        Ok(fate == Fate::Known)
    }

    /// Whether the world that was loaded is still the one that the changes are about.
    fn would_fit(&self, flight: &Flight, loaded: &Loaded) -> bool {
        let seen = &loaded.seen;
        let past = match &flight.wanted {
            Wanted::Refresh(grant, _) => &self.rows.grants[grant],
            Wanted::Redeem(digest, _) => {
                let code = &self.rows.codes[digest];
                match (loaded.verdict, code.redeemed) {
                    (Verdict::Ends(_), Some((_, id))) => &self.rows.grants[&id],
                    (_, redeemed) => {
                        let ended = |id| self.rows.grants[id].ended.is_some();
                        let still = redeemed.is_none() && code.kept == seen.kept;
                        return still && !seen.superseded.iter().any(ended);
                    }
                }
            }
        };
        let now = Seen::of(past);
        let same = past.ended.is_none() && now.generations == seen.generations;
        match loaded.verdict {
            Verdict::Ends(_) => past.ended.is_none(),
            Verdict::Again => same && past.last().retries < 64,
            _ => same && now.retried == seen.retried,
        }
    }

    /// The reference does what its own verdict says.
    fn apply(&mut self, flight: &Flight, loaded: &Loaded) {
        let at = loaded.at;
        let ends = |at: Time, absolute: Time, client: &evergrant_core::issued::Client| {
            at.plus(client.idle_ttl).whole_second().min(absolute)
        };
        let target = match &flight.wanted {
            Wanted::Refresh(grant, _) => *grant,
            Wanted::Redeem(digest, _) => match self.rows.codes[digest].redeemed {
                Some((_, grant)) => grant,
                None => return self.begin(*digest, flight, loaded),
            },
        };
        let incarnation = self.rows.incarnation;
        let past = self.rows.grants.get_mut(&target).unwrap();
        match (loaded.verdict, &flight.wanted) {
            (Verdict::Rotate { .. }, Wanted::Refresh(_, request)) => {
                let began = at.max(past.last().began);
                let presented = &request.presented;
                let before = past.last().nonce;
                past.generations.push(Generation {
                    number: presented.generation + 1,
                    nonce: make::nonce(flight.id),
                    from: Some((presented.nonce, presented.generation)),
                    began,
                    incarnation,
                    made_by: flight.id,
                    retries: 0,
                });
                let adopted = before != presented.nonce;
                past.expires_at = ends(began, past.absolute, &self.client);
                past.presentations += 1;
                if adopted {
                    self.meet("an adoption");
                }
            }
            (Verdict::Again, _) => {
                past.generations.last_mut().unwrap().retries += 1;
                past.presentations += 1;
            }
            (Verdict::Ends(reason), _) => past.ended = Some(reason),
            (other, _) => panic!("{other:?} writes nothing"),
        }
    }

    fn begin(&mut self, digest: Digest, flight: &Flight, loaded: &Loaded) {
        let at = loaded.at;
        let Ok((id, _)) = loaded.answer else {
            panic!("no grant in {loaded:?}")
        };
        let code = self.rows.codes.get_mut(&digest).unwrap();
        code.redeemed = Some((at, id));
        let absolute = at.plus(self.client.absolute_ttl).whole_second();
        let past = Past {
            generations: vec![Generation {
                number: 1,
                nonce: make::nonce(flight.id),
                from: None,
                began: at,
                incarnation: self.rows.incarnation,
                made_by: flight.id,
                retries: 0,
            }],
            presentations: 1,
            expires_at: at.plus(self.client.idle_ttl).whole_second().min(absolute),
            absolute,
            ended: None,
            killed: code.killed,
            floor: 0,
        };
        self.rows.grants.insert(id, past);
        for id in &loaded.seen.superseded {
            self.rows.grants.get_mut(id).unwrap().ended = Some(Reason::Superseded);
        }
    }

    /// The answer leaves: within one incarnation of the store, one token has one successor, and
    /// every answer with that successor is made from the same rotation.
    fn answered(&mut self, flight: &Flight, loaded: &Loaded) -> Outcome {
        let Ok((grant, rotation)) = loaded.answer else {
            return Ok(());
        };
        let asked = match &flight.wanted {
            Wanted::Refresh(_, request) => request.presented.nonce.0,
            Wanted::Redeem(digest, _) => digest.0[..16].try_into().unwrap(),
        };
        let key = (grant, asked, self.store.facts.incarnation);
        let first = *self.answers.entry(key).or_insert(rotation);
        prop_assert_eq!(first, rotation, "two successors of one token");
        let presented = make::token_of(&rotation);
        if !self.tokens.iter().any(|held| held.presented == presented) {
            self.tokens.push(Held { grant, presented });
        }
        Ok(())
    }
}

impl Seen {
    pub(super) fn of(past: &Past) -> Self {
        let (generations, retried) = (past.generations.len(), past.last().retries > 0);
        Self {
            generations,
            retried,
            kept: 0,
            superseded: Vec::new(),
        }
    }
}
