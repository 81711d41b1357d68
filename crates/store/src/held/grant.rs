//! Held grants, and the tokens that are sealed beside them.

use evergrant_core::ScopeSet;
use evergrant_core::held::{Access, Grant, Kept, Tokens};
use evergrant_core::id::{ConnectionId, GrantId, TeamId};

use crate::engine::{Outage, Query, Value};
use crate::row::{Columns, text};
use crate::seal::Place;
use crate::sql::held as sql;
use crate::store::Store;

const NONE: &str = "none";
const UNTIL: &str = "until";
const ENDLESS: &str = "endless";

pub(super) fn read(columns: &mut Columns) -> Result<Grant, Outage> {
    columns.of("held_grants");
    Ok(Grant {
        id: columns.parsed(GrantId::parse)?,
        team: columns.parsed(TeamId::parse)?,
        connection: columns.parsed(ConnectionId::parse)?,
        generation: columns.number()?,
        scopes: columns.maybe_word(|text| ScopeSet::parse(text).ok())?,
        consented_at: columns.time()?,
        renewed_at: columns.time()?,
        access: {
            let word = columns.text()?;
            match (word.as_str(), columns.maybe_time()?) {
                (NONE, None) => Access::None,
                (UNTIL, Some(end)) => Access::Until(end),
                (ENDLESS, None) => Access::Endless,
                _ => return Err(columns.inconsistent()),
            }
        },
        refreshable: columns.flag()?,
        refresh_expires_at: columns.maybe_time()?,
        refresh_at: columns.maybe_time()?,
        runner_up: columns.flag()?,
    })
}

/// What a generation brings, its sealed tokens, and whose it is.
pub(crate) fn values(it: &Grant, sealed: Vec<u8>) -> Vec<Value> {
    let (word, until) = match it.access {
        Access::None => (NONE, None),
        Access::Until(end) => (UNTIL, Some(end)),
        Access::Endless => (ENDLESS, None),
    };
    vec![
        it.generation.into(),
        it.scopes.as_ref().map_or(Value::Null, text),
        it.consented_at.into(),
        it.renewed_at.into(),
        word.into(),
        until.into(),
        it.refreshable.into(),
        it.refresh_expires_at.into(),
        it.refresh_at.into(),
        it.runner_up.into(),
        Value::Bytes(sealed),
        text(&it.id),
    ]
}

/// The sealed columns of a row, still closed.
pub(super) struct Closed {
    tokens: Option<Vec<u8>>,
    runner_up: Option<Vec<u8>>,
}

impl Closed {
    pub(super) fn read(columns: &mut Columns) -> Result<Self, Outage> {
        Ok(Self {
            tokens: columns.maybe_bytes()?,
            runner_up: columns.maybe_bytes()?,
        })
    }

    /// Both are of this generation. Where they were forgotten, there are none.
    pub(super) fn open(self, store: &Store, grant: &Grant) -> Result<Kept, Outage> {
        let place = Place::tokens(grant.id, grant.generation);
        let tokens = store.maybe_unsealed(&place, self.tokens)?;
        let runner_up: Option<Tokens> = store.maybe_unsealed(&place, self.runner_up)?;
        Ok(Kept {
            tokens: tokens.unwrap_or_default(),
            runner_up,
        })
    }
}

impl Store {
    /// The tokens of a grant, opened; `None` when it is of another generation by now. Of a grant
    /// whose tokens were forgotten there are none.
    ///
    /// # Errors
    /// When the store can't be read, or the tokens do not open.
    pub async fn kept(&self, grant: &Grant) -> Result<Option<Kept>, Outage> {
        let query = Query {
            text: sql::TOKENS_KEPT,
            values: vec![text(&grant.id), grant.generation.into()],
        };
        let open = |columns: &mut Columns| Closed::read(columns)?.open(self, grant);
        self.first(query, "held_grants", open).await
    }
}
