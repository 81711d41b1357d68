//! Personal access tokens for people to read.

use evergrant_web::api::personal_tokens::{
    PersonalTokenMade, PersonalTokenNamed, PersonalTokenShown,
};
use evergrant_web::api::values::{Listing, Moment};
use evergrant_web::service::core::Time;

use super::{Render, facts, list, state, when, words};

impl Render for PersonalTokenMade {
    fn render(&self, now: Time) -> String {
        let facts = facts([
            ("id", self.id.clone()),
            ("token", self.token.0.expose().to_owned()),
            ("ends", or_never(self.expires_at, now)),
        ]);
        format!(
            "{facts}\nThe token is shown this once: keep it safe.\n\nTo use it:\n  \
             curl -H \"Authorization: Bearer $TOKEN\" PUBLIC_URL/api/v1/me\n"
        )
    }
}

impl Render for PersonalTokenNamed {
    fn render(&self, _: Time) -> String {
        format!(
            "Deleted. It opens nothing any more.\n\n{}",
            facts([("id", self.id.clone())])
        )
    }
}

impl Render for PersonalTokenShown {
    fn render(&self, now: Time) -> String {
        facts([
            ("id", self.id.clone()),
            ("purpose", self.purpose.clone()),
            ("begins with", format!("{}...", self.hint)),
            ("state", state(&self.state)),
            ("scopes", words(&self.scopes)),
            ("user", self.user_id.clone()),
            ("made", when(self.created_at, now)),
            ("ends", or_never(self.expires_at, now)),
            ("used last", or_never(self.last_used_at, now)),
        ])
    }
}

impl Render for Listing<PersonalTokenShown> {
    fn render(&self, now: Time) -> String {
        let rows = self.items.iter().map(|token| {
            [
                token.purpose.clone(),
                format!("{}...", token.hint),
                state(&token.state),
                words(&token.scopes),
                or_never(token.expires_at, now),
                or_never(token.last_used_at, now),
                token.id.clone(),
            ]
        });
        let head = [
            "PURPOSE",
            "TOKEN",
            "STATE",
            "SCOPES",
            "ENDS",
            "USED LAST",
            "ID",
        ];
        let nothing = "There are no tokens. Make one with `evergrant pat create`.";
        list(head, rows, self.next.as_deref(), nothing)
    }
}

fn or_never(moment: Option<Moment>, now: Time) -> String {
    moment.map_or("never".to_owned(), |moment| when(moment, now))
}
