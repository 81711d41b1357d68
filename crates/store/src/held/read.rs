//! The read ledger.

use evergrant_core::Time;
use evergrant_core::held::read::{Disclosure, Read, Reader};
use evergrant_core::id::{ConnectionId, GrantId, PersonalTokenId, UserId};

use crate::engine::{Outage, Query, Value};
use crate::page::{Page, PageRequest};
use crate::row::{Columns, text};
use crate::sql::held as sql;
use crate::store::Store;

const OPERATOR: &str = "operator";
/// Sorts behind every grant's id: no digit of an id lies behind this letter.
const BEHIND_ALL: &str = "grant_zzzzzzzzzzzzzzzzzzzzzzzzzz";

/// A row of the ledger: who was given which token, when, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disclosed {
    /// What was disclosed to whom.
    pub disclosure: Disclosure,
    /// When first.
    pub first_at: Time,
    /// When last.
    pub last_at: Time,
    /// How often, as far as it is written down.
    pub count: u64,
}

fn reader(it: Reader) -> String {
    match it {
        Reader::Operator => OPERATOR.into(),
        Reader::User(user) => user.to_string(),
        Reader::PersonalToken(token) => token.to_string(),
    }
}

fn parse_reader(text: &str) -> Option<Reader> {
    if text == OPERATOR {
        return Some(Reader::Operator);
    }
    let user = UserId::parse(text).map(Reader::User);
    user.or_else(|_| PersonalTokenId::parse(text).map(Reader::PersonalToken))
        .ok()
}

/// The values of a row, or of its repeats.
pub(crate) fn values(it: &Read) -> Vec<Value> {
    let disclosure = it.disclosure;
    vec![
        text(&disclosure.connection),
        text(&disclosure.grant),
        disclosure.generation.into(),
        reader(disclosure.reader).into(),
        it.at.into(),
        it.at.into(),
        it.count.into(),
    ]
}

fn read(columns: &mut Columns) -> Result<Disclosed, Outage> {
    Ok(Disclosed {
        disclosure: Disclosure {
            connection: columns.parsed(ConnectionId::parse)?,
            grant: columns.parsed(GrantId::parse)?,
            generation: columns.number()?,
            reader: columns.word(parse_reader)?,
        },
        first_at: columns.time()?,
        last_at: columns.time()?,
        count: columns.number()?,
    })
}

/// A row's place in the list: three columns in one text.
fn place(it: &Disclosed) -> String {
    let of = it.disclosure;
    format!("{} {} {}", of.grant, of.generation, reader(of.reader))
}

/// Where a page begins; what is no place is taken for the beginning.
fn begins(after: Option<&str>) -> [Value; 3] {
    let parts = || {
        let (grant, rest) = after?.split_once(' ')?;
        let (generation, reader) = rest.split_once(' ')?;
        let generation: i64 = generation.parse().ok()?;
        Some([grant.into(), generation.into(), reader.into()])
    };
    parts().unwrap_or_else(|| [BEHIND_ALL.into(), i64::MAX.into(), OPERATOR.into()])
}

impl Store {
    /// Who was given the tokens of a connection; those of the newest grant and generation first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn reads_of(
        &self,
        connection: ConnectionId,
        page: &PageRequest,
    ) -> Result<Page<Disclosed>, Outage> {
        let limit = page.limit.clamp(1, PageRequest::MAX);
        let mut values = vec![text(&connection)];
        values.extend(begins(page.after.as_deref()));
        values.push((i64::from(limit) + 1).into());
        let query = Query {
            text: sql::READS_OF,
            values,
        };
        let items = self.all(query, "reads", read).await?;
        Ok(Page::cut(items, limit, place))
    }
}
