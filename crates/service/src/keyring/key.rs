//! One key: making it, opening it, and what it makes.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use evergrant_core::change::KeyKind;
use evergrant_core::id::KeyId;
use evergrant_core::issued::client::Algorithm;
use evergrant_core::{Change, Secret, Time};
use evergrant_store::{KeyRow, Outage};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
    UnparsedPublicKey, VerificationAlgorithm,
};
use rsa::pkcs8::EncodePrivateKey as _;
use zeroize::Zeroizing;

use crate::keyring::jwk;
use crate::world::World;

/// Size of RS256 keys.
const RSA_BITS: usize = 2048;

/// A key, opened.
pub struct Key {
    /// Its id, `kid` in tokens.
    pub id: KeyId,
    /// What it is for.
    pub kind: KeyKind,
    /// From when on it makes tokens.
    pub active_from: Time,
    /// Since when it makes none.
    pub retired_at: Option<Time>,
    /// Until when it verifies, once retired.
    pub verifies_until: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// The encoded header of every token that it makes.
    pub(crate) header: String,
    /// The public half as a JWK.
    pub(crate) public: Option<String>,
    maker: Maker,
}

enum Maker {
    Mac(hmac::Key),
    Ed25519(Ed25519KeyPair),
    P256(Box<EcdsaKeyPair>, SystemRandom),
    Rsa(Box<RsaKeyPair>, SystemRandom),
}

fn damaged(id: KeyId) -> Outage {
    Outage(format!("key {id} can't be read"))
}

impl Key {
    pub(super) fn open(row: KeyRow) -> Result<Self, Outage> {
        let bytes = STANDARD
            .decode(row.private.expose())
            .map_err(|_| damaged(row.id))?;
        let bytes = Zeroizing::new(bytes);
        let maker = Maker::open(row.kind, &bytes).ok_or_else(|| damaged(row.id))?;
        Ok(Self {
            id: row.id,
            kind: row.kind,
            active_from: row.active_from,
            retired_at: row.retired_at,
            verifies_until: row.verifies_until,
            created_at: row.created_at,
            header: header(row.kind, row.id),
            public: row.public,
            maker,
        })
    }

    /// Signs: the MAC or the signature over these bytes.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, Outage> {
        let failed = |_| Outage(format!("key {} can't sign", self.id));
        match &self.maker {
            Maker::Mac(key) => Ok(hmac::sign(key, bytes).as_ref().to_vec()),
            Maker::Ed25519(pair) => Ok(pair.sign(bytes).as_ref().to_vec()),
            Maker::P256(pair, random) => pair
                .sign(random, bytes)
                .map(|it| it.as_ref().to_vec())
                .map_err(failed),
            Maker::Rsa(pair, random) => {
                let mut out = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, random, bytes, &mut out)
                    .map_err(failed)?;
                Ok(out)
            }
        }
    }

    /// Whether this key made that signature over these bytes.
    pub(crate) fn verify(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let public = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key)
                .verify(bytes, signature)
                .is_ok()
        };
        match &self.maker {
            Maker::Mac(key) => hmac::verify(key, bytes, signature).is_ok(),
            Maker::Ed25519(pair) => public(&ED25519, pair.public_key().as_ref()),
            Maker::P256(pair, _) => public(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref()),
            Maker::Rsa(pair, _) => public(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()),
        }
    }
}

impl Maker {
    fn open(kind: KeyKind, bytes: &[u8]) -> Option<Self> {
        Some(match kind {
            KeyKind::RefreshToken => Self::Mac(hmac::Key::new(hmac::HMAC_SHA256, bytes)),
            KeyKind::Signing(Algorithm::EdDsa) => {
                Self::Ed25519(Ed25519KeyPair::from_seed_unchecked(bytes).ok()?)
            }
            KeyKind::Signing(Algorithm::Es256) => {
                let random = SystemRandom::new();
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(algorithm, bytes, &random).ok()?;
                Self::P256(Box::new(pair), random)
            }
            KeyKind::Signing(Algorithm::Rs256) => {
                let pair = RsaKeyPair::from_pkcs8(bytes).ok()?;
                Self::Rsa(Box::new(pair), SystemRandom::new())
            }
        })
    }
}

/// The header of every token that a key makes, base64url: always the same text, so that a token's
/// key is found by comparing it and no header that we did not write is ever looked into.
fn header(kind: KeyKind, id: KeyId) -> String {
    let (algorithm, token) = match kind {
        KeyKind::RefreshToken => ("HS256", "rt+jwt"),
        KeyKind::Signing(algorithm) => (algorithm.as_str(), "at+jwt"),
    };
    let json = format!("{{\"alg\":\"{algorithm}\",\"typ\":\"{token}\",\"kid\":\"{id}\"}}");
    URL_SAFE_NO_PAD.encode(json)
}

/// Makes a key that is used from a time on.
pub(super) fn make(kind: KeyKind, active_from: Time, world: &dyn World) -> Result<Change, Outage> {
    let now = world.now();
    let key = KeyId::new(now, world.chance());
    let private: Zeroizing<Vec<u8>> = match kind {
        KeyKind::RefreshToken | KeyKind::Signing(Algorithm::EdDsa) => {
            Zeroizing::new(world.secret().to_vec())
        }
        KeyKind::Signing(Algorithm::Es256) => {
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            let made = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new());
            Zeroizing::new(
                made.map_err(|_| Outage("no key could be made".into()))?
                    .as_ref()
                    .into(),
            )
        }
        KeyKind::Signing(Algorithm::Rs256) => make_rsa(world)?,
    };
    let maker = Maker::open(kind, &private).ok_or_else(|| damaged(key))?;
    let public = match (&maker, kind) {
        (Maker::Mac(_), _) | (_, KeyKind::RefreshToken) => None,
        (Maker::Ed25519(pair), _) => Some(jwk::ed25519(key, pair.public_key().as_ref())),
        (Maker::P256(pair, _), _) => Some(jwk::p256(key, pair.public_key().as_ref())),
        (Maker::Rsa(pair, _), _) => Some(jwk::rsa(key, pair.public())),
    };
    let private = Secret::new(STANDARD.encode(&*private));
    Ok(Change::KeyMade {
        key,
        kind,
        active_from,
        at: now,
        public,
        private,
    })
}

fn make_rsa(world: &dyn World) -> Result<Zeroizing<Vec<u8>>, Outage> {
    let failed = || Outage("no RSA key could be made".into());
    let made = rsa::RsaPrivateKey::new(&mut Random(world), RSA_BITS).map_err(|_| failed())?;
    let document = made.to_pkcs8_der().map_err(|_| failed())?;
    Ok(Zeroizing::new(document.as_bytes().to_vec()))
}

/// The world's chance in the form that the `rsa` crate asks for.
struct Random<'a>(&'a dyn World);

impl rsa::rand_core::RngCore for Random<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_ne_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        u64::from_ne_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.0.fill(bytes);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Random<'_> {}
