//! Access tokens whose signature was found right, remembered by their digest.
//!
//! Checking a signature takes longer than everything else about a token. What is remembered is
//! what the token itself says, which never changes; whether it lives is asked every time.

use std::sync::Arc;

use evergrant_core::Digest;
use quick_cache::sync::Cache;

use crate::issued::tokens::AccessPayload;

/// Most tokens remembered: about 700 bytes each.
const REMEMBERED: usize = 16_384;

pub(crate) struct Verified(Cache<Digest, Arc<AccessPayload>>);

impl Default for Verified {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl Verified {
    pub(crate) fn get(&self, digest: &Digest) -> Option<Arc<AccessPayload>> {
        self.0.get(digest)
    }

    pub(crate) fn remember(&self, digest: Digest, payload: AccessPayload) -> Arc<AccessPayload> {
        let payload = Arc::new(payload);
        self.0.insert(digest, Arc::clone(&payload));
        payload
    }
}
