//! The store: an engine and the keys that open what it keeps.

use std::sync::{Arc, Mutex, PoisonError};

use evergrant_core::change::KeyKind;
use evergrant_core::id::KeyId;
use evergrant_core::issued::code::CODE_KEPT;
use evergrant_core::issued::{Absence, StoreFacts};
use evergrant_core::{Secret, Span, Time};

use crate::commit::{Commit, any, guarded, statements};
use crate::engine::{CommitError, Engine, Outage, Query, Statement, Value};
use crate::held::pack::Packed;
use crate::issued::{parse_absences, write_absences};
use crate::page::{Page, PageRequest};
use crate::row::Columns;
use crate::seal::{Place, Sealer};
use crate::sql;

/// Everything that is kept. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: Arc<dyn Engine>,
    sealer: Arc<Sealer>,
    cursor: Arc<Mutex<String>>,
}

/// How long what is only history is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Rows of the audit journal and of the read ledger.
    pub audit: Span,
    /// Grants, connections, incidents and personal tokens after their end, so that their reasons
    /// can be told.
    pub ended: Span,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            audit: Span::from_days(365),
            ended: Span::from_days(30),
        }
    }
}

/// A key with its private half opened.
#[derive(Clone, Debug)]
pub struct KeyRow {
    /// Its id, `kid` in tokens.
    pub id: KeyId,
    /// What it is for.
    pub kind: KeyKind,
    /// The public half as a JWK.
    pub public: Option<String>,
    /// The private half.
    pub private: Secret,
    /// When it was made.
    pub created_at: Time,
    /// From when on it makes tokens.
    pub active_from: Time,
    /// Since when it makes none.
    pub retired_at: Option<Time>,
    /// Until when it verifies, once retired.
    pub verifies_until: Option<Time>,
}

/// When the store was served last, and what the rules know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServingFacts {
    /// The last heartbeat; the epoch if there never was one.
    pub served_at: Time,
    /// Incarnation and absences.
    pub facts: StoreFacts,
}

impl Store {
    pub(crate) fn new(engine: Arc<dyn Engine>, sealer: Sealer) -> Self {
        Self {
            engine,
            sealer: Arc::new(sealer),
            cursor: Arc::default(),
        }
    }

    /// The database below.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The id of the master key that opens this store.
    pub fn master_key(&self) -> &str {
        self.sealer.master_key()
    }

    /// What tells this store from every other one, in all processes on it and for good: the id of
    /// its first data key, which was made with it.
    pub fn identity(&self) -> String {
        self.sealer.first_key()
    }

    /// Writes all or nothing; `Ok` means that it is on disk.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when a guard was not met, [`CommitError::Unknown`] when the
    /// database's answer was lost.
    pub async fn commit(&self, commit: &Commit) -> Result<(), CommitError> {
        let statements = statements(commit, &self.sealer)?;
        if statements.is_empty() {
            return Ok(());
        }
        self.engine.commit(statements).await
    }

