//! Texts of failures that nothing matches.

use evergrant_core::held::unmatched::{MOST, Sighting, Unmatched};
use evergrant_core::id::{TeamId, UnmatchedId};

use crate::commit::any;
use crate::engine::{Outage, Query, Statement};
use crate::page::{Page, PageRequest};
use crate::row::{Columns, text};
use crate::sql::held as sql;
use crate::store::Store;

const TABLE: &str = "unmatched";
/// Sorts behind every id: no digit of an id lies behind this letter.
const BEHIND_ALL: &str = "unmatched_zzzzzzzzzzzzzzzzzzzzzzzzzz";

fn read(columns: &mut Columns) -> Result<Unmatched, Outage> {
    Ok(Unmatched {
        id: columns.parsed(UnmatchedId::parse)?,
        provider: columns.text()?,
        status: columns.number()?,
        text: columns.text()?,
        first_at: columns.time()?,
        last_at: columns.time()?,
        count: columns.number()?,
    })
}

/// Counts a text, and forgets those of its team that were not seen for longest.
pub(crate) fn note(it: &Sighting, id: UnmatchedId) -> [Statement; 2] {
    let values = vec![
        text(&id),
        text(&it.team),
        it.provider.clone().into(),
        u64::from(it.status).into(),
        it.digest().base64url().into(),
        it.text.clone().into(),
        it.at.into(),
    ];
    [
        any(sql::UNMATCHED_NOTE, values),
        any(sql::UNMATCHED_PRUNE, vec![text(&it.team), MOST.into()]),
    ]
}

impl Store {
    /// The texts of a team that nothing matches, what was met last first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn unmatched(
        &self,
        team: TeamId,
        page: &PageRequest,
    ) -> Result<Page<Unmatched>, Outage> {
        let page = PageRequest {
            after: Some(page.after.clone().unwrap_or_else(|| BEHIND_ALL.into())),
            limit: page.limit,
        };
        let key = |it: &Unmatched| it.id.to_string();
        let how = (TABLE, read as fn(&mut Columns) -> _, key);
        self.page(sql::UNMATCHED_OF, vec![text(&team)], &page, how)
            .await
    }

    /// One of them.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn unmatched_text(
        &self,
        team: TeamId,
        id: UnmatchedId,
    ) -> Result<Option<Unmatched>, Outage> {
        let query = Query {
            text: sql::UNMATCHED_ONE,
            values: vec![text(&team), text(&id)],
        };
        self.first(query, TABLE, read).await
    }
}
