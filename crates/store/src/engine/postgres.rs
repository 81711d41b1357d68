//! PostgreSQL 15 or later: the same texts, a pool of connections, the same promises.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use evergrant_core::Time;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::{DbError, Severity, SqlState};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};
use tokio_postgres::{Config, IsolationLevel, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::engine::{CommitError, Engine, Expect, Outage, Pending, Query, Row, Statement, Value};

/// The oldest release whose behaviour was tested.
const OLDEST: i32 = 150_000;
const CONNECT: Duration = Duration::from_secs(5);
/// After this a server is taken for hung. Longer than its own limit on a statement, so that its own
/// word is heard first.
const ANSWER: Duration = Duration::from_secs(15);
/// Longer than any statement of ours, shorter than a caller's patience.
const SETTINGS: &str = "-c statement_timeout=10000 -c lock_timeout=5000 -c timezone=UTC";

/// A PostgreSQL database.
pub struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Connects, and refuses a server on which acknowledged does not mean on disk.
    ///
    /// # Errors
    /// The address is malformed, the server can't be reached, is too old, or may lose commits.
    pub async fn connect(url: &str, connections: usize) -> Result<Self, Outage> {
        let mut config = Config::from_str(url)
            .map_err(|_| Outage("the database address is malformed".into()))?;
        config
            .connect_timeout(CONNECT)
            .application_name("evergrant");
        let options = match config.get_options() {
            Some(own) => format!("{own} {SETTINGS}"),
            None => SETTINGS.to_owned(),
        };
        config.options(options);
        let how = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = match config.get_ssl_mode() {
            SslMode::Disable => Manager::from_config(config, NoTls, how),
            _ => Manager::from_config(config, tls()?, how),
        };
        let pool = Pool::builder(manager)
            .max_size(connections.max(2))
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .wait_timeout(Some(CONNECT))
            .create_timeout(Some(CONNECT))
            .post_create(Hook::async_fn(|client, _| {
                Box::pin(async move {
                    in_time(is_durable(client))
                        .await
                        .flatten()
                        .map_err(|why| HookError::message(why.0))
                })
            }))
            .build()
            .map_err(|error| Outage::new(&error))?;
        let this = Self { pool };
        drop(this.connection().await?);
        Ok(this)
    }

    async fn connection(&self) -> Result<Object, Outage> {
        self.pool
            .get()
            .await
            .map_err(|error| Outage(explain(&error)))
    }
}

