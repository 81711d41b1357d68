//! Load, decide, commit; and again when the world moved on meanwhile.

use evergrant_core::id::{GrantId, TeamId};
use evergrant_core::{Actor, Change, Decision};
use evergrant_store::{Commit, CommitError, Outage};

use crate::{Failure, Service};

/// How often a decision is made before the request is answered "busy, try again".
pub(crate) const TRIES: u32 = 4;

/// One use case on its way: it loads, decides, and hands the decision over, until that is settled.
///
/// Every try must use the same fresh values, or a commit whose outcome was unknown would not be
/// recognised as its own when it is loaded.
pub(crate) struct Settling<'a> {
    service: &'a Service,
    who: (Option<TeamId>, Actor),
    left: u32,
}

impl Settling<'_> {
    /// Makes the decision's changes durable, and then gives its answer; `None` means that the
    /// world moved on, and that it is to be loaded and decided again.
    ///
    /// # Errors
    /// When the store is away, or too many others change the same rows.
    pub(crate) async fn commit<A>(&mut self, decision: Decision<A>) -> Result<Option<A>, Failure> {
        let Decision { changes, answer } = decision;
        if changes.is_empty() {
            return Ok(Some(answer));
        }
        let seen = incidents(&changes);
        match self.service.write(self.who, changes).await {
            Ok(()) => {
                for (grant, kind, story) in seen {
                    tracing::warn!(%grant, kind, story, "an incident was seen");
                }
                return Ok(Some(answer));
            }
            Err(CommitError::Conflict) => {}
            Err(CommitError::Unknown(why)) => {
                tracing::warn!(why, "a commit's outcome is unknown; looking");
                // Only a store that answers again can tell.
                self.service.ready().await?;
            }
            Err(CommitError::Outage(outage)) => return Err(outage.into()),
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return Err(Outage("too many others are changing the same row".into()).into());
        }
        Ok(None)
    }
}

fn incidents(changes: &[Change]) -> Vec<(GrantId, &'static str, &'static str)> {
    let seen = changes.iter().filter_map(|change| match change {
        Change::IncidentSeen(it) => Some((it.grant, it.kind.as_str(), it.story.as_str())),
        _ => None,
    });
    seen.collect()
}

impl Service {
    /// Begins to settle a use case of this actor.
    pub(crate) fn settling(&self, who: (Option<TeamId>, Actor)) -> Settling<'_> {
        Settling {
            service: self,
            who,
            left: TRIES,
        }
    }

    /// Writes changes that rest on nothing that was loaded.
    pub(crate) async fn write(
        &self,
        (team, actor): (Option<TeamId>, Actor),
        changes: Vec<Change>,
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
