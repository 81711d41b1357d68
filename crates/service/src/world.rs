//! Time and chance: the one place that reads the real ones.

use evergrant_core::Time;
use evergrant_core::id::Chance;
use evergrant_core::issued::Nonce;
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

/// What the world outside gives us. A simulation gives its own.
pub trait World: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> Time;

    /// Fills with bytes that nobody can guess.
    fn fill(&self, bytes: &mut [u8]);
}

impl dyn World {
    /// Chance for an id.
    pub fn chance(&self) -> Chance {
        Chance(self.bytes())
    }

    /// A nonce for a rotation.
    pub fn nonce(&self) -> Nonce {
        Nonce(self.bytes())
    }

    /// Sixteen random bytes.
    pub fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        bytes
    }

    /// The random part of a secret.
    pub fn secret(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.fill(&mut *bytes);
        bytes
    }
}

/// The real world.
#[derive(Debug)]
pub struct Real(SystemRandom);

impl Default for Real {
    fn default() -> Self {
        Self(SystemRandom::new())
    }
}

impl World for Real {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    fn now(&self) -> Time {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let millis = since.map(|it| it.as_millis()).unwrap_or_default();
        Time::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }

    fn fill(&self, bytes: &mut [u8]) {
        // A machine that stops giving random numbers can make no secret: going on would be worse.
        if self.0.fill(bytes).is_err() {
            std::process::abort();
        }
    }
}
