//! Grants that are to be ended at their providers.

use evergrant_core::Time;
use evergrant_core::held::Tokens;
use evergrant_core::id::{ConnectionId, GrantId, IntegrationId, RevocationId, TeamId};

use crate::engine::{Outage, Query};
use crate::row::{Columns, text};
use crate::seal::Place;
use crate::sql::held as sql;
use crate::store::Store;

/// A grant that is to be ended at its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Its id.
    pub id: RevocationId,
    /// Whose it is.
    pub team: TeamId,
    /// Of which connection, which may be forgotten by now.
    pub connection: ConnectionId,
    /// By which registration; it may be removed by now, and is kept until this is over.
    pub integration: IntegrationId,
    /// The grant.
    pub grant: GrantId,
    /// What to end it with.
    pub tokens: Tokens,
    /// How many tries there were.
    pub tries: u32,
    /// Since when it is to be ended.
    pub created_at: Time,
    /// When to try next.
    pub due_at: Time,
}

impl Store {
    /// The grants whose end at the provider is due, the longest due first, with their tokens.
    ///
    /// # Errors
    /// When the store can't be read, or the tokens do not open.
    pub async fn revocations_due(&self, now: Time, limit: u32) -> Result<Vec<Revocation>, Outage> {
        let query = Query {
            text: sql::REVOCATIONS_DUE,
            values: vec![now.into(), limit.into()],
        };
        let read = |columns: &mut Columns| {
            let id = columns.parsed(RevocationId::parse)?;
            Ok(Revocation {
                id,
                team: columns.parsed(TeamId::parse)?,
                connection: columns.parsed(ConnectionId::parse)?,
                integration: columns.parsed(IntegrationId::parse)?,
                grant: columns.parsed(GrantId::parse)?,
                tokens: {
                    let sealed = columns.bytes()?;
                    self.sealer().opened(&Place::revocation(id), &sealed)?
                },
                tries: columns.number()?,
                created_at: columns.time()?,
                due_at: columns.time()?,
            })
        };
        self.all(query, "revocations", read).await
    }

    /// Whether other living connections of its integration have the account of a connection whose
    /// grant is to be ended: `Some(false)` if none has, `None` if nobody can tell for one of them.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn has_sibling(&self, due: &Revocation) -> Result<Option<bool>, Outage> {
        let query = Query {
            text: sql::REVOCATION_BESIDE,
            values: vec![text(&due.connection), text(&due.integration)],
        };
        let found = self
            .first(query, "connections", Columns::maybe_number)
            .await?
            .flatten();
        Ok(match found {
            None => Some(false),
            Some(0) => None,
            Some(_) => Some(true),
        })
    }
}
