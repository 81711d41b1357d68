//! Incidents.

use evergrant_core::Time;
use evergrant_core::id::{GrantId, IncidentId, TeamId};
use evergrant_core::issued::incident::{Incident, IncidentKind, Story};
use evergrant_core::issued::presenter::Presenter;

use crate::engine::{Outage, Query};
use crate::page::{Page, PageRequest};
use crate::row::{Columns, text};
use crate::sql;
use crate::store::Store;

fn presenter(at: Time, columns: &mut Columns) -> Result<Presenter, Outage> {
    let address = columns.maybe_word(|text| text.parse().ok())?;
    let user_agent = columns.maybe_text()?.unwrap_or_default();
    Ok(Presenter {
        at,
        address,
        user_agent,
    })
}

fn read(columns: &mut Columns) -> Result<Incident, Outage> {
    let id = columns.parsed(IncidentId::parse)?;
    let team = columns.parsed(TeamId::parse)?;
    let grant = columns.parsed(GrantId::parse)?;
    let kind = columns.word(IncidentKind::parse)?;
    let generation = columns.number()?;
    let first_at = columns.maybe_time()?;
    let first = presenter(first_at.unwrap_or_default(), columns)?;
    let second_at = columns.time()?;
    let second = presenter(second_at, columns)?;
    Ok(Incident {
        id,
        team,
        grant,
        kind,
        generation,
        first: first_at.map(|_| first),
        second,
        story: columns.word(Story::parse)?,
        opened_at: columns.time()?,
        count: columns.number()?,
    })
}

impl Store {
    /// The incidents of a team.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn incidents(
        &self,
        team: TeamId,
        page: &PageRequest,
    ) -> Result<Page<Incident>, Outage> {
        let key = |it: &Incident| it.id.to_string();
        self.page(
            sql::INCIDENTS,
            vec![text(&team)],
            page,
            ("incidents", read, key),
        )
        .await
    }

    /// The incidents of a grant.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn incidents_of_grant(&self, grant: GrantId) -> Result<Vec<Incident>, Outage> {
        let query = Query {
            text: sql::INCIDENTS_OF_GRANT,
            values: vec![text(&grant)],
        };
        self.all(query, "incidents", read).await
    }
}
