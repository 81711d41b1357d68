//! What tells the causes of a failure apart, beside the rows of its connection.

use evergrant_core::held::diagnose::Background;
use evergrant_core::held::{Connection, Grant};
use evergrant_core::{Span, Time};

use crate::engine::{Outage, Query, Value};
use crate::held::attempt;
use crate::row::{Columns, text};
use crate::sql::held as sql;
use crate::store::Store;

/// Failures that lie closer together happened at the same time.
const SAME_TIME: Span = Span::from_seconds(10 * 60);

impl Store {
    /// What the store knows of the history of a connection's grant whose request of then failed
    /// with `code`. Each question costs a bounded number of rows, found by an index.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn background(
        &self,
        (connection, grant): (&Connection, &Grant),
        (generation, at): (u64, Time),
        code: Option<&str>,
    ) -> Result<Background, Outage> {
        let integration = text(&connection.integration);
        let account = connection.account.as_ref().map(|it| it.id.clone());
        let mut background = Background {
            secret_set_at: self.secret_set_at(integration.clone()).await?,
            ..Background::default()
        };
        if let Some(account) = account.clone() {
            let since = grant.consented_at.into();
            let values = vec![integration.clone(), account.into(), since];
            background.newer_consents = Some(self.counted(sql::CONSENTS_SINCE, values).await?);
        }
        if let Some(code) = code {
            let values = vec![
                integration,
                code.into(),
                at.minus(SAME_TIME).into(),
                text(&connection.id),
                account.unwrap_or_default().into(),
            ];
            background.alike = self.counted(sql::FAILED_ALIKE, values).await?;
        }
        let query = Query {
            text: sql::LIVES,
            values: vec![text(&connection.id), text(&grant.id)],
        };
        let life = |columns: &mut Columns| {
            let begun = columns.time()?;
            Ok(columns.time()?.since(begun))
        };
        background.lives = self.all(query, "attempts", life).await?;
        if let Some(before) = generation.checked_sub(1) {
            let query = Query {
                text: sql::ATTEMPT_ON,
                values: vec![text(&grant.id), before.into()],
            };
            let made_by = self.first(query, "attempts", attempt::read).await?;
            background.made_by = made_by.map(|it| it.risked());
        }
        Ok(background)
    }

    async fn secret_set_at(&self, integration: Value) -> Result<Option<Time>, Outage> {
        let query = Query {
            text: sql::SECRET_SET,
            values: vec![integration],
        };
        let found = self.first(query, "integrations", Columns::maybe_time);
        Ok(found.await?.flatten())
    }

    async fn counted(&self, text: &'static str, values: Vec<Value>) -> Result<u32, Outage> {
        let query = Query { text, values };
        let count = self.first(query, "connections", Columns::number).await?;
        Ok(count.unwrap_or_default())
    }
}
