//! What every handler has at hand.

use std::sync::Arc;

use evergrant_service::Service;

use crate::operation::metrics::Metrics;
use crate::pages::{SetupGate, SignInLinks};
use crate::reading::Reading;

/// The state of the web layer.
pub struct App {
    /// The use cases.
    pub service: Arc<Service>,
    /// What is counted.
    pub metrics: Metrics,
    /// Lets the first person of an empty store in.
    pub setup: SetupGate,
    /// Links that sign a browser in once.
    pub sign_in_links: SignInLinks,
    /// Where long texts are read.
    pub(crate) reading: Reading,
}

impl App {
    /// A web layer for these use cases.
    pub fn new(service: Arc<Service>) -> Arc<Self> {
        Arc::new(Self {
            service,
            metrics: Metrics::default(),
            setup: SetupGate::default(),
            sign_in_links: SignInLinks::default(),
            reading: Reading::default(),
        })
    }

    /// Whether the public URL is https, so that cookies may be kept from plain http.
    pub fn is_secure(&self) -> bool {
        self.service.settings().issuer.starts_with("https://")
    }
}
