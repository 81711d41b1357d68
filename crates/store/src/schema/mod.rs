//! Migrations: inside the binary, forward only, each whole or not at all.

use crate::engine::{CommitError, Engine, Outage, Query, Value};

/// The scripts in order; the position is the version that it leads to, beginning with 1.
///
/// They are written in what both databases understand. A script that was released is never changed.
pub(crate) const SCRIPTS: [&str; 5] = [
    include_str!("0001_issued.sql"),
    include_str!("0002_held.sql"),
    include_str!("0003_told_to_wait.sql"),
    include_str!("0004_diagnosis.sql"),
    include_str!("0005_unmatched.sql"),
];

/// Why the store's tables can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// A newer evergrant was here.
    #[error(
        "the store has schema {found}, and this evergrant knows schemas up to {known} only: \
         use the release that wrote it, or a newer one"
    )]
    Newer {
        /// What the store has.
        found: usize,
        /// What this binary knows.
        known: usize,
    },
    /// The machinery failed; the old tables are as they were.
    #[error(transparent)]
    Outage(#[from] Outage),
}

/// Brings the tables to this binary's version. Several nodes may call it at once.
///
/// # Errors
/// When the store is newer, or can't be reached.
pub async fn migrate(engine: &dyn Engine) -> Result<(), SchemaError> {
    loop {
        let found = version(engine).await?;
        if found > SCRIPTS.len() {
            return Err(SchemaError::Newer {
                found,
                known: SCRIPTS.len(),
            });
        }
        let Some(script) = SCRIPTS.get(found) else {
            return Ok(());
        };
        // Whoever is second fails on the version's row, and looks again.
        let step = format!(
            "{script}\nINSERT INTO schema_versions (version) VALUES ({});",
            found + 1
        );
        match engine.script(&step).await {
            Ok(()) => {}
            Err(error) if version(engine).await? > found => {
                tracing::debug!(%error, "another process migrated first");
            }
            Err(CommitError::Outage(outage)) => return Err(outage.into()),
            Err(error) => return Err(Outage::new(&error).into()),
        }
    }
}

/// The version of the tables that are there; 0 in an empty store.
async fn version(engine: &dyn Engine) -> Result<usize, Outage> {
    let text = "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY);";
    let query = || Query {
        text: crate::sql::SCHEMA_VERSION,
        values: Vec::new(),
    };
    let rows = match engine.read(&[query()]).await {
        Ok(rows) => rows,
        Err(_) => {
            // Two who make it at once: one of them fails, and the table is there for both.
            let made = engine.script(text).await;
            engine.read(&[query()]).await.map_err(|error| match made {
                Err(CommitError::Outage(outage)) => outage,
                _ => error,
            })?
        }
    };
    match rows
        .first()
        .and_then(|rows| rows.first())
        .and_then(|row| row.first())
    {
        Some(Value::Integer(version)) => {
            usize::try_from(*version).map_err(|_| Outage("the schema version is negative".into()))
        }
        _ => Ok(0),
    }
}
