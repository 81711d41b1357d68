//! Connections, each loaded with everything that decides about it.

use evergrant_core::Time;
use evergrant_core::held::State;
use evergrant_core::held::{Account, Attempt, Connection, Grant, Integration, Kept, Standing};
use evergrant_core::id::{ConnectionId, GrantId, IntegrationId, TeamId, UserId};

use crate::engine::{Outage, Query, Value};
use crate::held::grant::Closed;
use crate::held::{attempt, diagnosis, grant, integration};
use crate::page::{Page, PageRequest};
use crate::row::{Columns, text};
use crate::sql::held as sql;
use crate::store::Store;

/// A connection with a grant, of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The connection.
    pub connection: Connection,
    /// Its grant.
    pub grant: Grant,
    /// The attempt that binds the grant's present generation, if there is one.
    pub attempt: Option<Attempt>,
    /// By which registration it was made.
    pub integration: Integration,
}

fn read_connection(columns: &mut Columns) -> Result<Connection, Outage> {
    columns.of("connections");
    let connection = Connection {
        id: columns.parsed(ConnectionId::parse)?,
        team: columns.parsed(TeamId::parse)?,
        name: columns.text()?,
        integration: columns.parsed(IntegrationId::parse)?,
        owner: columns.maybe_word(|text| UserId::parse(text).ok())?,
        scopes: columns.scopes()?,
        account: {
            let id = columns.maybe_text()?;
            let label = columns.maybe_text()?;
            id.map(|id| Account { id, label })
        },
        grant: Some(columns.parsed(GrantId::parse)?),
        created_at: columns.time()?,
        standing: Standing {
            state: columns.word(State::parse)?,
            since: columns.time()?,
            failures: columns.number()?,
            retry_at: columns.maybe_time()?,
            told_to_wait: columns.flag()?,
            due_at: columns.maybe_time()?,
            diagnosis: diagnosis::read(columns)?,
        },
        version: columns.number()?,
    };
    Ok(connection)
}

fn read(columns: &mut Columns) -> Result<Loaded, Outage> {
    Ok(Loaded {
        connection: read_connection(columns)?,
        grant: grant::read(columns)?,
        integration: integration::read(columns)?,
        attempt: attempt::read_joined(columns)?,
    })
}

/// The values of what changes with every try.
pub(crate) fn standing(it: &Standing) -> Vec<Value> {
    let mut values = vec![
        it.state.as_str().into(),
        it.since.into(),
        it.failures.into(),
        it.retry_at.into(),
        it.told_to_wait.into(),
        it.due_at.into(),
    ];
    values.extend(diagnosis::values(it.diagnosis.as_ref()));
    values
}

/// The values of a new row. Its grant is made with it, and stays named by it.
pub(crate) fn values(it: &Connection, grant: GrantId) -> Vec<Value> {
    let account = it.account.as_ref();
    let mut values = vec![
        text(&it.id),
        text(&it.team),
        it.name.clone().into(),
        text(&it.integration),
        it.owner.as_ref().map_or(Value::Null, text),
        text(&it.scopes),
        account.map(|it| it.id.clone()).into(),
        account.and_then(|it| it.label.clone()).into(),
        text(&grant),
        it.created_at.into(),
    ];
    values.extend(standing(&it.standing));
    values.push(it.version.into());
    values
}

fn by_name(it: &Loaded) -> String {
    it.connection.name.clone()
}

fn by_id(it: &Loaded) -> String {
    it.connection.id.to_string()
}

const TABLE: &str = "connections";