    /// When the store was served last.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn serving(&self) -> Result<ServingFacts, Outage> {
        let query = Query {
            text: sql::STORE_FACTS,
            values: Vec::new(),
        };
        let read = |columns: &mut Columns| {
            let served_at = columns.time()?;
            let incarnation = columns.number()?;
            let absences = columns.text()?;
            let absences = parse_absences(&absences).ok_or_else(|| columns.inconsistent())?;
            Ok(ServingFacts {
                served_at,
                facts: StoreFacts {
                    incarnation,
                    absences,
                },
            })
        };
        let found = self.first(query, "store_facts", read).await?;
        found.ok_or_else(|| Outage("the store has no row of facts".into()))
    }

    /// Says that we served until `at`, and remembers a gap.
    ///
    /// # Errors
    /// [`CommitError::Conflict`] when another node said so meanwhile.
    pub async fn served(
        &self,
        seen: &ServingFacts,
        at: Time,
        gap: Option<Absence>,
    ) -> Result<(), CommitError> {
        let mut facts = seen.facts.clone();
        if let Some(gap) = gap {
            facts.remember(gap);
        }
        let absences = write_absences(&facts.absences).into();
        let values = vec![at.into(), absences, seen.served_at.into()];
        self.engine.commit(vec![guarded(sql::SERVED, values)]).await
    }

    /// All keys, opened.
    ///
    /// # Errors
    /// When the store can't be read, or a key does not open.
    pub async fn keys(&self) -> Result<Vec<KeyRow>, Outage> {
        let query = Query {
            text: sql::KEYS,
            values: Vec::new(),
        };
        let read = |columns: &mut Columns| {
            let id = columns.parsed(KeyId::parse)?;
            let kind = columns.word(KeyKind::parse)?;
            let public = columns.maybe_text()?;
            let private = self.sealer.open(&Place::key(id), &columns.bytes()?)?;
            let private = String::from_utf8(private.to_vec())
                .map_err(|_| columns.inconsistent())
                .map(Secret::new)?;
            Ok(KeyRow {
                id,
                kind,
                public,
                private,
                created_at: columns.time()?,
                active_from: columns.time()?,
                retired_at: columns.maybe_time()?,
                verifies_until: columns.maybe_time()?,
            })
        };
        self.all(query, "keys", read).await
    }

    /// Forgets what nobody needs any more: expired sessions, old codes, what ended long ago, keys
    /// that verify nothing, journals past their retention. Bounded work at each call.
    ///
    /// # Errors
    /// When the store can't be reached.
    pub async fn sweep(&self, now: Time, keep: Retention) -> Result<(), Outage> {
        let ended = now.minus(keep.ended);
        let mut statements = vec![
            any(sql::SESSIONS_SWEEP, vec![now.into()]),
            any(sql::CODES_SWEEP, vec![now.minus(CODE_KEPT).into()]),
            any(sql::PERSONAL_SWEEP, vec![ended.into()]),
            any(sql::INCIDENTS_SWEEP, vec![now.minus(keep.audit).into()]),
            any(sql::AUDIT_SWEEP, vec![now.minus(keep.audit).into()]),
            any(sql::KEYS_SWEEP, vec![now.into()]),
        ];
        statements.extend(self.grants_to_sweep(ended).await?);
        let mut commits: Vec<_> = statements.into_iter().map(|it| vec![it]).collect();
        commits.extend(self.held_to_sweep(now, keep).await?);
        for statements in commits {
            match self.engine.commit(statements).await {
                Ok(()) | Err(CommitError::Conflict) => {}
                Err(CommitError::Outage(outage)) => return Err(outage),
                Err(CommitError::Unknown(why)) => return Err(Outage(why)),
            }
        }
        Ok(())
    }

    /// The end of a grant is in a column that refreshes change and that no index has, so a stretch
    /// of ids is looked through at each call.
    async fn grants_to_sweep(&self, ended: Time) -> Result<Option<Statement>, Outage> {
        let after = self
            .cursor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let query = Query {
            text: sql::GRANTS_AFTER,
            values: vec![after.clone().into()],
        };
        let ids = self.all(query, "grants", Columns::text).await?;
        let last = ids.last().cloned().unwrap_or_default();
        last.clone_into(&mut self.cursor.lock().unwrap_or_else(PoisonError::into_inner));
        if last.is_empty() {
            return Ok(None);
        }
        let values = vec![after.into(), last.into(), ended.into(), ended.into()];
        Ok(Some(any(sql::GRANTS_SWEEP, values)))
    }

    /// Opens what may be missing.
    pub(crate) fn maybe_unsealed<T: Packed>(
        &self,
        place: &Place,
        sealed: Option<Vec<u8>>,
    ) -> Result<Option<T>, Outage> {
        sealed.map(|it| self.sealer.opened(place, &it)).transpose()
    }

    pub(crate) async fn all<T>(
        &self,
        query: Query,
        table: &'static str,
        read: impl Fn(&mut Columns) -> Result<T, Outage>,
    ) -> Result<Vec<T>, Outage> {
        let rows = self.engine.read(&[query]).await?.into_iter().flatten();
        rows.map(|row| read(&mut Columns::new(table, row)))
            .collect()
    }

    pub(crate) async fn first<T>(
        &self,
        query: Query,
        table: &'static str,
        read: impl Fn(&mut Columns) -> Result<T, Outage>,
    ) -> Result<Option<T>, Outage> {
        Ok(self.all(query, table, read).await?.into_iter().next())
    }

    pub(crate) fn page_query(
        &self,
        text: &'static str,
        mut values: Vec<Value>,
        page: &PageRequest,
    ) -> Query {
        values.push(page.after.clone().unwrap_or_default().into());
        values.push((i64::from(page.limit.clamp(1, PageRequest::MAX)) + 1).into());
        Query { text, values }
    }

    pub(crate) async fn page<T>(
        &self,
        text: &'static str,
        values: Vec<Value>,
        page: &PageRequest,
        (table, read, key): (
            &'static str,
            impl Fn(&mut Columns) -> Result<T, Outage>,
            impl Fn(&T) -> String,
        ),
    ) -> Result<Page<T>, Outage> {
        let query = self.page_query(text, values, page);
        let items = self.all(query, table, read).await?;
        Ok(Page::cut(items, page.limit.clamp(1, PageRequest::MAX), key))
    }
}
