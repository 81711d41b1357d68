//! Passwords: Argon2id, away from the async threads, a few at a time.

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use evergrant_core::Secret;
use evergrant_core::change::PasswordHash;
use evergrant_store::Outage;

use crate::settings::PasswordCost;
use crate::{Failure, Service, Wrong};

/// Hashes in the making at once: each holds its memory and a core.
pub(crate) const AT_ONCE: usize = 2;

/// Shortest password (NIST SP 800-63B asks for eight at least).
pub const SHORTEST: usize = 8;
/// Longest password: beyond any that a person or a manager makes.
pub const LONGEST: usize = 1024;

/// A hash that no password has, with which a sign-in of an unknown person takes as long as one of
/// a known person.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA\
                      $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

impl Service {
    /// Hashes a new password.
    ///
    /// # Errors
    /// When it is too short or too long.
    pub(crate) async fn hash_password(&self, password: &Secret) -> Result<PasswordHash, Failure> {
        let length = password.expose().chars().count();
        if !(SHORTEST..=LONGEST).contains(&length) {
            let text = format!("a password has {SHORTEST} to {LONGEST} characters");
            return Err(Wrong::Value(text).into());
        }
        let (password, cost) = (password.clone(), self.settings.password_cost);
        let hashed = self.away(move || hash(&password, cost)).await?;
        Ok(hashed?)
    }

    /// Whether a password is the one that was hashed; without a hash, after the same time, no.
    pub(crate) async fn is_password(
        &self,
        password: &Secret,
        hash: Option<&PasswordHash>,
    ) -> Result<bool, Failure> {
        let known = hash.is_some();
        let kept = hash.map_or_else(|| NOBODY.to_owned(), |hash| hash.0.clone());
        let password = password.clone();
        let fits = self.away(move || verify(&password, &kept)).await?;
        Ok(fits && known)
    }

    async fn away<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let outage = || Outage("the password could not be checked".into());
        let permit = self.hashing.acquire().await.map_err(|_| outage())?;
        let done = tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| outage())?;
        drop(permit);
        Ok(done)
    }
}

fn hash(password: &Secret, cost: PasswordCost) -> Result<PasswordHash, Outage> {
    let failed = |_| Outage("the password could not be hashed".into());
    let params = Params::new(cost.memory_kib, cost.passes, 1, None)
        .map_err(|_| Outage("the cost of password hashes is out of range".into()))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2
        .hash_password(password.expose().as_bytes())
        .map_err(failed)?;
    Ok(PasswordHash(hash.to_string()))
}

fn verify(password: &Secret, kept: &str) -> bool {
    let Ok(parsed) = Phc::new(kept) else {
        return false;
    };
    Argon2::default()
        .verify_password(password.expose().as_bytes(), &parsed)
        .is_ok()
}