impl Store {
    /// A connection with its grant; a removed one too as long as its rows are kept.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn connection(&self, id: ConnectionId) -> Result<Option<Loaded>, Outage> {
        let query = Query {
            text: sql::CONNECTION,
            values: vec![text(&id)],
        };
        self.first(query, TABLE, read).await
    }

    /// A team's connection by its name; none that was removed.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn connection_named(
        &self,
        team: TeamId,
        name: &str,
    ) -> Result<Option<Loaded>, Outage> {
        let query = Query {
            text: sql::CONNECTION_NAMED,
            values: vec![text(&team), name.into()],
        };
        self.first(query, TABLE, read).await
    }

    /// As [`Store::connection_named`], with the tokens of that same moment, opened.
    ///
    /// # Errors
    /// When the store can't be read, or the tokens do not open.
    pub async fn readable(
        &self,
        team: TeamId,
        name: &str,
    ) -> Result<Option<(Loaded, Kept)>, Outage> {
        let query = Query {
            text: sql::CONNECTION_READABLE,
            values: vec![text(&team), name.into()],
        };
        let open = |columns: &mut Columns| {
            let closed = Closed::read(columns)?;
            let loaded = read(columns)?;
            let kept = closed.open(self, &loaded.grant)?;
            Ok((loaded, kept))
        };
        self.first(query, TABLE, open).await
    }

    /// The connections of a team, by name; none that was removed.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn connections(
        &self,
        team: TeamId,
        page: &PageRequest,
    ) -> Result<Page<Loaded>, Outage> {
        let how = (TABLE, read as fn(&mut Columns) -> _, by_name);
        self.page(sql::CONNECTIONS, vec![text(&team)], page, how)
            .await
    }

    /// The connections of an integration, by id; none that was removed.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn connections_of(
        &self,
        integration: IntegrationId,
        page: &PageRequest,
    ) -> Result<Page<Loaded>, Outage> {
        let how = (TABLE, read as fn(&mut Columns) -> _, by_id);
        self.page(sql::CONNECTIONS_OF, vec![text(&integration)], page, how)
            .await
    }

    /// The connection of an attempt, with the attempt's own grant, which may not be the one that
    /// the connection has now, and with the attempt that binds that grant's present generation.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn loaded_for(&self, attempt: &Attempt) -> Result<Option<Loaded>, Outage> {
        let query = Query {
            text: sql::CONNECTION_OF_GRANT,
            values: vec![text(&attempt.grant)],
        };
        self.first(query, TABLE, read).await
    }

    /// The integrations that have a connection which is due. Costs one probe of an index for each
    /// integration there is.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn integrations_due(&self, now: Time) -> Result<Vec<IntegrationId>, Outage> {
        let query = Query {
            text: sql::INTEGRATIONS_DUE,
            values: vec![now.into()],
        };
        let id = |columns: &mut Columns| columns.parsed(IntegrationId::parse);
        self.all(query, "integrations", id).await
    }

    /// The connections of an integration that are due, the longest due first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn due(
        &self,
        integration: IntegrationId,
        now: Time,
        limit: u32,
    ) -> Result<Vec<ConnectionId>, Outage> {
        let query = Query {
            text: sql::CONNECTIONS_DUE,
            values: vec![text(&integration), now.into(), limit.into()],
        };
        let id = |columns: &mut Columns| columns.parsed(ConnectionId::parse);
        self.all(query, TABLE, id).await
    }

    /// The connections of an integration that wait until then, and for nothing but their own
    /// backoff after a failure; the first to come first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn waiting(
        &self,
        integration: IntegrationId,
        (now, until): (Time, Time),
        limit: u32,
    ) -> Result<Vec<ConnectionId>, Outage> {
        let query = Query {
            text: sql::CONNECTIONS_WAITING,
            values: vec![text(&integration), now.into(), until.into(), limit.into()],
        };
        let id = |columns: &mut Columns| columns.parsed(ConnectionId::parse);
        self.all(query, TABLE, id).await
    }

    /// When the next connection is due, or was.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn next_due(&self) -> Result<Option<Time>, Outage> {
        let query = Query {
            text: sql::NEXT_DUE,
            values: Vec::new(),
        };
        Ok(self
            .first(query, TABLE, Columns::maybe_time)
            .await?
            .flatten())
    }
}
