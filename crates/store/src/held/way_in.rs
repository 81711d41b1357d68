//! Consents on their way.

use evergrant_core::Digest;
use evergrant_core::held::{Consent, ConsentSecrets};
use evergrant_core::id::{ConnectionId, GrantId, IntegrationId, TeamId};

use crate::engine::{Outage, Query};
use crate::row::{Columns, text};
use crate::seal::Place;
use crate::sql::held as sql;
use crate::store::Store;

const TABLE: &str = "consents";

impl Store {
    fn read_consent(&self, columns: &mut Columns) -> Result<(Consent, ConsentSecrets), Outage> {
        let consent = Consent {
            state: Digest(columns.array()?),
            team: columns.parsed(TeamId::parse)?,
            integration: columns.parsed(IntegrationId::parse)?,
            connection: columns.parsed(ConnectionId::parse)?,
            grant: columns.parsed(GrantId::parse)?,
            redirect_uri: columns.text()?,
            browser: columns.maybe_array()?.map(Digest),
            created_at: columns.time()?,
            expires_at: columns.time()?,
            spent_at: columns.maybe_time()?,
        };
        let sealed = columns.bytes()?;
        let place = Place::consent(&consent.state);
        Ok((consent, self.sealer().opened(&place, &sealed)?))
    }

    /// A consent by the digest of its `state`, with its secrets opened.
    ///
    /// # Errors
    /// When the store can't be read, or the secrets do not open.
    pub async fn consent(
        &self,
        state: &Digest,
    ) -> Result<Option<(Consent, ConsentSecrets)>, Outage> {
        let query = Query {
            text: sql::CONSENT,
            values: vec![state.0.into()],
        };
        self.first(query, TABLE, |columns| self.read_consent(columns))
            .await
    }

    /// The newest consent for a connection, with its secrets opened.
    ///
    /// # Errors
    /// When the store can't be read, or the secrets do not open.
    pub async fn consent_of(
        &self,
        connection: ConnectionId,
    ) -> Result<Option<(Consent, ConsentSecrets)>, Outage> {
        let query = Query {
            text: sql::CONSENT_OF,
            values: vec![text(&connection)],
        };
        self.first(query, TABLE, |columns| self.read_consent(columns))
            .await
    }
}
