//! Integrations.

use evergrant_core::Secret;
use evergrant_core::held::Integration;
use evergrant_core::id::{IntegrationId, TeamId};

use crate::engine::{Outage, Query, Value};
use crate::held::overrides;
use crate::page::{Page, PageRequest};
use crate::row::{Columns, lines, text};
use crate::seal::Place;
use crate::sql::held as sql;
use crate::store::Store;

pub(super) fn read(columns: &mut Columns) -> Result<Integration, Outage> {
    columns.of("integrations");
    Ok(Integration {
        id: columns.parsed(IntegrationId::parse)?,
        team: columns.parsed(TeamId::parse)?,
        name: columns.text()?,
        provider: columns.text()?,
        client_id: columns.text()?,
        has_secret: columns.flag()?,
        scopes: columns.lines()?,
        overrides: columns.word(overrides::parse)?,
        created_at: columns.time()?,
    })
}

/// The values of a new row. `has_secret` is what the secret's column says.
pub(crate) fn values(it: &Integration, secret: Option<Vec<u8>>) -> Vec<Value> {
    vec![
        text(&it.id),
        text(&it.team),
        it.name.clone().into(),
        it.provider.clone().into(),
        it.client_id.clone().into(),
        secret.into(),
        lines(&it.scopes),
        overrides::write(&it.overrides).into(),
        it.created_at.into(),
    ]
}

impl Store {
    /// An integration, also one that was removed: what is to be ended at its provider needs it.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn integration(&self, id: IntegrationId) -> Result<Option<Integration>, Outage> {
        let query = Query {
            text: sql::INTEGRATION,
            values: vec![text(&id)],
        };
        self.first(query, "integrations", read).await
    }

    /// A team's integration by its name; none that was removed.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn integration_named(
        &self,
        team: TeamId,
        name: &str,
    ) -> Result<Option<Integration>, Outage> {
        let query = Query {
            text: sql::INTEGRATION_NAMED,
            values: vec![text(&team), name.into()],
        };
        self.first(query, "integrations", read).await
    }

    /// The integrations of a team, by name.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn integrations(
        &self,
        team: TeamId,
        page: &PageRequest,
    ) -> Result<Page<Integration>, Outage> {
        let how = ("integrations", read as fn(&mut Columns) -> _, name);
        self.page(sql::INTEGRATIONS, vec![text(&team)], page, how)
            .await
    }

    /// The client secret of an integration, opened, if it has one.
    ///
    /// # Errors
    /// When the store can't be read, or the secret does not open.
    pub async fn integration_secret(&self, id: IntegrationId) -> Result<Option<Secret>, Outage> {
        let query = Query {
            text: sql::INTEGRATION_SECRET,
            values: vec![text(&id)],
        };
        let open = |columns: &mut Columns| {
            columns.text()?;
            let sealed = columns.maybe_bytes()?;
            self.maybe_unsealed(&Place::integration(id), sealed)
        };
        Ok(self.first(query, "integrations", open).await?.flatten())
    }
}

fn name(it: &Integration) -> String {
    it.name.clone()
}
