//! Authorization codes, each loaded with its client, its epochs and the grants beside it.

use evergrant_core::id::{ClientId, GrantId, TeamId, UserId};
use evergrant_core::issued::code::{Challenge, Code};
use evergrant_core::issued::exchange::Snapshot;
use evergrant_core::people::SignIn;
use evergrant_core::{Digest, Time};

use crate::engine::{Outage, Query};
use crate::issued::{client, grant};
use crate::row::{Columns, text};
use crate::sql;
use crate::store::Store;

fn read(columns: &mut Columns) -> Result<Code, Outage> {
    let mut code = Code {
        digest: Digest(columns.array()?),
        client: columns.parsed(ClientId::parse)?,
        team: columns.parsed(TeamId::parse)?,
        user: columns.parsed(UserId::parse)?,
        redirect_uri: columns.text()?,
        redirect_uri_named: columns.number::<i64>()? != 0,
        scope: columns.scopes()?,
        resources: columns.lines()?,
        challenge: Challenge(columns.array()?),
        sign_in: SignIn {
            user: columns.number()?,
            membership: columns.number()?,
        },
        client_epoch: columns.number()?,
        created_at: columns.time()?,
        expires_at: columns.time()?,
        redeemed: None,
    };
    let redeemed_at = columns.maybe_time()?;
    let grant = columns.maybe_word(|text| GrantId::parse(text).ok())?;
    code.redeemed = redeemed_at.zip(grant);
    Ok(code)
}

impl Store {
    /// A code with everything that decides about its redemption.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn code(&self, digest: Digest, now: Time) -> Result<Option<Snapshot>, Outage> {
        let values = vec![digest.0.into()];
        let queries = [
            Query {
                text: sql::CODE_SNAPSHOT,
                values: values.clone(),
            },
            Query {
                text: sql::GRANT_OF_CODE,
                values,
            },
        ];
        let mut answers = self.engine().read(&queries).await?.into_iter();
        let (codes, grants) = (answers.next(), answers.next());
        let Some(row) = codes.into_iter().flatten().next() else {
            return Ok(None);
        };
        let mut columns = Columns::new("codes", row);
        let code = read(&mut columns)?;
        let client = client::read(&mut columns)?;
        let (standing, store) = grant::read_standing(&mut columns)?;
        let grant = grant::first(grants.unwrap_or_default())?;
        let live = self.live_grants(&code, now).await?;
        Ok(Some(Snapshot {
            code,
            client,
            grant,
            standing,
            live,
            store,
        }))
    }

    async fn live_grants(&self, code: &Code, now: Time) -> Result<Vec<GrantId>, Outage> {
        let values = vec![
            text(&code.client),
            text(&code.user),
            now.into(),
            code.sign_in.user.into(),
            code.client_epoch.into(),
        ];
        let query = Query {
            text: sql::GRANTS_LIVE,
            values,
        };
        self.all(query, "grants", |columns| columns.parsed(GrantId::parse))
            .await
    }
}
