//! Doing what is due about one connection, step by step, until there is nothing to do now.

use evergrant_core::held::step::{self, Step, Why};
use evergrant_core::held::{journal, judge};
use evergrant_core::id::{AttemptId, ConnectionId};
use evergrant_store::Outage;

use super::flights::Reason;
use super::judging::Judged;
use super::situation::Scene;
use crate::{Failure, Service};

/// More steps than any connection needs at once; beyond it others are changing the same rows.
const STEPS: u32 = 64;

impl Service {
    /// Does everything that is to be done about a connection now. Runs in a task of its own, so
    /// that no caller can cancel what was sent.
    pub(crate) async fn advance(
        &self,
        connection: ConnectionId,
        reason: Reason,
    ) -> Result<(), Failure> {
        let mut why = reason.why;
        // What our own last step led to.
        let mut onward = None;
        for _ in 0..STEPS {
            // Nothing is decided before everything that we know is in the journal.
            self.pay().await?;
            let found = match onward.take() {
                Some(scene) => Some(scene),
                None => self.scene(connection).await?,
            };
            let Some(scene) = found else {
                return Ok(());
            };
            if let Some(saw) = reason.saw {
                why = why.of_one_who_saw(saw, &scene.it.grant);
            }
            let step = step::next(&scene.it, self.held.process(), why, self.world.now());
            match step {
                Step::Rest(until) => return self.reschedule(&scene, until).await,
                Step::Claim => onward = self.claim(scene).await?,
                Step::Send | Step::Replay => {
                    onward = self.send(scene).await?;
                    // One send for one reason: what follows it is a matter of policy and time.
                    why = Why::Due;
                }
                Step::Abort => self.abort(&scene).await?,
                Step::Judge(send) => {
                    let Some(attempt) = &scene.it.attempt else {
                        return Ok(());
                    };
                    let judged = self.judge(&scene, attempt, send).await?;
                    if why == Why::Due && judged == Judged::Rests {
                        return Ok(());
                    }
                }
                Step::GiveUp(cause) => {
                    let decision = judge::give_up(&scene.it, cause, self.world.now());
                    self.put(scene.team(), decision).await?;
                }
            }
        }
        Err(Outage("too many others are changing the same connection".into()).into())
    }

    async fn claim(&self, scene: Scene) -> Result<Option<Scene>, Failure> {
        // Where nothing can be sent, nobody is kept from it by a claim.
        self.open_spool()?;
        let now = self.world.now();
        let id = AttemptId::new(now, self.world.chance());
        let decision = journal::claim(&scene.it, self.held.process(), id, now);
        Ok(self.put_onward(scene, decision).await?.2)
    }

    async fn abort(&self, scene: &Scene) -> Result<(), Failure> {
        let Some(attempt) = &scene.it.attempt else {
            return Ok(());
        };
        let decision = journal::abort(&scene.it, attempt, None, self.world.now());
        self.put(scene.team(), decision).await.map(drop)
    }

    /// Writes down when to look next, where the row says something else.
    async fn reschedule(
        &self,
        scene: &Scene,
        until: Option<evergrant_core::Time>,
    ) -> Result<(), Failure> {
        let standing = &scene.it.connection.standing;
        if standing.due_at == until {
            return Ok(());
        }
        let decision = journal::reschedule(&scene.it, until);
        self.put(scene.team(), decision).await.map(drop)
    }
}
