//! The journal: attempts with their sends, and the answers that are kept of them.

use evergrant_core::Time;
use evergrant_core::held::attempt::Ended;
use evergrant_core::held::{Attempt, How, Kind, Phase, RawAnswer, Sending};
use evergrant_core::id::{AttemptId, ConnectionId, GrantId, ProcessId};

use crate::engine::{Outage, Query, Value};
use crate::held::diagnosis;
use crate::page::{Page, PageRequest};
use crate::row::{Columns, text};
use crate::seal::Place;
use crate::sql::held as sql;
use crate::store::Store;

const TABLE: &str = "attempts";
/// Sorts behind every id: no digit of an id lies behind this letter.
const BEHIND_ALL: &str = "attempt_zzzzzzzzzzzzzzzzzzzzzzzzzz";
/// Stands in a line for what is not there.
const ABSENT: &str = "-";

/// Who sent, when; and, once it ended, when, how, with which status: a line for each send.
fn write_sends(sends: &[Sending]) -> String {
    let line = |it: &Sending| {
        let mut line = format!("{} {}", it.process, it.begun_at.micros());
        if let Some(end) = it.ended {
            let status = end
                .status
                .map_or_else(|| ABSENT.into(), |it| it.to_string());
            line = format!("{line} {} {} {status}", end.at.micros(), end.how.as_str());
        }
        line
    };
    sends.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn parse_send(line: &str) -> Option<Sending> {
    let mut words = line.split(' ');
    let time = |text: &str| text.parse().ok().map(Time::from_micros);
    let process = ProcessId::parse(words.next()?).ok()?;
    let begun_at = time(words.next()?)?;
    let ended = match words.next() {
        None => None,
        Some(at) => Some(Ended {
            at: time(at)?,
            how: How::parse(words.next()?)?,
            status: match words.next()? {
                ABSENT => None,
                status => Some(status.parse().ok()?),
            },
        }),
    };
    words.next().is_none().then_some(Sending {
        process,
        begun_at,
        ended,
    })
}

fn parse_sends(text: &str) -> Option<Vec<Sending>> {
    text.lines().map(parse_send).collect()
}

/// The processes with a send that has not ended.
fn open_by(attempt: &Attempt) -> Option<String> {
    let open = attempt.sends.iter().filter(|it| it.ended.is_none());
    let names: Vec<_> = open.map(|it| it.process.to_string()).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

fn read_rest(id: AttemptId, columns: &mut Columns) -> Result<Attempt, Outage> {
    Ok(Attempt {
        id,
        connection: columns.parsed(ConnectionId::parse)?,
        grant: columns.parsed(GrantId::parse)?,
        generation: columns.number()?,
        kind: columns.word(Kind::parse)?,
        phase: columns.word(Phase::parse)?,
        claimed_by: columns.parsed(ProcessId::parse)?,
        claimed_at: columns.time()?,
        sends: columns.word(parse_sends)?,
        ended_at: columns.maybe_time()?,
        diagnosis: diagnosis::read(columns)?,
        revision: columns.number()?,
    })
}

pub(super) fn read(columns: &mut Columns) -> Result<Attempt, Outage> {
    let id = columns.parsed(AttemptId::parse)?;
    read_rest(id, columns)
}

/// The last columns of a row: of an attempt that may be missing.
pub(super) fn read_joined(columns: &mut Columns) -> Result<Option<Attempt>, Outage> {
    columns.of(TABLE);
    match columns.maybe_word(|text| AttemptId::parse(text).ok())? {
        Some(id) => read_rest(id, columns).map(Some),
        None => Ok(None),
    }
}

fn read_id(columns: &mut Columns) -> Result<AttemptId, Outage> {
    columns.parsed(AttemptId::parse)
}

/// What changes of an attempt, and its id.
pub(crate) fn values(it: &Attempt) -> Vec<Value> {
    let mut values = vec![
        it.phase.as_str().into(),
        text(&it.claimed_by),
        it.claimed_at.into(),
        write_sends(&it.sends).into(),
        it.ended_at.into(),
    ];
    values.extend(diagnosis::values(it.diagnosis.as_ref()));
    values.extend([
        it.revision.into(),
        it.phase.binds().into(),
        it.unjudged().is_some().into(),
        open_by(it).into(),
        text(&it.id),
    ]);
    values
}

impl Store {
    /// An attempt.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn attempt(&self, id: AttemptId) -> Result<Option<Attempt>, Outage> {
        let query = Query {
            text: sql::ATTEMPT,
            values: vec![text(&id)],
        };
        self.first(query, TABLE, read).await
    }

    /// Attempts with an answer that waits to be judged, the oldest first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn unjudged(&self, limit: u32) -> Result<Vec<AttemptId>, Outage> {
        let query = Query {
            text: sql::ATTEMPTS_UNJUDGED,
            values: vec![limit.into()],
        };
        self.all(query, TABLE, read_id).await
    }

    /// Attempts with a send of this process that has not ended, the oldest first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn open_sends(&self, process: ProcessId) -> Result<Vec<AttemptId>, Outage> {
        let query = Query {
            text: sql::ATTEMPTS_OPEN,
            values: vec![text(&process)],
        };
        self.all(query, TABLE, read_id).await
    }

    /// The attempts of a connection, the newest first.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn history(
        &self,
        connection: ConnectionId,
        page: &PageRequest,
    ) -> Result<Page<Attempt>, Outage> {
        let page = PageRequest {
            after: Some(page.after.clone().unwrap_or_else(|| BEHIND_ALL.into())),
            limit: page.limit,
        };
        let key = |it: &Attempt| it.id.to_string();
        let how = (TABLE, read as fn(&mut Columns) -> _, key);
        self.page(sql::ATTEMPTS_OF, vec![text(&connection)], &page, how)
            .await
    }

    /// A kept answer, opened. Sends are counted from 0.
    ///
    /// # Errors
    /// When the store can't be read, or the answer does not open.
    pub async fn answer(
        &self,
        attempt: AttemptId,
        send: usize,
    ) -> Result<Option<RawAnswer>, Outage> {
        let query = Query {
            text: sql::ANSWER,
            values: vec![text(&attempt), place_of(send)],
        };
        let open = |columns: &mut Columns| {
            let sealed = columns.bytes()?;
            self.sealer().opened(&Place::answer(attempt, send), &sealed)
        };
        self.first(query, "answers", open).await
    }

    /// Seals an answer for the spool, where it stands while the store is away.
    ///
    /// # Errors
    /// When there is no key to seal with.
    pub fn seal_answer(
        &self,
        attempt: AttemptId,
        send: usize,
        answer: &RawAnswer,
    ) -> Result<Vec<u8>, Outage> {
        self.sealer().sealed(&Place::spool(attempt, send), answer)
    }

    /// Opens what [`Store::seal_answer`] sealed.
    ///
    /// # Errors
    /// When it was damaged, or is of another attempt or send.
    pub fn open_answer(
        &self,
        attempt: AttemptId,
        send: usize,
        sealed: &[u8],
    ) -> Result<RawAnswer, Outage> {
        self.sealer().opened(&Place::spool(attempt, send), sealed)
    }
}

/// The number of a send as it is written.
pub(crate) fn place_of(send: usize) -> Value {
    Value::Integer(i64::try_from(send).unwrap_or(i64::MAX))
}
