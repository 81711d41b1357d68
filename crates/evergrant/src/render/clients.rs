//! Clients for people to read.

use evergrant_web::api::clients::{ClientCredentials, ClientNamed, ClientShown};
use evergrant_web::api::values::Listing;
use evergrant_web::service::core::Time;

use super::{Render, facts, list, when, words};

impl Render for ClientCredentials {
    fn render(&self, _: Time) -> String {
        let id = ("client_id", self.client_id.clone());
        match &self.client_secret {
            None => facts([id]) + "\nThe client is public: it has no secret and must use PKCE.\n",
            Some(secret) => {
                facts([id, ("client_secret", secret.0.expose().to_owned())])
                    + "\nThe secret is shown this once: keep it safe. `evergrant client secret` \
                       makes another.\n"
            }
        }
    }
}

impl Render for ClientNamed {
    fn render(&self, _: Time) -> String {
        format!("Done.\n\n{}", facts([("client", self.client_id.clone())]))
    }
}

impl Render for ClientShown {
    fn render(&self, now: Time) -> String {
        let kind = if self.public {
            "public"
        } else {
            "confidential"
        };
        facts([
            ("client", self.client_id.clone()),
            ("name", self.name.clone()),
            ("kind", kind.to_owned()),
            ("redirect URIs", words(&self.redirect_uris)),
            ("scopes", words(&self.scopes)),
            ("grant types", words(&self.grant_types)),
            ("replay window", self.replay.to_string()),
            ("live access tokens", self.live_access_tokens.to_string()),
            ("live grants", format!("{} for each user", self.live_grants)),
            ("access token lives", self.access_ttl.to_string()),
            ("grant ends idle after", self.idle_ttl.to_string()),
            ("grant ends after", self.absolute_ttl.to_string()),
            (
                "may introspect",
                format!("its {} tokens", self.introspect).replace("its team", "the team's"),
            ),
            ("on two holders", self.on_two_holders.to_string()),
            ("signing", self.signing.to_string()),
            ("registered", when(self.created_at, now)),
        ])
    }
}

impl Render for Listing<ClientShown> {
    fn render(&self, now: Time) -> String {
        let rows = self.items.iter().map(|client| {
            [
                client.name.clone(),
                if client.public {
                    "public"
                } else {
                    "confidential"
                }
                .to_owned(),
                words(&client.scopes),
                when(client.created_at, now),
                client.client_id.clone(),
            ]
        });
        let nothing = "There are no clients. Register one with `evergrant client add`.";
        list(
            ["NAME", "KIND", "SCOPES", "REGISTERED", "ID"],
            rows,
            self.next.as_deref(),
            nothing,
        )
    }
}
