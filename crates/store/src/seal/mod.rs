//! Envelope encryption: a master key, kept outside the store, wraps data keys; these seal what the
//! store must give back in plain. Everything else secret is kept as a digest.
//!
//! Every sealed value names its data key, and is bound to the place where it stands, so a value
//! that was moved to another row does not open.

mod master;

use std::collections::BTreeMap;

use evergrant_core::id::{AttemptId, Chance, GrantId, IntegrationId, KeyId, RevocationId};
use evergrant_core::{Digest, Time};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use crate::engine::{CommitError, Engine, Outage, Query};
use crate::held::pack::Packed;
use crate::row::{Columns, text};
use crate::{commit, sql};

pub use master::{MasterKey, MasterKeyError, MasterKeySource};

const VERSION: u8 = 1;
const NONCE: usize = 12;
const ID: usize = 30;

/// Where a sealed value stands: part of what is authenticated.
pub(crate) struct Place(String);

impl Place {
    /// The private half of a key.
    pub(crate) fn key(id: KeyId) -> Self {
        Self(format!("keys {id} 0"))
    }

    /// The tokens of a held grant at a generation, and the second answer to the refresh that made
    /// it: either may take the other's place.
    pub(crate) fn tokens(grant: GrantId, generation: u64) -> Self {
        Self(format!("held_grants {grant} {generation}"))
    }

    /// The answer to a send.
    pub(crate) fn answer(attempt: AttemptId, send: usize) -> Self {
        Self(format!("answers {attempt} {send}"))
    }

    /// The answer to a send, in a file.
    pub(crate) fn spool(attempt: AttemptId, send: usize) -> Self {
        Self(format!("spool {attempt} {send}"))
    }

    /// The client secret of an integration.
    pub(crate) fn integration(id: IntegrationId) -> Self {
        Self(format!("integrations {id} 0"))
    }

    /// The code and verifier of a consent.
    pub(crate) fn consent(state: &Digest) -> Self {
        Self(format!("consents {} 0", state.base64url()))
    }

    /// The tokens that a grant is to be ended with.
    pub(crate) fn revocation(id: RevocationId) -> Self {
        Self(format!("revocations {id} 0"))
    }

    fn data_key(id: KeyId) -> Self {
        Self(format!("data_keys {id} 0"))
    }
}

/// Opens and seals with the data keys of one store.
pub(crate) struct Sealer {
    master_key: String,
    active: KeyId,
    keys: BTreeMap<KeyId, LessSafeKey>,
}

impl Sealer {
    pub(crate) fn master_key(&self) -> &str {
        &self.master_key
    }

    /// The id of the first data key.
    pub(crate) fn first_key(&self) -> String {
        let first = self.keys.keys().next();
        first.map(ToString::to_string).unwrap_or_default()
    }

    /// Seals a value for its place.
    pub(crate) fn seal(&self, place: &Place, plain: &[u8]) -> Result<Vec<u8>, Outage> {
        let key = self
            .keys
            .get(&self.active)
            .ok_or_else(|| Outage("no data key".into()))?;
        let mut out = vec![VERSION];
        out.extend_from_slice(self.active.to_string().as_bytes());
        out.extend_from_slice(&encrypt(key, place, plain)?);
        Ok(out)
    }

    /// Opens a value of a place.
    pub(crate) fn open(&self, place: &Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Outage> {
        let (id, rest) = split(sealed).ok_or_else(|| damaged(place))?;
        let key = self.keys.get(&id).ok_or_else(|| {
            Outage(format!(
                "{} is sealed with data key {id}, which is not here",
                place.0
            ))
        })?;
        decrypt(key, place, rest)
    }

    /// Packs and seals.
    pub(crate) fn sealed(&self, place: &Place, it: &impl Packed) -> Result<Vec<u8>, Outage> {
        let plain = it
            .pack()
            .ok_or_else(|| Outage(format!("what is to be sealed at {} is too long", place.0)))?;
        self.seal(place, &plain)
    }

    /// Opens and unpacks.
    pub(crate) fn opened<T: Packed>(&self, place: &Place, sealed: &[u8]) -> Result<T, Outage> {
        T::unpack(&self.open(place, sealed)?).ok_or_else(|| damaged(place))
    }
}

fn split(sealed: &[u8]) -> Option<(KeyId, &[u8])> {
    let (version, rest) = sealed.split_first()?;
    let (id, rest) = rest.split_at_checked(ID)?;
    let id = KeyId::parse(std::str::from_utf8(id).ok()?).ok()?;
    (*version == VERSION).then_some((id, rest))
}

fn damaged(place: &Place) -> Outage {
    Outage(format!(
        "what is sealed at {} was damaged or moved",
        place.0
    ))
}

fn encrypt(key: &LessSafeKey, place: &Place, plain: &[u8]) -> Result<Vec<u8>, Outage> {
    let mut nonce = [0; NONCE];
    let fail = |_| Outage("sealing failed".into());
    SystemRandom::new().fill(&mut nonce).map_err(fail)?;
    let mut out = nonce.to_vec();
    let mut text = Zeroizing::new(plain.to_vec());
    let aad = Aad::from(place.0.as_bytes());
    let tag = key
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text)
        .map_err(fail)?;
    out.extend_from_slice(&text);
    out.extend_from_slice(tag.as_ref());
    Ok(out)
}

fn decrypt(key: &LessSafeKey, place: &Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Outage> {
    let (nonce, rest) = sealed
        .split_at_checked(NONCE)
        .ok_or_else(|| damaged(place))?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged(place))?;
    let mut text = Zeroizing::new(rest.to_vec());
    let aad = Aad::from(place.0.as_bytes());
    let length = key
        .open_in_place(nonce, aad, &mut text)
        .map_err(|_| damaged(place))?
        .len();
    text.truncate(length);
    Ok(text)
}

