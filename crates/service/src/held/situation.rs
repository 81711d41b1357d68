//! Loading what decides about a connection, and committing what was decided.

use evergrant_core::held::attempt::Attempt;
use evergrant_core::held::{Integration, Provider, Situation};
use evergrant_core::id::{ConnectionId, TeamId};
use evergrant_core::{Actor, Change, Decision};
use evergrant_store::held::Loaded;
use evergrant_store::{CommitError, Outage};

use crate::{Failure, Service};

/// A situation, and the provider that it is about.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) it: Situation,
    pub(crate) integration: Integration,
    pub(crate) provider: Provider,
}

impl Scene {
    pub(crate) fn into_loaded(self) -> Loaded {
        Loaded {
            connection: self.it.connection,
            grant: self.it.grant,
            attempt: self.it.attempt,
            integration: self.integration,
        }
    }

    pub(crate) fn team(&self) -> TeamId {
        self.it.connection.team
    }

    /// Whether this attempt binds the grant's present generation.
    pub(crate) fn is_bound_by(&self, attempt: &Attempt) -> bool {
        let binding = self.it.attempt.as_ref();
        binding.is_some_and(|it| it.id == attempt.id)
    }
}

/// What became of a commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Written {
    /// It is on disk.
    Done,
    /// It is not: the rows changed since they were loaded.
    Moved,
    /// It may be, or not.
    Unknown,
}

impl Service {
    /// What decides about a connection, of one moment.
    pub(crate) async fn scene(&self, connection: ConnectionId) -> Result<Option<Scene>, Outage> {
        let loaded = self.store.connection(connection).await;
        let loaded = loaded.inspect_err(|_| self.store_failed())?;
        Ok(loaded.map(|loaded| self.stage(loaded)))
    }

    /// What decides about the grant of an attempt, be it the connection's present one or not.
    pub(crate) async fn scene_of(&self, attempt: &Attempt) -> Result<Option<Scene>, Outage> {
        let loaded = self.store.loaded_for(attempt).await;
        let loaded = loaded.inspect_err(|_| self.store_failed())?;
        Ok(loaded.map(|loaded| self.stage(loaded)))
    }

    pub(crate) fn stage(&self, loaded: Loaded) -> Scene {
        let provider = self.held.provider(&loaded.integration);
        let it = Situation {
            connection: loaded.connection,
            grant: loaded.grant,
            attempt: loaded.attempt,
            habits: self.held.habits(&loaded.integration),
        };
        Scene {
            it,
            integration: loaded.integration,
            provider,
        }
    }

    /// Writes a decision of the keeper's own.
    pub(crate) async fn put<A>(
        &self,
        team: TeamId,
        decision: Decision<A>,
    ) -> Result<(Written, A), Failure> {
        let Decision { changes, answer } = decision;
        Ok((self.put_changes(team, changes).await?, answer))
    }

    /// Writes a decision about a scene, and gives the scene that it led to, where that is known.
    pub(crate) async fn put_onward<A>(
        &self,
        scene: Scene,
        decision: Decision<A>,
    ) -> Result<(Written, A, Option<Scene>), Failure> {
        let after = scene.it.after(&decision.changes);
        let (written, answer) = self.put(scene.team(), decision).await?;
        let after = after.filter(|_| written == Written::Done);
        let onward = after.map(|it| Scene { it, ..scene });
        Ok((written, answer, onward))
    }

    pub(crate) async fn put_changes(
        &self,
        team: TeamId,
        changes: Vec<Change>,
    ) -> Result<Written, Failure> {
        if changes.is_empty() {
            return Ok(Written::Done);
        }
        match self.write((Some(team), Actor::System), changes).await {
            Ok(()) => Ok(Written::Done),
            Err(CommitError::Conflict) => Ok(Written::Moved),
            Err(CommitError::Unknown(why)) => {
                tracing::warn!(why, "a commit's outcome is unknown; looking");
                Ok(Written::Unknown)
            }
            Err(CommitError::Outage(outage)) => Err(outage.into()),
        }
    }
}
