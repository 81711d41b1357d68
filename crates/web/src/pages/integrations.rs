//! Approved integrations: the grants that a person gave and the personal access tokens that they
//! made, each with a button that ends it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use evergrant_service::core::issued::PersonalToken;
use evergrant_service::store::issued::GrantListed;

use super::anti_forgery;
use super::error::ErrorPage;
use super::fields::Fields;
use super::person::{Person, PersonForm};
use super::render::{Frame, page as render_page, see_other};
use super::words::Moment;
use crate::App;

#[derive(Template)]
#[template(path = "pages/integrations.html")]
struct IntegrationsTemplate {
    frame: Frame,
    anti_forgery: String,
    notice: Option<&'static str>,
    grants: Vec<GrantRow>,
    tokens: Vec<TokenRow>,
}

struct GrantRow {
    id: String,
    client: String,
    scopes: Vec<String>,
    resources: Vec<String>,
    given: Moment,
    used: Moment,
    ends: Moment,
    /// The hard end, where use can put off the other one.
    ends_at_the_latest: Option<Moment>,
}

struct TokenRow {
    id: String,
    purpose: String,
    hint: String,
    scopes: Vec<String>,
    made: Moment,
    used: Option<Moment>,
    ends: Option<Moment>,
}

/// `GET /settings/integrations`
pub(super) async fn page(
    State(app): State<Arc<App>>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, ErrorPage> {
    let approved = app.service.approved(&person.caller()).await?;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let template = IntegrationsTemplate {
        frame: Frame::of(&person),
        anti_forgery: anti_forgery::value(&person.cookie),
        notice: query.get("done").and_then(notice),
        grants: approved.grants.iter().map(grant_row).collect(),
        tokens: approved.personal_tokens.iter().map(token_row).collect(),
    };
    Ok(render_page(StatusCode::OK, &template, &[]))
}

/// `POST /settings/integrations/grants/{id}/end`
pub(super) async fn end_grant(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    form: PersonForm,
) -> Result<Response, ErrorPage> {
    app.service.end_grant(&form.person.caller(), &id).await?;
    Ok(see_other("/settings/integrations?done=grant-ended"))
}

/// `POST /settings/integrations/tokens/{id}/delete`
pub(super) async fn delete_token(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    form: PersonForm,
) -> Result<Response, ErrorPage> {
    app.service
        .delete_personal_token(&form.person.caller(), &id)
        .await?;
    Ok(see_other("/settings/integrations?done=token-deleted"))
}

fn notice(done: &str) -> Option<&'static str> {
    match done {
        "grant-ended" => Some("The grant was ended. The app has to ask you again."),
        "token-deleted" => Some("The personal access token was deleted. It opens nothing now."),
        _ => None,
    }
}

fn grant_row(listed: &GrantListed) -> GrantRow {
    let grant = &listed.snapshot.grant;
    let (idle, hard) = (grant.rotation.expires_at, grant.absolute_expires_at);
    GrantRow {
        id: grant.id.to_string(),
        client: listed.snapshot.client.name.clone(),
        scopes: grant.scope.words().map(str::to_owned).collect(),
        resources: grant.resources.clone(),
        given: Moment::day(grant.created_at),
        used: Moment::minute(grant.rotation.rotated_at),
        ends: Moment::day(idle),
        ends_at_the_latest: (idle < hard).then(|| Moment::day(hard)),
    }
}

fn token_row(token: &PersonalToken) -> TokenRow {
    TokenRow {
        id: token.id.to_string(),
        purpose: token.purpose.clone(),
        hint: token.hint.clone(),
        scopes: token.scopes.words().map(str::to_owned).collect(),
        made: Moment::day(token.created_at),
        used: token.last_used_at.map(Moment::minute),
        ends: token.expires_at.map(Moment::day),
    }
}
