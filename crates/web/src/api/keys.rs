//! The store's keys: what is told of them, and their rotation.

use evergrant_service::core::Time;
use evergrant_service::manage::keys::KeyFacts;
use evergrant_service::{Caller, Failure, Service};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::act::{Act, Method, Needs};
use super::values::{KeyKindWord, Listing, Moment};

/// What is told of a key; never what is secret of it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Key)]
pub struct KeyShown {
    /// Its id: `kid` in tokens.
    pub key_id: String,
    /// What it is for.
    pub kind: KeyKindWord,
    /// `announced` makes no tokens yet, `active` does, `retired` only verifies.
    pub state: String,
    /// When it was made.
    pub created_at: Moment,
    /// From when on it makes tokens.
    pub active_from: Moment,
    /// Since when it makes none.
    #[schema(required)]
    pub retired_at: Option<Moment>,
    /// Until when it verifies, once retired.
    #[schema(required)]
    pub verifies_until: Option<Moment>,
}

impl KeyShown {
    fn new(key: KeyFacts, now: Time) -> Self {
        let state = if now < key.active_from {
            "announced"
        } else if key.retired_at.is_some_and(|at| at <= now) {
            "retired"
        } else {
            "active"
        };
        Self {
            key_id: key.id.to_string(),
            kind: KeyKindWord(key.kind),
            state: state.to_owned(),
            created_at: Moment(key.created_at),
            active_from: Moment(key.active_from),
            retired_at: key.retired_at.map(Moment),
            verifies_until: key.verifies_until.map(Moment),
        }
    }
}

/// Lists the keys.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ListKeys {}

impl Act for ListKeys {
    type Answer = Listing<KeyShown>;
    const NAME: &'static str = "list_keys";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/keys";
    const SUMMARY: &'static str = "Lists the keys that make and sign tokens.";
    const NEEDS: Needs = Needs::Admin;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<Self::Answer, Failure> {
        let now = service.world().now();
        let keys = service.keys(caller).await?;
        let items = keys
            .into_iter()
            .map(|key| KeyShown::new(key, now))
            .collect();
        Ok(Listing { items, next: None })
    }
}

/// Makes the next key of a kind.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateKey {
    /// What it is for.
    pub kind: KeyKindWord,
}

impl Act for RotateKey {
    type Answer = KeyShown;
    const NAME: &'static str = "rotate_key";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/keys/rotate";
    const SUMMARY: &'static str =
        "Makes the next key of a kind; the one before goes on verifying what it made.";
    const NEEDS: Needs = Needs::Admin;
    const STATUS: u16 = 201;

    async fn perform(self, service: &Service, caller: &Caller) -> Result<KeyShown, Failure> {
        let made = service.rotate_key(caller, self.kind.0).await?;
        Ok(KeyShown::new(made, service.world().now()))
    }
}
