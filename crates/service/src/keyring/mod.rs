//! The keys of a store: those that make refresh tokens, and those that sign access tokens.
//!
//! 1. A key is made with a time from which on it is used; until then it is only announced.
//! 2. The newest key whose time has come makes tokens; older ones verify theirs to the end.
//! 3. A retired key verifies as long as a token of its may live, and is then forgotten.

mod jwk;
mod key;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use evergrant_core::change::KeyKind;
use evergrant_core::id::KeyId;
use evergrant_core::issued::client::Algorithm;
use evergrant_core::{Actor, Change, Span, Time};
use evergrant_store::{Commit, CommitError, Outage, Store};

use crate::world::World;

pub use key::Key;

/// The keys of a process, loaded again when another process may have made one.
pub struct Keyring(RwLock<Arc<Keys>>);

/// The keys as they were loaded.
#[derive(Default)]
pub struct Keys {
    by_id: BTreeMap<KeyId, Key>,
}

impl Keys {
    /// The key that makes tokens of a kind now.
    pub fn active(&self, kind: KeyKind, now: Time) -> Option<&Key> {
        let usable = |key: &&Key| {
            key.kind == kind && key.active_from <= now && key.retired_at.is_none_or(|it| now < it)
        };
        self.by_id
            .values()
            .filter(usable)
            .max_by_key(|key| (key.active_from, key.id))
    }

    /// A key by its id.
    pub fn get(&self, id: KeyId) -> Option<&Key> {
        self.by_id.get(&id)
    }

    /// The key whose tokens begin with this header.
    pub fn by_header(&self, header: &str) -> Option<&Key> {
        self.by_id.values().find(|key| key.header == header)
    }

    /// All keys, in the order in which they were made.
    pub fn all(&self) -> impl Iterator<Item = &Key> {
        self.by_id.values()
    }

    /// The public key set (RFC 7517): every key that signs, will sign, or still verifies.
    pub fn public_set(&self, now: Time) -> String {
        let live = |key: &&Key| key.verifies_until.is_none_or(|end| now < end);
        let keys: Vec<_> = self
            .all()
            .filter(live)
            .filter_map(|key| key.public.as_deref())
            .collect();
        format!("{{\"keys\":[{}]}}", keys.join(","))
    }
}

impl Keyring {
    /// Loads the keys, and makes those that are always needed.
    ///
    /// # Errors
    /// When the store can't be reached, or a key does not open.
    pub async fn load(store: &Store, world: &dyn World) -> Result<Self, Outage> {
        let keyring = Self(RwLock::default());
        keyring.reload(store).await?;
        keyring.ensure(KeyKind::RefreshToken, store, world).await?;
        keyring
            .ensure(KeyKind::Signing(Algorithm::EdDsa), store, world)
            .await?;
        Ok(keyring)
    }

    /// The keys as last loaded.
    pub fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Loads the keys again.
    ///
    /// # Errors
    /// When the store can't be read, or a key does not open.
    pub async fn reload(&self, store: &Store) -> Result<(), Outage> {
        let rows = store.keys().await?;
        let keys = rows
            .into_iter()
            .map(|row| Key::open(row).map(|key| (key.id, key)));
        let by_id = keys.collect::<Result<_, _>>()?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Keys { by_id });
        Ok(())
    }

    /// Makes a first key of a kind, if there is none.
    ///
    /// # Errors
    /// When the store can't be reached.
    pub async fn ensure(
        &self,
        kind: KeyKind,
        store: &Store,
        world: &dyn World,
    ) -> Result<(), Outage> {
        let now = world.now();
        if self.keys().active(kind, now).is_some() {
            return Ok(());
        }
        self.reload(store).await?;
        if self.keys().active(kind, now).is_some() {
            return Ok(());
        }
        let made = key::make(kind, now, world)?;
        commit(store, world, Actor::System, vec![made]).await?;
        self.reload(store).await
    }

    /// Makes the next key of a kind. It is announced now and used after `announce`; the one before
    /// then stops making tokens, and verifies for `lifetime` more.
    ///
    /// # Errors
    /// When the store can't be reached.
    pub async fn rotate(
        &self,
        kind: KeyKind,
        (announce, lifetime): (Span, Span),
        actor: Actor,
        (store, world): (&Store, &dyn World),
    ) -> Result<KeyId, Outage> {
        self.reload(store).await?;
        let active_from = world.now().plus(announce);
        let mut changes = vec![key::make(kind, active_from, world)?];
        let older = self.keys();
        let in_use = older
            .all()
            .filter(|key| key.kind == kind && key.retired_at.is_none());
        changes.extend(in_use.map(|key| Change::KeyRetired {
            key: key.id,
            at: active_from,
            verifies_until: active_from.plus(lifetime),
        }));
        let id = match changes.first() {
            Some(Change::KeyMade { key, .. }) => *key,
            _ => return Err(Outage("no key was made".into())),
        };
        commit(store, world, actor, changes).await?;
        self.reload(store).await?;
        Ok(id)
    }
}

async fn commit(
    store: &Store,
    world: &dyn World,
    actor: Actor,
    changes: Vec<Change>,
) -> Result<(), Outage> {
    let commit = Commit {
        team: None,
        actor,
        at: world.now(),
        chance: world.chance(),
        changes,
    };
    match store.commit(&commit).await {
        Ok(()) => Ok(()),
        Err(CommitError::Outage(outage)) => Err(outage),
        Err(other) => Err(Outage(other.to_string())),
    }
}
