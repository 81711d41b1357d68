//! Providers for people to read.

use evergrant_web::api::providers::{ProviderRow, ProviderShown, RuleShown};
use evergrant_web::api::values::{Length, Listing};
use evergrant_web::service::core::Time;

use super::{Render, list, table};

impl Render for Listing<ProviderRow> {
    fn render(&self, _: Time) -> String {
        let rows = self.items.iter().map(|provider| {
            [
                provider.key.clone(),
                provider.name.clone(),
                spoken(&provider.renewal),
                spoken(&provider.replay),
            ]
        });
        let head = ["KEY", "NAME", "RENEWAL", "REPLAY"];
        list(head, rows, self.next.as_deref(), "There are no providers.")
    }
}

impl Render for ProviderShown {
    fn render(&self, _: Time) -> String {
        let mut text = table(facts(self).map(|(name, value)| [name.to_owned(), value]));
        let said = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        if !self.rules.is_empty() {
            let head = ["STATUS", "CODE", "TEXT", "VERDICT", "TOKEN"].map(str::to_owned);
            let row = |rule: &RuleShown| {
                let status = rule.status.map(|it| it.to_string());
                let token = if rule.unspent { "unspent" } else { "-" };
                let verdict = spoken(&rule.verdict);
                let token = token.to_owned();
                [
                    said(&status),
                    said(&rule.code),
                    said(&rule.text),
                    verdict,
                    token,
                ]
            };
            text.push_str("\nWhat its refusals mean, beside RFC 6749; the first that fits:\n");
            text.push_str(&table(
                std::iter::once(head).chain(self.rules.iter().map(row)),
            ));
        }
        text.push_str(&paragraph("Worth knowing:", &self.notes));
        text.push_str(&paragraph("Sources:", &self.sources));
        text
    }
}

/// The facts that are known, with their names.
fn facts(provider: &ProviderShown) -> impl Iterator<Item = (&'static str, String)> {
    let endpoints = &provider.endpoints;
    let some = |text: String| Some(text).filter(|it| !it.is_empty());
    let pairs = |pairs: &std::collections::BTreeMap<String, String>| {
        let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
        some(pairs.collect::<Vec<_>>().join(" "))
    };
    let span = |span: &Option<Length>| span.as_ref().map(ToString::to_string);
    let exchange = provider.exchange.as_ref();
    let exchange = exchange.map(|it| format!("{} in {}", it.grant_type, it.parameter));
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let facts = [
        ("provider", some(provider.key.clone())),
        ("name", some(provider.name.clone())),
        ("also called", some(provider.aliases.join(" "))),
        ("authorization", endpoints.authorization.clone()),
        ("token", endpoints.token.clone()),
        ("refresh", endpoints.refresh.clone()),
        ("revocation", endpoints.revocation.clone()),
        ("device", endpoints.device.clone()),
        ("userinfo", endpoints.userinfo.clone()),
        ("issuer", endpoints.issuer.clone()),
        ("client authentication", some(spoken(&provider.client_auth))),
        (
            "scopes separated by",
            some(separator(&provider.scope_separator)),
        ),
        ("scope for offline use", provider.offline_scope.clone()),
        ("code challenge", some(yes(provider.pkce))),
        ("answers carry iss", some(yes(provider.sends_issuer))),
        ("asked with", pairs(&provider.authorize_params)),
        ("token asked with", pairs(&provider.token_params)),
        ("renewal", some(spoken(&provider.renewal))),
        ("exchange", exchange),
        ("replay", some(spoken(&provider.replay))),
        ("access token lives", span(&provider.access_lifetime)),
        ("grant ends idle after", span(&provider.idle_limit)),
        ("grant ends after", span(&provider.absolute_limit)),
        ("grant in testing ends after", span(&provider.testing_limit)),
        (
            "tokens for an account",
            provider.token_cap.map(|cap| cap.to_string()),
        ),
        ("revoked by", some(spoken(&provider.revocation.how))),
        ("which ends", some(spoken(&provider.revocation.ends))),
        ("looked up", provider.checked.clone()),
    ];
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
}

fn separator(text: &str) -> String {
    match text {
        " " => "a space",
        "," => "a comma",
        other => other,
    }
    .to_owned()
}

fn spoken(word: &str) -> String {
    word.replace('_', " ")
}

fn paragraph(head: &str, lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("  {line}\n")).collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{head}\n{lines}")
    }
}
