//! Keys for people to read.

use evergrant_web::api::keys::KeyShown;
use evergrant_web::api::values::Listing;
use evergrant_web::service::core::Time;

use super::{Render, facts, list, when};

impl Render for KeyShown {
    fn render(&self, now: Time) -> String {
        let facts = facts([
            ("key", self.key_id.clone()),
            ("kind", self.kind.to_string()),
            ("state", self.state.clone()),
            ("makes tokens from", when(self.active_from, now)),
        ]);
        format!("{facts}\nThe key before goes on verifying the tokens that it made.\n")
    }
}

impl Render for Listing<KeyShown> {
    fn render(&self, now: Time) -> String {
        let rows = self.items.iter().map(|key| {
            [
                key.kind.to_string(),
                key.state.clone(),
                when(key.active_from, now),
                key.verifies_until
                    .map_or("-".to_owned(), |at| when(at, now)),
                key.key_id.clone(),
            ]
        });
        let head = ["KIND", "STATE", "MAKES TOKENS FROM", "VERIFIES UNTIL", "ID"];
        list(head, rows, self.next.as_deref(), "There are no keys.")
    }
}
