//! The store's keys, seen and rotated by who manages the team.

use evergrant_core::change::KeyKind;
use evergrant_core::id::KeyId;
use evergrant_core::issued::personal::Ability;
use evergrant_core::{Span, Time};
use evergrant_store::PageRequest;

use crate::manage::Caller;
use crate::{Failure, Service};

/// Access tokens live a day at most; the rest is for clocks that are apart.
const VERIFIES_ACCESS: Span = Span::from_seconds(25 * 3_600);

/// What is told of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its id.
    pub id: KeyId,
    /// What it is for.
    pub kind: KeyKind,
    /// When it was made.
    pub created_at: Time,
    /// From when on it makes tokens.
    pub active_from: Time,
    /// Since when it makes none.
    pub retired_at: Option<Time>,
    /// Until when it verifies, once retired.
    pub verifies_until: Option<Time>,
}

impl Service {
    /// All keys; never what is secret of them.
    ///
    /// # Errors
    /// When the caller may not, or in an outage.
    pub async fn keys(&self, caller: &Caller) -> Result<Vec<KeyFacts>, Failure> {
        caller.need(&Ability::Admin)?;
        self.keyring.reload(&self.store).await?;
        let facts = |key: &crate::keyring::Key| KeyFacts {
            id: key.id,
            kind: key.kind,
            created_at: key.created_at,
            active_from: key.active_from,
            retired_at: key.retired_at,
            verifies_until: key.verifies_until,
        };
        Ok(self.keyring.keys().all().map(facts).collect())
    }

    /// Makes the next key of a kind. A signing key is announced before it signs; a key for refresh
    /// tokens is needed by nobody else, but by the other nodes.
    ///
    /// # Errors
    /// When the caller may not, or in an outage.
    pub async fn rotate_key(&self, caller: &Caller, kind: KeyKind) -> Result<KeyFacts, Failure> {
        caller.need(&Ability::Admin)?;
        let timing = match kind {
            KeyKind::Signing(_) => (self.settings.announce, VERIFIES_ACCESS),
            KeyKind::RefreshToken => (Span::from_seconds(0), self.longest_idle(caller).await?),
        };
        let place = (&self.store, self.world.as_ref());
        let id = self
            .keyring
            .rotate(kind, timing, caller.actor(), place)
            .await?;
        let keys = self.keys(caller).await?;
        let made = keys.into_iter().find(|key| key.id == id);
        made.ok_or_else(|| evergrant_store::Outage("the new key is not there".into()).into())
    }

    /// A refresh token lives this long at most, and its reuse is seen as long as it lives.
    async fn longest_idle(&self, caller: &Caller) -> Result<Span, Failure> {
        let mut longest = Span::from_days(366);
        let mut page = PageRequest::default();
        loop {
            let clients = self.store.clients(caller.team, &page).await?;
            for client in &clients.items {
                longest = longest.max(client.idle_ttl);
            }
            match clients.next {
                Some(next) => page.after = Some(next),
                None => return Ok(longest),
            }
        }
    }
}
