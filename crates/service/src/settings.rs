//! How a process is set up, as far as the use cases care.

use evergrant_core::Span;
use evergrant_store::Retention;

/// The settings, checked.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The public URL, exactly; the `iss` of everything that we sign.
    pub issuer: String,
    /// How long history is kept.
    pub retention: Retention,
    /// Cost of a password hash.
    pub password_cost: PasswordCost,
    /// How long a new signing key is announced before it signs: longer than anybody caches the
    /// key set.
    pub announce: Span,
}

/// Cost of Argon2id.
#[derive(Clone, Copy, Debug)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// What OWASP's password storage cheat sheet asks for at least.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
        }
    }
}

impl Settings {
    /// Settings for an issuer, everything else at its default.
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            retention: Retention::default(),
            password_cost: PasswordCost::default(),
            announce: Span::from_seconds(3_600),
        }
    }
}
