//! The database as one process sees it: shared with the others, sometimes away, and in front of
//! each operation and behind it the process may die.

use std::sync::Arc;

use evergrant_service::core::Time;
use evergrant_service::store::engine::sqlite::Inline;
use evergrant_service::store::engine::{
    CommitError, Engine, Outage, Pending, Query, Row, Statement,
};

use crate::keeper::fate::Fate;

pub(crate) struct Seen {
    pub(crate) inner: Arc<Inline>,
    pub(crate) fate: Arc<Fate>,
}

impl Seen {
    fn away(&self) -> Result<(), Outage> {
        if self.fate.sky.is_away() {
            return Err(Outage("the simulated database is away".into()));
        }
        Ok(())
    }
}

impl Engine for Seen {
    fn read<'a>(&'a self, queries: &'a [Query]) -> Pending<'a, Result<Vec<Vec<Row>>, Outage>> {
        Box::pin(async move {
            self.fate.step("before a read").await;
            self.away()?;
            let rows = self.inner.read(queries).await;
            self.fate.step("after a read").await;
            rows
        })
    }

    fn commit(&self, statements: Vec<Statement>) -> Pending<'_, Result<(), CommitError>> {
        Box::pin(async move {
            let sky = &self.fate.sky;
            self.fate.step("before a commit").await;
            self.away()?;
            let unknown = sky.happens(|it| it.commit_unknown);
            if unknown && sky.below(2) == 0 {
                return Err(CommitError::Unknown("the request was lost".into()));
            }
            let outcome = self.inner.commit(statements).await;
            if outcome.is_ok() {
                sky.oracle.committed(sky);
            }
            self.fate.step("after a commit").await;
            if unknown {
                return Err(CommitError::Unknown("the answer was lost".into()));
            }
            outcome
        })
    }

    fn script<'a>(&'a self, script: &'a str) -> Pending<'a, Result<(), CommitError>> {
        self.inner.script(script)
    }

    fn clock(&self) -> Pending<'_, Result<Option<Time>, Outage>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn prepare(&self, text: &'static str) -> Pending<'_, Result<(), Outage>> {
        self.inner.prepare(text)
    }

    fn version(&self) -> Option<u64> {
        self.inner.version()
    }
}