fn aead(bytes: &[u8]) -> Result<LessSafeKey, Outage> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, bytes);
    key.map(LessSafeKey::new)
        .map_err(|_| Outage("a data key has the wrong length".into()))
}

/// Why a store can't be unsealed.
#[derive(Debug, thiserror::Error)]
pub enum UnsealError {
    /// The key that was given is another one.
    #[error(
        "the store is sealed with master key {needed}, but the key from {source_name} is {given}. \
         Give the right one; without it nothing that is sealed can be read"
    )]
    WrongKey {
        /// The key that the store names.
        needed: String,
        /// The key that was given.
        given: String,
        /// Where that came from.
        source_name: String,
    },
    /// No key was given for a store that has one.
    #[error("the store is sealed with master key {needed}, and there is none: {cause}")]
    MissingKey {
        /// The key that the store names.
        needed: String,
        /// What was tried.
        cause: MasterKeyError,
    },
    /// A new store needs a key, and it could not be had.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The machinery failed.
    #[error(transparent)]
    Outage(#[from] Outage),
}

struct Wrapped {
    id: KeyId,
    master_key: String,
    wrapped: Vec<u8>,
}

/// Opens the data keys, and makes the first one in an empty store. That they open is the canary: a
/// wrong master key is found here, before anything is served.
pub(crate) async fn unseal(
    engine: &dyn Engine,
    source: &MasterKeySource,
    now: Time,
) -> Result<Sealer, UnsealError> {
    let mut found = data_keys(engine).await?;
    if found.is_empty() {
        make_data_key(engine, &source.load_or_make()?, now).await?;
        found = data_keys(engine).await?;
    }
    let needed = found
        .last()
        .map(|key| key.master_key.clone())
        .unwrap_or_default();
    let master = source.load().map_err(|cause| UnsealError::MissingKey {
        needed: needed.clone(),
        cause,
    })?;
    let given = master.id();
    let mut keys = BTreeMap::new();
    for key in &found {
        if key.master_key != given {
            let needed = key.master_key.clone();
            return Err(UnsealError::WrongKey {
                needed,
                given,
                source_name: source.name(),
            });
        }
        let plain = decrypt(
            &aead(master.bytes())?,
            &Place::data_key(key.id),
            &key.wrapped,
        )?;
        keys.insert(key.id, aead(&plain)?);
    }
    let active = found
        .last()
        .map(|key| key.id)
        .ok_or_else(|| Outage("no data key".into()))?;
    Ok(Sealer {
        master_key: given,
        active,
        keys,
    })
}

async fn data_keys(engine: &dyn Engine) -> Result<Vec<Wrapped>, Outage> {
    let query = Query {
        text: sql::DATA_KEYS,
        values: Vec::new(),
    };
    let rows = engine.read(&[query]).await?.into_iter().flatten();
    rows.map(|row| {
        let mut columns = Columns::new("data_keys", row);
        Ok(Wrapped {
            id: columns.parsed(KeyId::parse)?,
            master_key: columns.text()?,
            wrapped: columns.bytes()?,
        })
    })
    .collect()
}

async fn make_data_key(
    engine: &dyn Engine,
    master: &MasterKey,
    now: Time,
) -> Result<(), UnsealError> {
    let fail = |_| Outage("this machine gives no random numbers".into());
    let mut plain = Zeroizing::new([0; 32]);
    let mut chance = [0; 16];
    SystemRandom::new().fill(&mut *plain).map_err(fail)?;
    SystemRandom::new().fill(&mut chance).map_err(fail)?;
    let id = KeyId::new(now, Chance(chance));
    let wrapped = encrypt(&aead(master.bytes())?, &Place::data_key(id), &*plain)?;
    let wrapped = crate::engine::Value::Bytes(wrapped);
    let values = vec![
        text(&id),
        master.id().into(),
        wrapped,
        now.into(),
        0_i64.into(),
    ];
    let statements = vec![
        // Where two look at once, both would find none: whoever is second waits here.
        commit::guarded(sql::DATA_KEY_ALONE, Vec::new()),
        commit::guarded(sql::DATA_KEY_MAKE, values),
    ];
    match engine.commit(statements).await {
        // Another node was first; its key is loaded, and must be under the same master key.
        Ok(()) | Err(CommitError::Conflict) => Ok(()),
        Err(CommitError::Outage(outage)) => Err(outage.into()),
        Err(CommitError::Unknown(why)) => Err(Outage(why).into()),
    }
}

/// A short name for key material that gives nothing of it away.
fn fingerprint(bytes: &[u8]) -> String {
    let mut text = b"evergrant master key ".to_vec();
    text.extend_from_slice(bytes);
    let digest = Digest::of(&text);
    digest
        .0
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer() -> Sealer {
        let id = KeyId::new(Time::default(), Chance([1; 16]));
        let keys = BTreeMap::from([(id, aead(&[7; 32]).unwrap())]);
        Sealer {
            master_key: "m".into(),
            active: id,
            keys,
        }
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let sealer = sealer();
        let here = Place::key(KeyId::new(Time::default(), Chance([2; 16])));
        let there = Place::key(KeyId::new(Time::default(), Chance([3; 16])));
        let sealed = sealer.seal(&here, b"hush").unwrap();
        assert_eq!(sealer.open(&here, &sealed).unwrap().as_slice(), b"hush");
        assert!(sealer.open(&there, &sealed).is_err());
        for index in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[index] ^= 1;
            assert!(sealer.open(&here, &damaged).is_err(), "byte {index}");
            assert!(
                sealer.open(&here, &sealed[..index]).is_err(),
                "cut at {index}"
            );
        }
    }
}
