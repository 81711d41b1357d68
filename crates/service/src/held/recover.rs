//! Recovery: what dead processes left, and answers that nobody judged. The same work at the start
//! and ever after: a crash needs no special case.

use std::time::Duration;

use evergrant_core::held::attempt::Attempt;
use evergrant_core::held::{Phase, journal};
use evergrant_core::id::ProcessId;

use super::situation::Written;
use super::spool::Legacy;
use crate::settle::TRIES;
use crate::{Failure, Service};

/// How many answers one turn judges at most.
const BATCH: u32 = 256;
/// How often one who waits looks whether another process is done.
const LOOK: Duration = Duration::from_millis(40);
/// After so many looks, about once a second, they see whether it is gone.
const TAKE_OVER_EVERY: u32 = 25;

impl Service {
    /// Pays what this process owes, takes over from processes that are gone, and judges what lies
    /// in the journal.
    ///
    /// # Errors
    /// When the store is away.
    pub async fn recover_held(&self) -> Result<(), Failure> {
        self.pay().await?;
        let mut outcome = Ok(());
        for legacy in self.held.spool.legacies() {
            outcome = outcome.and(self.take_over(legacy).await);
        }
        for attempt in self.store.unjudged(BATCH).await? {
            outcome = outcome.and(self.judge_all(attempt).await);
        }
        outcome
    }

    /// Brings in what a process left that is gone, and says its last words. What can't be opened
    /// stays where it is: it may be another store's, whose own processes will come for it.
    async fn take_over(&self, legacy: Legacy) -> Result<(), Failure> {
        let mut all = true;
        for (slip, sealed) in &legacy.answers {
            if self.drain(*slip, sealed).await? {
                self.held.spool.remove(legacy.process, *slip);
            } else {
                all = false;
            }
        }
        if all {
            self.speak_for(legacy.process).await?;
            self.held.spool.bury(legacy);
        }
        Ok(())
    }

    /// Waits a moment for another process, and now and then takes over from those that are gone.
    pub(crate) async fn wait_for_others(&self, looks: &mut u32) {
        tokio::time::sleep(LOOK).await;
        *looks += 1;
        if looks.is_multiple_of(TAKE_OVER_EVERY)
            && let Err(failure) = self.recover_held().await
        {
            tracing::warn!(?failure, "what was left behind can't be taken over now");
        }
    }

    /// Says for a process that is gone, and whose spool is empty, that it holds no answers.
    async fn speak_for(&self, process: ProcessId) -> Result<(), Failure> {
        for attempt in self.store.open_sends(process).await? {
            for _ in 0..TRIES {
                let Some(found) = self.store.attempt(attempt).await? else {
                    break;
                };
                if self.say_silent(&found, process).await? {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn say_silent(&self, attempt: &Attempt, process: ProcessId) -> Result<bool, Failure> {
        let open = |it: &evergrant_core::held::Sending| it.process == process && it.ended.is_none();
        let Some(send) = attempt.sends.iter().position(open) else {
            return Ok(true);
        };
        let Some(scene) = self.scene_of(attempt).await? else {
            return Ok(true);
        };
        let now = self.world.now();
        let current = scene.is_bound_by(attempt);
        let decision = if current && attempt.phase == Phase::Sent {
            let why = "The process that sent it ended before an answer came.";
            journal::silent(&scene.it, attempt, send, why, now)
        } else {
            journal::word(attempt, send, now)
        };
        let written = self.put(scene.team(), decision).await?.0;
        Ok(written == Written::Done)
    }
}
