//! Personal access tokens.

use evergrant_core::Digest;
use evergrant_core::id::{PersonalTokenId, TeamId, UserId};
use evergrant_core::issued::PersonalToken;
use evergrant_core::people::User;

use crate::engine::{Outage, Query};
use crate::page::{Page, PageRequest};
use crate::people;
use crate::row::{Columns, text};
use crate::sql;
use crate::store::Store;

fn read(columns: &mut Columns) -> Result<PersonalToken, Outage> {
    Ok(PersonalToken {
        id: columns.parsed(PersonalTokenId::parse)?,
        team: columns.parsed(TeamId::parse)?,
        user: columns.parsed(UserId::parse)?,
        purpose: columns.text()?,
        digest: Digest(columns.array()?),
        hint: columns.text()?,
        scopes: columns.scopes()?,
        created_at: columns.time()?,
        expires_at: columns.maybe_time()?,
        last_used_at: columns.maybe_time()?,
        user_epoch: columns.number()?,
        membership_epoch: columns.number()?,
    })
}

impl Store {
    /// The token with this digest, and the user it belongs to.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn personal_token_presented(
        &self,
        digest: Digest,
    ) -> Result<Option<(PersonalToken, User)>, Outage> {
        let query = Query {
            text: sql::PERSONAL_BY_DIGEST,
            values: vec![digest.0.into()],
        };
        let both = |columns: &mut Columns| Ok((read(columns)?, people::read_user(columns)?));
        self.first(query, "personal_tokens", both).await
    }

    /// A token by its id.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn personal_token(
        &self,
        id: PersonalTokenId,
    ) -> Result<Option<PersonalToken>, Outage> {
        let query = Query {
            text: sql::PERSONAL,
            values: vec![text(&id)],
        };
        self.first(query, "personal_tokens", read).await
    }

    /// The tokens of a user.
    ///
    /// # Errors
    /// When the store can't be read.
    pub async fn personal_tokens(
        &self,
        user: UserId,
        page: &PageRequest,
    ) -> Result<Page<PersonalToken>, Outage> {
        let how = (
            "personal_tokens",
            read as fn(&mut Columns) -> _,
            |it: &PersonalToken| it.id.to_string(),
        );
        self.page(sql::PERSONAL_OF_USER, vec![text(&user)], page, how)
            .await
    }
}
