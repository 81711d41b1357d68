//! Integrations for people to read.

use evergrant_web::api::integrations::{IntegrationMade, IntegrationNamed, IntegrationShown};
use evergrant_web::api::values::Listing;
use evergrant_web::service::core::Time;
use evergrant_web::service::held::connect::OWN_MACHINE;

use super::{Render, facts, list, table, when, words};

impl Render for IntegrationMade {
    fn render(&self, _: Time) -> String {
        let name = &self.name;
        let facts = facts([
            ("integration", self.integration_id.clone()),
            ("name", name.clone()),
            ("redirect address", self.redirect_uri.clone()),
        ]);
        let next = [
            [
                "to get a grant".to_owned(),
                format!("evergrant connect {name}"),
            ],
            [
                "to bring one".to_owned(),
                format!("evergrant connection import {name} --name NAME"),
            ],
        ];
        let here = "with a port of your choice,\nand give `evergrant connect` that port with \
                    --callback-port.";
        let register = if self.redirect_uri == OWN_MACHINE {
            format!("Register the redirect address at the provider, {here}")
        } else {
            format!(
                "Register the redirect address at the provider; for `evergrant connect` on this \
                 machine\nregister {OWN_MACHINE} too, {here}"
            )
        };
        format!("Added. {register}\n\n{facts}\nNext:\n{}", table(next))
    }
}

impl Render for IntegrationNamed {
    fn render(&self, _: Time) -> String {
        let facts = facts([
            ("integration", self.integration_id.clone()),
            ("name", self.name.clone()),
        ]);
        format!("Done.\n\n{facts}")
    }
}

impl Render for IntegrationShown {
    fn render(&self, now: Time) -> String {
        let yes = if self.has_secret { "yes" } else { "no" };
        let at = &self.endpoints;
        let known = [
            ("authorization", &at.authorization),
            ("token", &at.token),
            ("refresh", &at.refresh),
            ("revocation", &at.revocation),
            ("device", &at.device),
            ("userinfo", &at.userinfo),
            ("issuer", &at.issuer),
        ];
        let addresses = known
            .into_iter()
            .filter_map(|(name, address)| Some((name, address.clone()?)));
        let first = [
            ("integration", self.integration_id.clone()),
            ("name", self.name.clone()),
            ("provider", self.provider.clone()),
            ("client id", self.client_id.clone()),
            ("client secret", yes.to_owned()),
            ("scopes", words(&self.scopes)),
            ("replay", self.replay.to_string()),
        ];
        let last = [
            ("redirect address", self.redirect_uri.clone()),
            ("added", when(self.created_at, now)),
        ];
        let all = first.into_iter().chain(addresses).chain(last);
        table(all.map(|(name, value)| [name.to_owned(), value]))
    }
}

impl Render for Listing<IntegrationShown> {
    fn render(&self, now: Time) -> String {
        let rows = self.items.iter().map(|it| {
            [
                it.name.clone(),
                it.provider.clone(),
                it.client_id.clone(),
                words(&it.scopes),
                it.replay.to_string(),
                when(it.created_at, now),
            ]
        });
        let head = ["NAME", "PROVIDER", "CLIENT ID", "SCOPES", "REPLAY", "ADDED"];
        let nothing = "There are no integrations. Add one with `evergrant integration add`.";
        list(head, rows, self.next.as_deref(), nothing)
    }
}
