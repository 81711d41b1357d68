//! A client of the authorization server, confidential or public.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use url::{Url, form_urlencoded};

use super::{ActorError, Answer, Callback, Consent, Person, Tokens};
use crate::http::{Request, Site};

/// An app as it was registered.
#[derive(Clone, Debug)]
pub struct App {
    pub client_id: String,
    pub client_secret: Option<String>,
    pub redirect_uri: String,
    /// What it asks for; without it the request names no scope.
    pub scope: Option<String>,
    /// How it shows its secret; an app without one only says its id.
    pub authentication: Authentication,
    site: Site,
}

/// How a confidential app authenticates (RFC 6749 section 2.3.1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Authentication {
    Basic,
    Post,
}

impl App {
    /// An app that keeps a secret and shows it in the `Authorization` header.
    pub fn confidential(site: &Site, client_id: &str, secret: &str, redirect_uri: &str) -> Self {
        let public = Self::public(site, client_id, redirect_uri);
        Self {
            client_secret: Some(secret.to_owned()),
            ..public
        }
    }

    /// An app that cannot keep a secret.
    pub fn public(site: &Site, client_id: &str, redirect_uri: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: None,
            redirect_uri: redirect_uri.to_owned(),
            scope: None,
            authentication: Authentication::Basic,
            site: site.clone(),
        }
    }

    /// The server that it is registered at.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Where to send the person's browser.
    pub fn authorize_url(&self, pkce: &Pkce, state: &str) -> Url {
        let mut url = self.site.url("/oauth2/authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("code_challenge", &pkce.challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", state);
        if let Some(scope) = &self.scope {
            url.query_pairs_mut().append_pair("scope", scope);
        }
        url
    }

    /// Steps 1 and 2: the person allows, and the app has a code that is not redeemed yet.
    pub async fn authorize(&self, person: &Person) -> Result<Authorized, ActorError> {
        let pkce = Pkce::draw()?;
        let state = random_text()?;
        let url = self.authorize_url(&pkce, &state);
        let callback = person
            .answer_request(&url, &self.redirect_uri, Consent::Allow)
            .await?;
        if callback.state.as_deref() != Some(state.as_str()) {
            return Err(ActorError::WrongState);
        }
        match callback {
            Callback {
                code: Some(code),
                issuer,
                ..
            } => Ok(Authorized {
                code,
                verifier: pkce.verifier,
                issuer,
            }),
            Callback {
                error, description, ..
            } => Err(ActorError::AuthorizationRefused {
                error: error.unwrap_or_else(|| "neither code nor error".to_owned()),
                description: description.unwrap_or_default(),
            }),
        }
    }

    /// The whole code flow: from the authorization request to the first tokens of a grant.
    pub async fn code_flow(&self, person: &Person) -> Result<Tokens, ActorError> {
        let authorized = self.authorize(person).await?;
        let answer = self.redeem(&authorized.code, &authorized.verifier).await?;
        answer
            .tokens()
            .ok_or_else(|| ActorError::NoTokens(Box::new(answer)))
    }

    /// Redeems a code.
    pub async fn redeem(&self, code: &str, verifier: &str) -> Result<Answer, ActorError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", verifier),
            ("redirect_uri", &self.redirect_uri),
        ];
        self.ask("/oauth2/token", &fields).await
    }

    /// Presents a refresh token once.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Answer, ActorError> {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.ask("/oauth2/token", &fields).await
    }

    /// Asks for a token of the app's own.
    pub async fn client_credentials(&self) -> Result<Answer, ActorError> {
        let mut fields = vec![("grant_type", "client_credentials")];
        fields.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        self.ask("/oauth2/token", &fields).await
    }

    /// Ends a token (RFC 7009).
    pub async fn revoke(&self, token: &str) -> Result<Answer, ActorError> {
        self.ask("/oauth2/revoke", &[("token", token)]).await
    }

    /// Asks whether a token lives (RFC 7662).
    pub async fn introspect(&self, token: &str) -> Result<Answer, ActorError> {
        self.ask("/oauth2/introspect", &[("token", token)]).await
    }

    /// Sends any form to an endpoint, authenticated as this app.
    pub async fn ask(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer, ActorError> {
        let response = self.site.send(&self.request(path, fields)).await?;
        Ok(Answer::from(&response))
    }

    /// The authenticated request alone, for callers that send it themselves.
    ///
    /// The given fields come last, which lets the load generator replace the value at the end.
    pub fn request(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        let mut all = Vec::with_capacity(fields.len() + 2);
        let mut basic = None;
        match (&self.client_secret, self.authentication) {
            (Some(secret), Authentication::Basic) => {
                let encoded = |text: &str| {
                    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>()
                };
                let pair = format!("{}:{}", encoded(&self.client_id), encoded(secret));
                basic = Some(format!("Basic {}", STANDARD.encode(pair)));
            }
            (Some(secret), Authentication::Post) => {
                all.push(("client_id", self.client_id.as_str()));
                all.push(("client_secret", secret.as_str()));
            }
            (None, _) => all.push(("client_id", self.client_id.as_str())),
        }
        all.extend_from_slice(fields);
        let request = Request::post_form(&self.site.url(path), &all);
        match basic {
            Some(credentials) => request.header("Authorization", &credentials),
            None => request,
        }
    }
}

/// A code and what is needed to redeem it.
#[derive(Clone, Debug)]
pub struct Authorized {
    pub code: String,
    pub verifier: String,
    /// Who issued it (RFC 9207).
    pub issuer: Option<String>,
}

/// A verifier and its S256 challenge (RFC 7636).
#[derive(Clone, Debug)]
pub struct Pkce {
    pub verifier: String,
    pub challenge: String,
}

impl Pkce {
    /// Draws a new pair.
    pub fn draw() -> Result<Self, ActorError> {
        Ok(Self::of(&random_text()?))
    }

    /// The pair of a given verifier.
    pub fn of(verifier: &str) -> Self {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        Self {
            verifier: verifier.to_owned(),
            challenge,
        }
    }
}

fn random_text() -> Result<String, ActorError> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| ActorError::NoRandom)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
