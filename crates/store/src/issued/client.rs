//! Clients.

use evergrant_core::id::{ClientId, TeamId};
use evergrant_core::issued::client::{Algorithm, Client, GrantTypes, OnTwoHolders, Reach, Replay};
use evergrant_core::{Digest, Span};

use crate::engine::{Outage, Query};
use crate::page::{Page, PageRequest};
use crate::row::{Columns, text};
use crate::sql;
use crate::store::Store;

pub(crate) fn read(columns: &mut Columns) -> Result<Client, Outage> {
    columns.of("clients");
    Ok(Client {
        id: columns.parsed(ClientId::parse)?,
        team: columns.parsed(TeamId::parse)?,
        name: columns.text()?,
        secret: columns.maybe_array()?.map(Digest),
        redirect_uris: columns.lines()?,
        scopes: columns.scopes()?,
        grant_types: columns.parsed(|text| {
            GrantTypes::of(text.split(' ').filter(|it| !it.is_empty())).map_err(|_| ())
        })?,
        replay: Replay::from_seconds(columns.number()?),
        live_access_tokens: columns.number()?,
        live_grants: columns.number()?,
        access_ttl: Span::from_seconds(columns.number()?),
        idle_ttl: Span::from_seconds(columns.number()?),
        absolute_ttl: Span::from_seconds(columns.number()?),
        introspect: columns.word(Reach::parse)?,
        on_two_holders: columns.word(OnTwoHolders::parse)?,
        signing: columns.word(Algorithm::parse)?,
        epoch: columns.number()?,
        created_at: columns.time()?,
        removed_at: columns.maybe_time()?,
    })
}

impl Store {
    /// A client, also one that was removed.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn client(&self, id: ClientId) -> Result<Option<Client>, Outage> {
        let query = Query {
            text: sql::CLIENT,
            values: vec![text(&id)],
        };
        self.first(query, "clients", read).await
    }

    /// The clients of a team.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn clients(&self, team: TeamId, page: &PageRequest) -> Result<Page<Client>, Outage> {
        let values = vec![text(&team)];
        self.page(
            sql::CLIENTS,
            values,
            page,
            ("clients", read, |it| it.id.to_string()),
        )
        .await
    }
}
