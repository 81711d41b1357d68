//! Texts that nothing matches, for people to read.

use evergrant_web::api::unmatched::{UnmatchedExported, UnmatchedShown};
use evergrant_web::api::values::Listing;
use evergrant_web::service::core::Time;

use super::{Render, facts, list, when};

/// So much of a text is shown in a list.
const BEGINNING: usize = 60;

impl Render for UnmatchedShown {
    fn render(&self, now: Time) -> String {
        let facts = facts([
            ("text", self.unmatched_id.clone()),
            ("provider", self.provider.clone()),
            ("status", self.http_status.to_string()),
            ("seen first", when(self.first_seen_at, now)),
            ("seen last", when(self.last_seen_at, now)),
            ("seen", self.count.to_string()),
        ]);
        format!("{facts}\n{}\n", self.text)
    }
}

impl Render for Listing<UnmatchedShown> {
    fn render(&self, now: Time) -> String {
        let rows = self.items.iter().map(|it| {
            [
                it.unmatched_id.clone(),
                it.provider.clone(),
                it.http_status.to_string(),
                it.count.to_string(),
                when(it.last_seen_at, now),
                it.text.chars().take(BEGINNING).collect(),
            ]
        });
        let head = ["ID", "PROVIDER", "STATUS", "SEEN", "LAST", "TEXT"];
        let nothing = "There is no text that nothing matches.";
        list(head, rows, self.next.as_deref(), nothing)
    }
}

impl Render for UnmatchedExported {
    fn render(&self, _: Time) -> String {
        self.signatures.clone()
    }
}
