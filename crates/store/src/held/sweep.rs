//! What of held grants is forgotten, and when.

use evergrant_core::{Span, Time};

use crate::commit::{any, guarded};
use crate::engine::{Outage, Query, Statement};
use crate::row::Columns;
use crate::sql::held as sql;
use crate::store::{Retention, Store};

/// How long a consent is kept after its end: a person who comes late is told so, and a code that
/// came in time is redeemed.
const CONSENT_KEPT: Span = Span::from_seconds(60 * 60);

impl Store {
    /// The statements that forget: each list is a commit of its own.
    pub(crate) async fn held_to_sweep(
        &self,
        now: Time,
        keep: Retention,
    ) -> Result<Vec<Vec<Statement>>, Outage> {
        let ended = now.minus(keep.ended);
        let mut commits = vec![
            vec![any(
                sql::CONSENTS_SWEEP,
                vec![now.minus(CONSENT_KEPT).into()],
            )],
            vec![any(sql::REVOCATIONS_SWEEP, vec![ended.into()])],
            vec![any(sql::READS_SWEEP, vec![now.minus(keep.audit).into()])],
            vec![any(
                sql::UNMATCHED_SWEEP,
                vec![now.minus(keep.audit).into()],
            )],
        ];
        let query = Query {
            text: sql::CONNECTIONS_REVOKED,
            values: vec![ended.into()],
        };
        let revoked = self.all(query, "connections", Columns::text).await?;
        commits.extend(revoked.into_iter().map(|id| {
            let of = |text| any(text, vec![id.clone().into()]);
            vec![
                // First, and guarded: what is not gone keeps the rest.
                guarded(sql::CONNECTION_FORGET, vec![id.clone().into()]),
                of(sql::ANSWERS_FORGET),
                of(sql::ATTEMPTS_FORGET),
                of(sql::CONSENTS_FORGET),
                of(sql::HELD_GRANTS_FORGET),
            ]
        }));
        commits.push(vec![any(sql::INTEGRATIONS_SHRED, Vec::new())]);
        commits.push(vec![any(sql::INTEGRATIONS_SWEEP, vec![ended.into()])]);
        Ok(commits)
    }
}
