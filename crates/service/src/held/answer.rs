//! What came of a send is written down first. What can't be written down is owed: an answer goes to
//! the spool, a word stays in memory. Both are paid before anything else is decided.

use std::sync::{Arc, MutexGuard, PoisonError};

use evergrant_core::held::attempt::Attempt;
use evergrant_core::held::{RawAnswer, journal};
use evergrant_core::id::{AttemptId, TeamId};
use evergrant_core::{Decision, Time};

use super::situation::{Scene, Written};
use super::spool::Slip;
use crate::settle::TRIES;
use crate::{Failure, Service};

/// Something that the journal does not know yet.
#[derive(Clone, Debug)]
pub(crate) struct Owed {
    pub(crate) team: TeamId,
    pub(crate) attempt: AttemptId,
    pub(crate) send: usize,
    pub(crate) what: What,
}

/// What came of a send.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// An answer.
    Answer(Box<RawAnswer>),
    /// No answer, and we hold none.
    Silence(String),
    /// Not a byte left.
    NotSent,
    /// It may not even be in the journal; if it is, not a byte left.
    NeverBegun(Time),
}

impl Service {
    /// Writes down what came of a send, now or as soon as the store is back. Whoever knows the
    /// scene that they left says so, and gets the one that this led to, if that is known.
    pub(crate) async fn owe(
        &self,
        owed: Owed,
        scene: Option<Scene>,
    ) -> Result<Option<Scene>, Failure> {
        let written = match self.keep_at_once(&owed, scene).await {
            Ok(None) => self.write_down(&owed).await,
            Ok(onward) => return Ok(onward),
            Err(failure) => Err(failure),
        };
        match written {
            Ok(true) => return Ok(None),
            Ok(false) => {}
            Err(failure) => tracing::warn!(?failure, "the store is away; an outcome is kept here"),
        }
        if let What::Answer(answer) = &owed.what {
            let slip = Slip {
                attempt: owed.attempt,
                send: owed.send,
            };
            let sealed = self.store.seal_answer(owed.attempt, owed.send, answer);
            match sealed.map(|sealed| self.held.spool.put(slip, &sealed)) {
                Ok(Ok(())) => return Ok(None),
                Ok(Err(error)) => tracing::error!(%error, "the spool can't be written"),
                Err(error) => tracing::error!(%error, "an answer can't be sealed"),
            }
        }
        // Whatever else fails, this process knows it as long as it lives.
        self.owed().push(Arc::new(owed));
        Ok(None)
    }

    /// Keeps an answer beside the rows that its sender left. Nothing where others wrote since, or
    /// where it is not an answer that came.
    async fn keep_at_once(
        &self,
        owed: &Owed,
        scene: Option<Scene>,
    ) -> Result<Option<Scene>, Failure> {
        let (What::Answer(answer), Some(scene)) = (&owed.what, scene) else {
            return Ok(None);
        };
        let Some(attempt) = &scene.it.attempt else {
            return Ok(None);
        };
        let now = self.world.now();
        let decision = journal::received(attempt, owed.send, (**answer).clone(), now);
        Ok(self.put_onward(scene, decision).await?.2)
    }

    fn owed(&self) -> MutexGuard<'_, Vec<Arc<Owed>>> {
        let owed = self.held.owed.lock();
        owed.unwrap_or_else(PoisonError::into_inner)
    }

    /// Pays what is owed: words in memory, then our own spool.
    pub(crate) async fn pay(&self) -> Result<(), Failure> {
        loop {
            // It is crossed out when it is written, and not before: who waits here may be cut off.
            let owed = self.owed().last().map(Arc::clone);
            let Some(owed) = owed else { break };
            if !self.write_down(&owed).await? {
                return Err(evergrant_store::Outage("an outcome can't be written".into()).into());
            }
            self.owed().retain(|it| !Arc::ptr_eq(it, &owed));
        }
        for (slip, sealed) in self.held.spool.own() {
            if self.drain(slip, &sealed).await? {
                self.held.spool.remove(self.held.process(), slip);
            }
        }
        Ok(())
    }

    /// Brings an answer from a spool into the journal. `false`: it can't be opened.
    pub(crate) async fn drain(&self, slip: Slip, sealed: &[u8]) -> Result<bool, Failure> {
        let answer = match self.store.open_answer(slip.attempt, slip.send, sealed) {
            Ok(answer) => answer,
            Err(error) => {
                // Damaged, or of another store.
                tracing::error!(%error, attempt = %slip.attempt, "a spooled answer does not open");
                return Ok(false);
            }
        };
        let Some(attempt) = self.store.attempt(slip.attempt).await? else {
            return Ok(true);
        };
        let Some(scene) = self.scene_of(&attempt).await? else {
            return Ok(true);
        };
        let owed = Owed {
            team: scene.team(),
            attempt: slip.attempt,
            send: slip.send,
            what: What::Answer(Box::new(answer)),
        };
        if self.write_down(&owed).await? {
            return Ok(true);
        }
        Err(evergrant_store::Outage("a spooled answer can't be written".into()).into())
    }

    /// Writes down what came of a send. `false`: it is not known whether it was written.
    async fn write_down(&self, owed: &Owed) -> Result<bool, Failure> {
        for _ in 0..TRIES {
            let Some(attempt) = self.store.attempt(owed.attempt).await? else {
                // Its connection is gone for good, and its journal with it.
                return Ok(true);
            };
            let Some(decision) = self.noted(&attempt, owed).await? else {
                return Ok(true);
            };
            match self.put(owed.team, decision).await?.0 {
                Written::Done => return Ok(true),
                // What was written, if it was, is found when it is loaded again.
                Written::Moved | Written::Unknown => {}
            }
        }
        Ok(false)
    }

    /// What is to be written, or nothing if it stands there already.
    async fn noted(&self, attempt: &Attempt, owed: &Owed) -> Result<Option<Decision<()>>, Failure> {
        let Some(send) = attempt.sends.get(owed.send) else {
            return Ok(None);
        };
        let now = self.world.now();
        if let What::Answer(answer) = &owed.what {
            // Whoever gave us up may have ended this send by their own word; an answer outweighs
            // it.
            let known = send.ended.is_some_and(|end| end.status.is_some());
            let decision = || journal::received(attempt, owed.send, (**answer).clone(), now);
            return Ok((!known).then(decision));
        }
        if send.ended.is_some() || send.process != self.held.process() {
            return Ok(None);
        }
        let Some(scene) = self.scene_of(attempt).await? else {
            return Ok(None);
        };
        let current = scene.is_bound_by(attempt);
        Ok(match &owed.what {
            What::NeverBegun(begun_at) if send.begun_at != *begun_at => None,
            What::NeverBegun(_) | What::NotSent if current => {
                Some(journal::not_sent(&scene.it, attempt, owed.send, now))
            }
            What::Silence(why) if current => {
                Some(journal::silent(&scene.it, attempt, owed.send, why, now))
            }
            // The generation moved on; only the word itself is left to say.
            _ => Some(journal::word(attempt, owed.send, now)),
        })
    }
}
