//! Grants and incidents for people to read.

use evergrant_web::api::grants::{GrantInFull, GrantShown, PresentationShown};
use evergrant_web::api::incidents::{IncidentShown, PresenterShown};
use evergrant_web::api::values::Listing;
use evergrant_web::service::core::Time;

use super::{Render, facts, list, state, table, when, words};

impl Render for Listing<GrantShown> {
    fn render(&self, now: Time) -> String {
        let rows = self.items.iter().map(|grant| {
            [
                grant.client_name.clone(),
                grant.email.clone().unwrap_or_else(|| grant.user_id.clone()),
                state(&grant.state),
                words(&grant.scopes),
                when(grant.renewed_at, now),
                grant.grant_id.clone(),
            ]
        });
        let nothing = "There are no grants: no user has given one to a client yet.";
        let head = ["CLIENT", "USER", "STATE", "SCOPES", "RENEWED", "ID"];
        list(head, rows, self.next.as_deref(), nothing)
    }
}

impl Render for GrantInFull {
    fn render(&self, now: Time) -> String {
        let grant = &self.grant;
        let at = grant
            .ended_at
            .map(|at| format!(", {}", when(at, now)))
            .unwrap_or_default();
        let mut text = facts([
            ("grant", grant.grant_id.clone()),
            ("state", format!("{}{at}", state(&grant.state))),
            (
                "client",
                format!("{}  {}", grant.client_name, grant.client_id),
            ),
            (
                "user",
                grant.email.clone().unwrap_or_else(|| grant.user_id.clone()),
            ),
            ("scopes", words(&grant.scopes)),
            ("resources", words(&grant.resources)),
            ("generation", grant.generation.to_string()),
            ("given", when(grant.created_at, now)),
            ("renewed", when(grant.renewed_at, now)),
            ("ends if unused", when(grant.expires_at, now)),
            ("ends at the latest", when(grant.absolute_expires_at, now)),
        ]);
        for incident in &self.incidents {
            text.push_str(&incident_text(incident, now));
        }
        if let Some(presenters) = self.presenters.as_ref().filter(|it| !it.is_empty()) {
            let head = ["GENERATION", "DID", "AT", "FROM", "PROGRAM"].map(str::to_owned);
            let rows = presenters.iter().map(|it| presentation(it, now));
            let rows = table(std::iter::once(head).chain(rows));
            text.push_str(&format!(
                "\nWho presented its refresh tokens last:\n\n{rows}"
            ));
        }
        text
    }
}

fn presentation(it: &PresentationShown, now: Time) -> [String; 5] {
    let PresenterShown {
        at,
        address,
        user_agent,
    } = &it.presenter;
    let from = address.clone().unwrap_or_else(|| "-".to_owned());
    [
        it.generation.to_string(),
        it.did.clone(),
        when(*at, now),
        from,
        user_agent.clone(),
    ]
}

fn incident_text(incident: &IncidentShown, now: Time) -> String {
    let story = match incident.story.as_str() {
        "lost_answer" => "the client lost our answer and asked again too late",
        "second_process" => "a second process, or an old copy of the token, used it",
        "other_hands" => "the token is in other hands: look who that is, and tell the user",
        _ => "who presented it first is no longer remembered",
    };
    let who = |it: &PresenterShown| {
        let from = it.address.as_deref().unwrap_or("an unknown address");
        format!("{} from {from}, {:?}", when(it.at, now), it.user_agent)
    };
    let facts = facts([
        ("incident", incident.incident_id.clone()),
        (
            "what",
            format!(
                "{} of generation {}",
                state(&incident.kind),
                incident.generation
            ),
        ),
        ("first", incident.first.as_ref().map_or("-".to_owned(), who)),
        ("second", who(&incident.second)),
        (
            "seen",
            format!(
                "{} times since {}",
                incident.count,
                when(incident.opened_at, now)
            ),
        ),
        ("likely", story.to_owned()),
    ]);
    format!("\n{facts}")
}
