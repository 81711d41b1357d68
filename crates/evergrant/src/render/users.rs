//! Users for people to read.

use evergrant_web::api::users::{UserNamed, UserShown};
use evergrant_web::api::values::Listing;
use evergrant_web::service::core::Time;

use super::{Render, facts, list, when};

impl Render for UserNamed {
    fn render(&self, _: Time) -> String {
        format!("Done.\n\n{}", facts([("user", self.user_id.clone())]))
    }
}

impl Render for UserShown {
    fn render(&self, now: Time) -> String {
        let since = self
            .suspended_at
            .map(|at| format!(" since {}", when(at, now)));
        facts([
            ("user", self.user_id.clone()),
            ("email", self.email.clone()),
            ("role", self.role.to_string()),
            (
                "state",
                format!("{}{}", self.state, since.unwrap_or_default()),
            ),
            ("added", when(self.created_at, now)),
        ])
    }
}

impl Render for Listing<UserShown> {
    fn render(&self, now: Time) -> String {
        let rows = self.items.iter().map(|user| {
            [
                user.email.clone(),
                user.role.to_string(),
                user.state.clone(),
                when(user.created_at, now),
                user.user_id.clone(),
            ]
        });
        let head = ["EMAIL", "ROLE", "STATE", "ADDED", "ID"];
        list(head, rows, self.next.as_deref(), "There are no users.")
    }
}
