//! What an integration says instead of the catalogue, as one JSON text.

use evergrant_core::held::ReplayPolicy;
use evergrant_core::held::integration::Overrides;
use evergrant_core::held::provider::{ClientAuth, Endpoints};
use serde_json::{Map, Value};

const fn auth(it: ClientAuth) -> &'static str {
    match it {
        ClientAuth::Basic => "basic",
        ClientAuth::Post => "post",
        ClientAuth::None => "none",
    }
}

fn parse_auth(text: &str) -> Option<ClientAuth> {
    let all = [ClientAuth::Basic, ClientAuth::Post, ClientAuth::None];
    all.into_iter().find(|it| auth(*it) == text)
}

/// What stands for a fact that is so.
const YES: &str = "yes";

/// Only what is said is written, so that a later release may know more.
pub(super) fn write(it: &Overrides) -> String {
    let ends = &it.endpoints;
    let fields = [
        ("host", it.host.clone()),
        ("authorization", ends.authorization.clone()),
        ("token", ends.token.clone()),
        ("refresh", ends.refresh.clone()),
        ("revocation", ends.revocation.clone()),
        ("device", ends.device.clone()),
        ("userinfo", ends.userinfo.clone()),
        ("issuer", ends.issuer.clone()),
        ("replay", it.replay.map(|it| it.to_string())),
        ("client_auth", it.client_auth.map(|it| auth(it).to_owned())),
        ("sends_issuer", it.sends_issuer.then(|| YES.to_owned())),
    ];
    let said = fields
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), Value::String(text?))));
    Value::Object(said.collect()).to_string()
}

/// Reads what [`write`] wrote.
pub(super) fn parse(text: &str) -> Option<Overrides> {
    let mut fields: Map<String, Value> = serde_json::from_str(text).ok()?;
    let mut next = |name| match fields.remove(name) {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(text)),
        Some(_) => None,
    };
    let overrides = Overrides {
        host: next("host")?,
        endpoints: Endpoints {
            authorization: next("authorization")?,
            token: next("token")?,
            refresh: next("refresh")?,
            revocation: next("revocation")?,
            device: next("device")?,
            userinfo: next("userinfo")?,
            issuer: next("issuer")?,
        },
        replay: match next("replay")? {
            Some(text) => Some(ReplayPolicy::parse(&text).ok()?),
            None => None,
        },
        client_auth: match next("client_auth")? {
            Some(text) => Some(parse_auth(&text)?),
            None => None,
        },
        sends_issuer: match next("sends_issuer")? {
            Some(text) if text != YES => return None,
            said => said.is_some(),
        },
    };
    // What is not known may be what the rules depend on.
    fields.is_empty().then_some(overrides)
}
