//! Who a personal access token stands for.

use std::sync::Arc;

use evergrant_core::issued::PersonalToken;
use evergrant_core::issued::personal::USE_WRITTEN_EVERY;
use evergrant_core::people::User;
use evergrant_core::secret::SecretKind;
use evergrant_core::{Actor, Change, Secret, Time};

use crate::manage::{Authority, Caller};
use crate::{Failure, Service, Wrong};

/// How many personal tokens are remembered.
pub(crate) const REMEMBERED: usize = 4_096;

/// A personal token with its user.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The token.
    pub token: PersonalToken,
    /// Whose it is.
    pub user: User,
}

impl Service {
    /// The caller that a token is, if it lives.
    ///
    /// # Errors
    /// [`Wrong::NotAuthenticated`] without saying why; an outage as such.
    pub async fn personal_token(&self, token: &Secret) -> Result<Caller, Failure> {
        let refused = || Failure::Wrong(Wrong::NotAuthenticated);
        if SecretKind::recognise(token.expose()) != Some(SecretKind::PersonalToken) {
            return Err(refused());
        }
        let now = self.world.now();
        let seen = self.store.engine().version();
        let known = self.presented(token, seen).await?.ok_or_else(refused)?;
        if known.token.end_of(&known.user, now).is_some() {
            return Err(refused());
        }
        self.note_use(&known.token, now).await;
        Ok(Caller {
            team: known.user.team,
            authority: Authority::Token(known),
            seen,
        })
    }

    /// The token as it is in the store, from memory if that can't have changed since the store said
    /// this version.
    async fn presented(
        &self,
        token: &Secret,
        version: Option<u64>,
    ) -> Result<Option<Arc<Presented>>, Failure> {
        let digest = token.digest();
        if let Some(known) = self.presented.get(version, &digest) {
            return Ok(Some(known));
        }
        let found = self.store.personal_token_presented(digest).await;
        let found = found.inspect_err(|_| self.store_failed())?;
        Ok(found.map(|(token, user)| {
            let presented = Presented { token, user };
            self.presented.put(version, digest, presented)
        }))
    }

    /// Notes a use, to the minute. That it can't be noted is no reason to refuse it.
    pub(crate) async fn note_use(&self, token: &PersonalToken, now: Time) {
        let noted = token.last_used_at;
        if noted.is_some_and(|before| now.since(before) < USE_WRITTEN_EVERY) {
            return;
        }
        let change = Change::PersonalTokenUsed {
            token: token.id,
            at: now,
        };
        if let Err(error) = self
            .write((Some(token.team), Actor::System), vec![change])
            .await
        {
            tracing::warn!(%error, token = %token.id, "a use could not be noted");
        }
    }
}
