//! The request that ends a grant at the provider.

use serde_json::json;

use super::address::{self, Fill};
use super::token::{Credentials, authenticate, basic, form_body};
use super::{Body, Endpoint, Method, PlanError, Request, bearer};
use crate::Secret;
use crate::held::provider::{Provider, RevocationHow};

/// Ends a grant, in the provider's way. Where a refresh token can be named it is, for it ends more
/// than an access token does. `None` when the provider has no way, or none with these tokens.
///
/// # Errors
/// When the provider's revocation endpoint or the tokens are unusable.
pub fn revoke(
    provider: &Provider,
    credentials: Credentials<'_>,
    access: Option<&Secret>,
    refresh: Option<&Secret>,
) -> Result<Option<Request>, PlanError> {
    let Some(template) = provider.endpoints.revocation.as_deref() else {
        return Ok(None);
    };
    let how = provider.revocation.how;
    let token = match how {
        RevocationHow::Rfc7009 | RevocationHow::DeleteTokenInPath => refresh.or(access),
        RevocationHow::DeleteAsBearer
        | RevocationHow::DeleteInJson
        | RevocationHow::PostAsBearer => access,
        RevocationHow::None => None,
    };
    let Some(token) = token else {
        return Ok(None);
    };
    let in_path = how == RevocationHow::DeleteTokenInPath;
    if in_path && !template.contains("{token}") {
        return Err(PlanError::Placeholder(Endpoint::Revocation));
    }
    let fill = Fill {
        client_id: credentials.client_id,
        token: in_path.then_some(token),
    };
    let url = address::read(Some(template), Endpoint::Revocation, fill)?;
    let bare = |method| Request {
        method,
        url: url.clone(),
        headers: Vec::new(),
        body: None,
    };
    let request = match how {
        RevocationHow::Rfc7009 => {
            let is_refresh = refresh.is_some();
            let hint = if is_refresh {
                "refresh_token"
            } else {
                "access_token"
            };
            let mut form = vec![("token", token.expose()), ("token_type_hint", hint)];
            Request {
                headers: authenticate(provider, credentials, &mut form),
                body: Some(form_body(&form)),
                ..bare(Method::Post)
            }
        }
        RevocationHow::DeleteTokenInPath => bare(Method::Delete),
        RevocationHow::DeleteAsBearer => Request {
            headers: vec![bearer(token)?],
            ..bare(Method::Delete)
        },
        RevocationHow::PostAsBearer => Request {
            headers: vec![bearer(token)?],
            ..bare(Method::Post)
        },
        RevocationHow::DeleteInJson => {
            let secret = credentials.secret.ok_or(PlanError::NoClientSecret)?;
            let text = json!({ "access_token": token.expose() }).to_string();
            Request {
                headers: vec![basic(credentials.client_id, secret)],
                body: Some(Body {
                    media_type: "application/json",
                    text: Secret::new(text),
                }),
                ..bare(Method::Delete)
            }
        }
        RevocationHow::None => return Ok(None),
    };
    Ok(Some(request))
}
