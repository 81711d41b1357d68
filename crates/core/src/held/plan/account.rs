//! Whose account it is: the question, and what an answer to it says.

use serde_json::{Map, Value};

use super::address::{self, Fill};
use super::{Endpoint, Method, PlanError, Request, bearer};
use crate::Secret;
use crate::held::absorb::content::Content;
use crate::held::absorb::identifier;
use crate::held::answer::RawAnswer;
use crate::held::mask;
use crate::held::provider::Provider;

/// Longest label that is kept.
const LABEL: usize = 255;

/// What a stable name of an account is called.
const IDS: [&str; 4] = ["sub", "id", "user_id", "account_id"];
/// What people know an account by.
const LABELS: [&str; 5] = ["email", "preferred_username", "login", "username", "name"];
/// Fields that the account is put into by some.
const WRAPPERS: [&str; 4] = ["data", "user", "account", "resource"];

/// Asks whose account an access token opens (OpenID Connect Core section 5.3, and the like).
///
/// # Errors
/// When the provider has no usable endpoint for it, or the token can't be sent.
pub fn userinfo(provider: &Provider, access: &Secret) -> Result<Request, PlanError> {
    let fill = Fill {
        client_id: "",
        token: Some(access),
    };
    let template = provider.endpoints.userinfo.as_deref();
    if template.is_some_and(|it| it.contains("{client_id}")) {
        return Err(PlanError::Placeholder(Endpoint::Userinfo));
    }
    Ok(Request {
        method: Method::Get,
        url: address::read(template, Endpoint::Userinfo, fill)?,
        headers: vec![bearer(access)?],
        body: None,
    })
}

/// The stable name of the account that an answer tells of, and what people know it by. The name
/// is compared, so it is taken as it is or not at all; the label is only shown.
pub fn subject_of(answer: &RawAnswer) -> Option<(String, Option<String>)> {
    if !answer.complete || !(200..300).contains(&answer.status) {
        return None;
    }
    let content = Content::of(answer);
    let Content::Fields(fields) = &content else {
        return None;
    };
    let top = fields.value().as_object()?;
    let wrapped = WRAPPERS.iter().filter_map(|name| match top.get(*name)? {
        Value::Object(inner) => Some(inner),
        Value::Array(inner) => inner.first()?.as_object(),
        _ => None,
    });
    std::iter::once(top).chain(wrapped).find_map(account)
}

fn account(fields: &Map<String, Value>) -> Option<(String, Option<String>)> {
    let id = IDS.iter().find_map(|name| identifier(fields.get(*name)?))?;
    let labels = LABELS.iter().filter_map(|name| fields.get(*name)?.as_str());
    let mut labels = labels.map(|text| mask::cleaned(text, LABEL));
    Some((id, labels.find(|label| !label.is_empty())))
}
