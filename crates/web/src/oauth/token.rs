//! The token endpoint (RFC 6749 section 3.2).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use evergrant_service::core::{Refusal, Secret, Time};
use evergrant_service::issued::authenticate::Credentials;
use evergrant_service::issued::exchange::ExchangeRequest;
use evergrant_service::issued::refresh::RefreshRequest;
use evergrant_service::issued::{Origin, Tokens};
use serde::Serialize;

use crate::App;
use crate::oauth::error::{TokenError, json};
use crate::oauth::form::Form;
use crate::origin;

/// The answer of RFC 6749 section 5.1, with the end of the refresh token beside it.
#[derive(Serialize)]
struct Answer<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token_expires_in: Option<i64>,
    scope: String,
    team_id: String,
}

pub(super) async fn token(
    State(app): State<Arc<App>>,
    origin::From(origin): origin::From,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A request is judged as of its arrival: now that its last byte is here.
    let arrived = app.service.world().now();
    let form = match Form::read(&headers, &body) {
        Ok(form) => form,
        Err(refusal) => return TokenError::from(refusal).into_response(),
    };
    let kind = form.get("grant_type").unwrap_or_default();
    let answer = match form.client(&headers) {
        Ok((credentials, by_header)) => {
            let call = Call {
                app: &app,
                form: &form,
                credentials,
                origin,
                arrived,
            };
            let answer = call.dispatch(kind).await;
            answer.map_err(|error| TokenError { by_header, ..error })
        }
        Err(error) => Err(error),
    };
    let outcome = answer.as_ref().map_or_else(TokenError::code, |_| "ok");
    app.metrics.token_request(kind, outcome);
    match answer {
        Ok(tokens) => render(&tokens),
        Err(error) => error.into_response(),
    }
}

struct Call<'a> {
    app: &'a App,
    form: &'a Form<'a>,
    credentials: Credentials,
    origin: Origin,
    arrived: Time,
}

impl Call<'_> {
    async fn dispatch(self, kind: &str) -> Result<Tokens, TokenError> {
        match kind {
            "authorization_code" => self.exchange().await,
            "refresh_token" => self.refresh().await,
            "client_credentials" => {
                let asked = (self.form.get("scope"), self.form.resources());
                let service = &self.app.service;
                Ok(service.client_credentials(&self.credentials, asked).await?)
            }
            "" => Err(Refusal::Invalid("grant_type is missing").into()),
            _ => Err(Refusal::GrantTypeUnknown.into()),
        }
    }

    async fn exchange(self) -> Result<Tokens, TokenError> {
        let form = self.form;
        let verifier = form.need(
            "code_verifier",
            "code_verifier is missing: PKCE is required",
        )?;
        let request = ExchangeRequest {
            code: Secret::new(form.need("code", "code is missing")?.to_owned()),
            redirect_uri: form.owned("redirect_uri"),
            verifier: verifier.to_owned(),
            resources: form.resources(),
            credentials: self.credentials,
            origin: self.origin,
            arrived: self.arrived,
        };
        Ok(self.app.service.exchange(&request).await?)
    }

    async fn refresh(self) -> Result<Tokens, TokenError> {
        let form = self.form;
        let token = form.need("refresh_token", "refresh_token is missing")?;
        let request = RefreshRequest {
            token: Secret::new(token.to_owned()),
            scope: form.owned("scope"),
            resources: form.resources(),
            credentials: self.credentials,
            origin: self.origin,
            arrived: self.arrived,
        };
        Ok(self.app.service.refresh(&request).await?)
    }
}

fn render(tokens: &Tokens) -> Response {
    let refresh = tokens.refresh_token.as_ref();
    json(
        StatusCode::OK,
        &Answer {
            access_token: tokens.access_token.expose(),
            token_type: "bearer",
            expires_in: tokens.expires_in,
            refresh_token: refresh.map(|(token, _)| token.expose()),
            refresh_token_expires_in: refresh.map(|(_, seconds)| *seconds),
            scope: tokens.scope.to_string(),
            team_id: tokens.team.to_string(),
        },
    )
}
