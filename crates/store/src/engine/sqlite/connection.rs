//! Connections to the file, with the settings by which acknowledged means on disk.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, OpenFlags};

use crate::engine::{Outage, Row, Value};

/// SQLite's `synchronous` setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Synchronous {
    /// A commit returns once it is on disk.
    Full,
    /// A commit returns earlier. Here for the test that shows what would be lost.
    Normal,
}

/// How long a commit waits for another process's.
const BUSY: Duration = Duration::from_secs(5);
/// How long it breathes between two tries of what can't wait by itself.
const BREATH: Duration = Duration::from_millis(10);
/// More texts than we have: none is prepared twice.
const STATEMENTS: usize = 256;

/// Makes the file, if it is not there, for its owner alone; SQLite gives its log the same mode.
pub(super) fn create_private(path: &Path) -> Result<(), Outage> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Outage(format!("{}: {error}", path.display()))),
    }
}

/// The one connection that writes.
pub(super) fn writer(path: &Path, synchronous: Synchronous) -> Result<Connection, Outage> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let set = |connection: &Connection| {
        to_write_ahead(connection)?;
        connection.pragma_update(None, "foreign_keys", "off")?;
        connection.pragma_update(None, "wal_autocheckpoint", 2000)?;
        connection.pragma_update(None, "secure_delete", "on")?;
        let level = match synchronous {
            Synchronous::Full => "full",
            Synchronous::Normal => "normal",
        };
        connection.pragma_update(None, "synchronous", level)
    };
    set(&connection).map_err(|error| Outage::new(&error))?;
    Ok(connection)
}

/// Switches the file to a write-ahead log. Of several processes that do so to a new file at once
/// SQLite turns all but one away, and does not let them wait as it does at a commit.
fn to_write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut left = BUSY.as_millis() / BREATH.as_millis();
    loop {
        match connection.pragma_update(None, "journal_mode", "wal") {
            Err(error) if left > 0 && is_busy(&error) => {
                left -= 1;
                std::thread::sleep(BREATH);
            }
            other => return other,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> Result<Connection, Outage> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection
        .pragma_update(None, "query_only", "on")
        .map_err(|error| Outage::new(&error))?;
    Ok(connection)
}

fn open(path: &Path, access: OpenFlags) -> Result<Connection, Outage> {
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| Outage(format!("{}: {error}", path.display())))?;
    settle(&connection)?;
    Ok(connection)
}

/// A database of its own, in memory.
pub(super) fn in_memory() -> Result<Connection, Outage> {
    let connection = Connection::open_in_memory().map_err(|error| Outage::new(&error))?;
    settle(&connection)?;
    Ok(connection)
}

/// What every connection needs.
fn settle(connection: &Connection) -> Result<(), Outage> {
    let set = |connection: &Connection| {
        connection.busy_timeout(BUSY)?;
        // A plan must not depend on the values bound, or each binding would plan anew.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
    };
    set(connection).map_err(|error| Outage::new(&error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// A number that is another one after every commit of any other connection, in any process.
pub(super) fn data_version(connection: &Connection) -> Option<u64> {
    let mut statement = connection.prepare_cached("PRAGMA data_version").ok()?;
    let version: i64 = statement.query_row([], |row| row.get(0)).ok()?;
    u64::try_from(version).ok()
}

/// Binds values to `$1`, `$2`, ...
pub(super) fn bind(statement: &mut CachedStatement<'_>, values: &[Value]) -> rusqlite::Result<()> {
    for (index, value) in values.iter().enumerate() {
        let place = index + 1;
        match value {
            Value::Null => statement.raw_bind_parameter(place, rusqlite::types::Null)?,
            Value::Integer(number) => statement.raw_bind_parameter(place, number)?,
            Value::Text(text) => statement.raw_bind_parameter(place, text)?,
            Value::Bytes(bytes) => statement.raw_bind_parameter(place, bytes)?,
        }
    }
    Ok(())
}

/// Runs a question to its end.
pub(super) fn rows(
    connection: &Connection,
    text: &str,
    values: &[Value],
) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(text)?;
    bind(&mut statement, values)?;
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = Vec::with_capacity(columns);
        for column in 0..columns {
            values.push(match row.get_ref(column)? {
                ValueRef::Null => Value::Null,
                ValueRef::Integer(number) => Value::Integer(number),
                ValueRef::Text(text) => Value::Text(std::str::from_utf8(text)?.to_owned()),
                ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
                ValueRef::Real(_) => return Err(rusqlite::Error::InvalidQuery),
            });
        }
        found.push(values);
    }
    Ok(found)
}