fn tls() -> Result<MakeRustlsConnect, Outage> {
    let roots = rustls::RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Outage::new(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Waits for an answer, but not for ever: a server that hangs closes nothing.
async fn in_time<T>(answer: impl Future<Output = T>) -> Result<T, Outage> {
    let late = |_| Outage("the server gave no answer in time".into());
    tokio::time::timeout(ANSWER, answer).await.map_err(late)
}

/// A connection goes back to its pool only after work that ended well: whoever came next would wait
/// for an answer that is still due, or find that it was closed.
fn give_back(client: Object, ended_well: bool) {
    if !ended_well {
        drop(Object::take(client));
    }
}

/// The driver's own text says little; its source says what happened.
fn explain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// DESIGN section 8: acknowledged means on disk.
async fn is_durable(client: &tokio_postgres::Client) -> Result<(), Outage> {
    let text = "SELECT current_setting('server_version_num')::int, current_setting('fsync'), \
                current_setting('synchronous_commit'), current_setting('full_page_writes')";
    let row = client
        .query_one(text, &[])
        .await
        .map_err(|error| Outage(explain(&error)))?;
    let version: i32 = row.get(0);
    if version < OLDEST {
        return Err(Outage(format!(
            "PostgreSQL {} is too old: 15 or later is needed",
            version / 10_000
        )));
    }
    let (fsync, commit, pages): (&str, &str, &str) = (row.get(1), row.get(2), row.get(3));
    if fsync != "on" || pages != "on" || !matches!(commit, "on" | "remote_apply") {
        return Err(Outage(format!(
            "this server may lose acknowledged commits (fsync={fsync}, \
             full_page_writes={pages}, synchronous_commit={commit}): all three must be on"
        )));
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => number.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Bytes(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::TEXT | Type::VARCHAR | Type::BYTEA)
    }

    fn to_sql_checked(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let fits = match self {
            Self::Null => true,
            Self::Integer(_) => *ty == Type::INT8,
            Self::Text(_) => matches!(*ty, Type::TEXT | Type::VARCHAR),
            Self::Bytes(_) => *ty == Type::BYTEA,
        };
        if fits {
            self.to_sql(ty, out)
        } else {
            Err(format!("a value is no {ty}").into())
        }
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

fn row(found: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    let value = |(index, column): (usize, &tokio_postgres::Column)| {
        Ok(match *column.type_() {
            Type::INT8 => found.try_get::<_, Option<i64>>(index)?.map(Value::Integer),
            Type::INT4 => found
                .try_get::<_, Option<i32>>(index)?
                .map(|it| Value::Integer(it.into())),
            Type::BYTEA => found
                .try_get::<_, Option<Vec<u8>>>(index)?
                .map(Value::Bytes),
            _ => found.try_get::<_, Option<String>>(index)?.map(Value::Text),
        }
        .unwrap_or(Value::Null))
    };
    found.columns().iter().enumerate().map(value).collect()
}

async fn rows(
    client: &deadpool_postgres::ClientWrapper,
    query: &Query,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let prepared = client.prepare_cached(query.text).await?;
    let found = client.query(&prepared, &parameters(&query.values)).await?;
    found.iter().map(row).collect()
}

async fn answers(client: &mut Object, queries: &[Query]) -> Result<Vec<Vec<Row>>, Outage> {
    let outage = |error: tokio_postgres::Error| Outage(explain(&error));
    if let [only] = queries {
        return Ok(vec![rows(client, only).await.map_err(outage)?]);
    }
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(outage)?;
    let mut answers = Vec::with_capacity(queries.len());
    for query in queries {
        let prepared = transaction
            .prepare_cached(query.text)
            .await
            .map_err(outage)?;
        let found = transaction
            .query(&prepared, &parameters(&query.values))
            .await;
        let found: Result<Vec<Row>, _> = found.map_err(outage)?.iter().map(row).collect();
        answers.push(found.map_err(outage)?);
    }
    transaction.commit().await.map_err(outage)?;
    Ok(answers)
}

async fn write(client: &mut Object, statements: &[Statement]) -> Result<(), CommitError> {
    if let [only] = statements {
        // One statement commits by itself: its lost answer is a lost commit's.
        let prepared = client
            .prepare_cached(only.text)
            .await
            .map_err(|error| before_commit(&error))?;
        let changed = client
            .execute(&prepared, &parameters(&only.values))
            .await
            .map_err(|error| at_commit(&error))?;
        return guard(only, changed);
    }
    let transaction = client
        .transaction()
        .await
        .map_err(|error| before_commit(&error))?;
    for statement in statements {
        let failed = |error: tokio_postgres::Error| before_commit(&error);
        let prepared = transaction
            .prepare_cached(statement.text)
            .await
            .map_err(failed)?;
        let values = parameters(&statement.values);
        let changed = transaction
            .execute(&prepared, &values)
            .await
            .map_err(failed)?;
        // Dropped without a commit, the transaction is rolled back.
        guard(statement, changed)?;
    }
    transaction
        .commit()
        .await
        .map_err(|error| at_commit(&error))
}

impl Postgres {
    async fn answer(&self, queries: &[Query]) -> Result<Vec<Vec<Row>>, Outage> {
        let mut client = self.connection().await?;
        let answers = in_time(answers(&mut client, queries)).await.flatten();
        give_back(client, answers.is_ok());
        answers
    }

    async fn write(&self, statements: &[Statement]) -> Result<(), CommitError> {
        let mut client = self.connection().await?;
        let outcome = in_time(write(&mut client, statements)).await;
        let outcome = outcome.unwrap_or_else(|late| Err(CommitError::Unknown(late.0)));
        give_back(
            client,
            matches!(outcome, Ok(()) | Err(CommitError::Conflict)),
        );
        outcome
    }
    async fn run_script(&self, script: &str) -> Result<(), CommitError> {
        let mut client = self.connection().await?;
        let transaction = client
            .transaction()
            .await
            .map_err(|error| before_commit(&error))?;
        transaction
            .batch_execute(script)
            .await
            .map_err(|error| before_commit(&error))?;
        transaction
            .commit()
            .await
            .map_err(|error| at_commit(&error))
    }
}

fn guard(statement: &Statement, changed: u64) -> Result<(), CommitError> {
    if changed == 0 && statement.expect == Expect::Changed {
        return Err(CommitError::Conflict);
    }
    Ok(())
}

fn is_conflict(error: &DbError) -> bool {
    [
        SqlState::UNIQUE_VIOLATION,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
    ]
    .contains(error.code())
}

/// An error before the commit was asked for: nothing was written, whatever it is.
fn before_commit(error: &tokio_postgres::Error) -> CommitError {
    match error.as_db_error() {
        Some(known) if is_conflict(known) => CommitError::Conflict,
        _ => CommitError::Outage(Outage(explain(error))),
    }
}

/// An error once the commit was under way: only the server's own word says that it did not happen,
/// and not even that when its session or the whole server ended over it.
fn at_commit(error: &tokio_postgres::Error) -> CommitError {
    match error.as_db_error() {
        Some(known) if is_conflict(known) => CommitError::Conflict,
        Some(known) if known.parsed_severity() == Some(Severity::Error) => {
            CommitError::Outage(Outage(explain(error)))
        }
        _ => CommitError::Unknown(explain(error)),
    }
}

impl Engine for Postgres {
    fn read<'a>(&'a self, queries: &'a [Query]) -> Pending<'a, Result<Vec<Vec<Row>>, Outage>> {
        Box::pin(self.answer(queries))
    }

    fn commit(&self, statements: Vec<Statement>) -> Pending<'_, Result<(), CommitError>> {
        // On a task of its own: a caller who goes away must not cut a transaction in two.
        let this = Self {
            pool: self.pool.clone(),
        };
        Box::pin(async move {
            let task = tokio::spawn(async move { this.write(&statements).await });
            task.await
                .unwrap_or_else(|error| Err(CommitError::Unknown(error.to_string())))
        })
    }

    fn script<'a>(&'a self, script: &'a str) -> Pending<'a, Result<(), CommitError>> {
        Box::pin(self.run_script(script))
    }

    fn clock(&self) -> Pending<'_, Result<Option<Time>, Outage>> {
        Box::pin(async {
            let text = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint)";
            let client = self.connection().await?;
            let row = in_time(client.query_one(text, &[])).await;
            give_back(client, matches!(row, Ok(Ok(_))));
            let row = row?;
            Ok(Some(Time::from_millis(
                row.map_err(|error| Outage(explain(&error)))?.get(0),
            )))
        })
    }

    fn version(&self) -> Option<u64> {
        None
    }

    fn prepare(&self, text: &'static str) -> Pending<'_, Result<(), Outage>> {
        Box::pin(async move {
            let client = self.connection().await?;
            let prepared = client.prepare(text).await.map(drop);
            prepared.map_err(|error| Outage(format!("{} in {text}", explain(&error))))
        })
    }
}
