//! What is counted, in the OpenMetrics text format. No label ever holds a secret or a name that a
//! caller chose.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// The counters.
pub struct Metrics {
    registry: Registry,
    tokens: Family<TokenLabels, Counter>,
    revocations: Family<Outcome, Counter>,
    introspections: Family<Outcome, Counter>,
    sign_ins: Family<Outcome, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct TokenLabels {
    grant_type: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("evergrant");
        let tokens = Family::default();
        let revocations = Family::default();
        let introspections = Family::default();
        let sign_ins = Family::default();
        registry.register(
            "token_requests",
            "Requests at the token endpoint by grant type and outcome",
            tokens.clone(),
        );
        registry.register(
            "revocations",
            "Token revocations by outcome",
            revocations.clone(),
        );
        registry.register(
            "introspections",
            "Introspections by outcome",
            introspections.clone(),
        );
        registry.register(
            "sign_ins",
            "Sign-ins on the page by outcome",
            sign_ins.clone(),
        );
        Self {
            registry,
            tokens,
            revocations,
            introspections,
            sign_ins,
        }
    }
}

impl Metrics {
    /// Counts a request at the token endpoint. A grant type that we don't have has no name here,
    /// for it is the caller's word.
    pub fn token_request(&self, grant_type: &str, outcome: &'static str) {
        let grant_type = match grant_type {
            "authorization_code" => "authorization_code",
            "client_credentials" => "client_credentials",
            "refresh_token" => "refresh_token",
            _ => "other",
        };
        self.tokens
            .get_or_create(&TokenLabels {
                grant_type,
                outcome,
            })
            .inc();
    }

    /// Counts a revocation.
    pub fn revocation(&self, outcome: &'static str) {
        self.revocations.get_or_create(&Outcome { outcome }).inc();
    }

    /// Counts an introspection.
    pub fn introspection(&self, outcome: &'static str) {
        self.introspections
            .get_or_create(&Outcome { outcome })
            .inc();
    }

    /// Counts a sign-in.
    pub fn sign_in(&self, outcome: &'static str) {
        self.sign_ins.get_or_create(&Outcome { outcome }).inc();
    }

    /// All of it as text.
    ///
    /// # Errors
    /// When a value can't be written.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
