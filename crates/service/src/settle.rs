//! Load, decide, commit; and again when the world moved on meanwhile.

use evergrant_core::id::TeamId;
use evergrant_core::{Actor, Decision, Time};
use evergrant_store::{Commit, CommitError, Outage};

use crate::{Failure, Service};

/// How often a decision is made before the request is answered "busy, try again".
pub(crate) const TRIES: usize = 4;

impl Service {
    /// Runs one use case to its end. `decide` must be given the same fresh values at every try, or
    /// a commit whose outcome was unknown would not be recognised as its own.
    pub(crate) async fn settle<S, A>(
        &self,
        (team, actor): (Option<TeamId>, Actor),
        load: impl AsyncFn() -> Result<S, Failure>,
        decide: impl Fn(&S, Time) -> Decision<A>,
    ) -> Result<A, Failure> {
        for _ in 0..TRIES {
            let snapshot = load().await?;
            let now = self.world.now();
            let Decision { changes, answer } = decide(&snapshot, now);
            if changes.is_empty() {
                return Ok(answer);
            }
            let chance = self.world.chance();
            let commit = Commit {
                team,
                actor,
                at: now,
                chance,
                changes,
            };
            match self.store.commit(&commit).await {
                Ok(()) => return Ok(answer),
                Err(CommitError::Conflict) => {}
                Err(CommitError::Unknown(why)) => {
                    tracing::warn!(why, "a commit's outcome is unknown; looking");
                    self.store_failed();
                    // Only a store that answers again can tell.
                    self.ready().await?;
                }
                Err(CommitError::Outage(outage)) => {
                    self.store_failed();
                    return Err(outage.into());
                }
            }
        }
        Err(Outage("too many others are changing the same row".into()).into())
    }

    /// Writes changes that rest on nothing that was loaded.
    pub(crate) async fn write(
        &self,
        (team, actor): (Option<TeamId>, Actor),
        changes: Vec<evergrant_core::Change>,
    ) -> Result<(), CommitError> {
        let now = self.world.now();
        let commit = Commit {
            team,
            actor,
            at: now,
            chance: self.world.chance(),
            changes,
        };
        let outcome = self.store.commit(&commit).await;
        if matches!(
            outcome,
            Err(CommitError::Outage(_) | CommitError::Unknown(_))
        ) {
            self.store_failed();
        }
        outcome
    }
}
