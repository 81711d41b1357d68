//! The way to a provider: a line is laid first, and carries one exchange.
//!
//! The two steps are apart because all that can fail before the first byte (names, connections,
//! TLS) says that nothing was sent, and a token that was not sent is not spent. Between the two
//! the journal says "sent".

use evergrant_core::Span;
use evergrant_core::held::RawAnswer;
use evergrant_core::held::plan::Request;
use evergrant_store::engine::Pending;
use url::Url;

/// Lays lines to providers.
pub trait Wire: Send + Sync + 'static {
    /// Resolves, checks the address, connects and shakes hands: everything but the first byte of
    /// a request.
    fn lay<'a>(
        &'a self,
        to: &'a Url,
        limits: Limits,
    ) -> Pending<'a, Result<Box<dyn Line>, Unreachable>>;

    /// Whether an address may be asked, as far as it can be told without asking.
    ///
    /// # Errors
    /// Says why not.
    fn permits(&self, to: &Url) -> Result<(), Unreachable> {
        let _ = to;
        Ok(())
    }
}

/// A connection of its own, for one exchange.
pub trait Line: Send {
    /// Sends one request and waits for the whole answer. No redirect is followed and nothing is
    /// sent twice. Whatever the outcome, the connection is reset afterwards, so that nothing of it
    /// arrives later. Dropping the future resets the connection too.
    fn exchange(self: Box<Self>, request: Request) -> Pending<'static, Result<RawAnswer, Silence>>;
}

/// What an exchange may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// For names, connection and TLS.
    pub connect: Span,
    /// For the whole exchange after that, on a clock that runs while the machine sleeps.
    pub total: Span,
    /// How many bytes of a body are let in; the answer is then not complete.
    pub body: usize,
}

/// Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// The address is one of ours, or is not encrypted, and no setting allows that.
    #[error("{0}")]
    NotAllowed(String),
    /// The name, the connection or the handshake failed.
    #[error("{0}")]
    Failed(String),
}

/// A request was on its way, and there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Silence(pub String);
