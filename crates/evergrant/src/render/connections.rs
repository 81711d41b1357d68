//! Connections for people to read; never a secret but for the token that was asked for.

use evergrant_web::api::connections::{
    AttemptShown, ConnectionChecked, ConnectionNamed, ConnectionRefreshed, ConnectionShown,
    DiagnosisShown, TokenShown,
};
use evergrant_web::api::values::{Listing, Moment};
use evergrant_web::service::core::Time;

use super::{Render, facts, list, state, when, words};

impl Render for ConnectionNamed {
    fn render(&self, _: Time) -> String {
        let facts = facts([
            ("connection", self.connection_id.clone()),
            ("name", self.name.clone()),
        ]);
        format!("Done.\n\n{facts}")
    }
}

impl Render for ConnectionShown {
    fn render(&self, now: Time) -> String {
        let since = when(self.since, now);
        let account = self.account.as_ref().map(|it| match &it.label {
            Some(label) => format!("{label} ({})", it.id),
            None => it.id.clone(),
        });
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let facts = facts([
            ("connection", self.connection_id.clone()),
            ("name", self.name.clone()),
            ("integration", self.integration.clone()),
            ("provider", self.provider.clone()),
            ("state", format!("{} since {since}", state(&self.state))),
            ("owner", or_none(&self.owner)),
            ("account", or_none(&account)),
            ("scopes", words(&self.scopes)),
            ("missing scopes", words(&self.missing_scopes)),
            ("generation", self.generation.to_string()),
            ("access token ends", or_unknown(self.access_expires_at, now)),
            (
                "refresh token ends",
                or_unknown(self.refresh_expires_at, now),
            ),
            ("renewed next", or_unknown(self.next_refresh_at, now)),
        ]);
        let why = self.diagnosis.as_ref().map(why).unwrap_or_default();
        format!("{facts}{why}")
    }
}

/// Why something is not well, and what to do about it.
fn why(diagnosis: &DiagnosisShown) -> String {
    let evidence: String = diagnosis
        .evidence
        .iter()
        .map(|line| format!("  {line}\n"))
        .collect();
    let others: Vec<_> = diagnosis.also_possible.iter().map(|it| state(it)).collect();
    let others = match others.as_slice() {
        [] => String::new(),
        others => format!("  It may also be: {}.\n", others.join(", ")),
    };
    format!(
        "\nWhy ({}, {}; {} must act):\n  {}\n{evidence}{others}\nNext:\n  {}\n",
        state(&diagnosis.cause),
        diagnosis.confidence,
        state(&diagnosis.party),
        diagnosis.summary,
        diagnosis.next_step
    )
}

impl Render for Listing<ConnectionShown> {
    fn render(&self, now: Time) -> String {
        let rows = self.items.iter().map(|it| {
            let cause = it.diagnosis.as_ref().map(|it| state(&it.cause));
            [
                it.name.clone(),
                it.integration.clone(),
                state(&it.state),
                or_unknown(it.access_expires_at, now),
                or_unknown(it.next_refresh_at, now),
                cause.unwrap_or_else(|| "-".to_owned()),
            ]
        });
        let head = [
            "NAME",
            "INTEGRATION",
            "STATE",
            "ACCESS TOKEN ENDS",
            "RENEWED NEXT",
            "WHY",
        ];
        let nothing = "There are no connections. Make one with `evergrant connect`.";
        list(head, rows, self.next.as_deref(), nothing)
    }
}

impl Render for ConnectionChecked {
    fn render(&self, now: Time) -> String {
        let accepted = match self.accepted {
            Some(true) if self.scope_missing => {
                "The provider takes its access token, which lacks the scope to say whose account \
                 it is."
            }
            Some(true) => "The provider takes its access token.",
            Some(false) => "The provider does not take its access token.",
            None => "The provider was not asked.",
        };
        format!("It serves. {accepted}\n\n{}", self.connection.render(now))
    }
}

impl Render for ConnectionRefreshed {
    fn render(&self, now: Time) -> String {
        format!("There are new tokens.\n\n{}", self.connection.render(now))
    }
}

impl Render for Listing<AttemptShown> {
    fn render(&self, now: Time) -> String {
        let rows = self.items.iter().map(|it| {
            let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
            [
                it.generation.to_string(),
                it.phase.clone(),
                when(it.started_at, now),
                or_none(it.outcome.as_deref().map(state)),
                or_none(it.http_status.map(|status| status.to_string())),
                or_none(it.diagnosis.as_ref().map(|it| state(&it.cause))),
            ]
        });
        let head = ["GENERATION", "PHASE", "STARTED", "OUTCOME", "STATUS", "WHY"];
        let list = list(head, rows, self.next.as_deref(), "Nothing was tried yet.");
        let failed = self.items.iter().find_map(|it| {
            let why = why(it.diagnosis.as_ref()?);
            Some(format!(
                "\nThe last that failed, of generation {}:\n{why}",
                it.generation
            ))
        });
        format!("{list}{}", failed.unwrap_or_default())
    }
}

impl Render for TokenShown {
    fn render(&self, _: Time) -> String {
        self.access_token.0.expose().to_owned()
    }
}

fn or_unknown(moment: Option<Moment>, now: Time) -> String {
    moment.map_or("-".to_owned(), |moment| when(moment, now))
}
