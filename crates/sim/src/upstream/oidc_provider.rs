//! npm `oidc-provider`: its development pages sign anybody in and ask for consent.

use std::process::Command;

use url::Url;

use super::{
    CLIENT_ID, CLIENT_SECRET, Folder, PASSWORD, Paths, Process, Settings, Tools, USER,
    UpstreamError,
};
use crate::actor::{ActorError, Answer, App, Page, Person, Pkce};

/// An authorization request needs seven pages; more than this is a circle.
const PAGES: usize = 12;

pub(super) async fn start(
    tools: &Tools,
    settings: &Settings,
) -> Result<(String, Process, Paths), UpstreamError> {
    let mut node = Command::new(&tools.program);
    node.arg(tools.settings.join("op.mjs"))
        .env("CLIENT_ID", CLIENT_ID)
        .env("CLIENT_SECRET", CLIENT_SECRET)
        .env("REDIRECT_URI", &settings.redirect_uri)
        .env("ACCESS_SECONDS", settings.access_seconds.to_string())
        .env("REFRESH_SECONDS", settings.refresh_seconds.to_string());
    let mut process = Process::spawn(node, Folder::make()?)?;
    let issuer = process.ready().await?;
    let paths = Paths {
        token: "/token",
        authorization: "/auth",
        revocation: "/token/revocation",
        introspection: "/token/introspection",
        refresh_token_lives: "/token/introspection",
    };
    Ok((issuer, process, paths))
}

/// The whole authorization code flow (RFC 6749 section 4.1), with a session of its own.
pub(super) async fn consent(
    app: &App,
    authorization_url: &Url,
    token_path: &str,
) -> Result<Answer, UpstreamError> {
    let pkce = Pkce::draw()?;
    let mut url = authorization_url.clone();
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &app.client_id)
        .append_pair("redirect_uri", &app.redirect_uri)
        .append_pair("scope", "openid offline_access")
        .append_pair("prompt", "consent")
        .append_pair("code_challenge", &pkce.challenge)
        .append_pair("code_challenge_method", "S256");
    let callback = allow(app, &url).await?;
    let code = callback.query_pairs().find(|(name, _)| name == "code");
    let Some((_, code)) = code else {
        return Err(UpstreamError::Failed("it gave no code".to_owned()));
    };
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", &app.redirect_uri),
        ("code_verifier", &pkce.verifier),
    ];
    Ok(app.ask(token_path, &fields).await?)
}

/// Signs in and consents until the browser is sent to the app's redirect address, which it gives.
async fn allow(app: &App, url: &Url) -> Result<Url, UpstreamError> {
    let person = Person::new(app.site(), USER, PASSWORD);
    let mut page = person.get(url).await?;
    for _ in 0..PAGES {
        if let Some(location) = page.location() {
            let next = page.url.join(location);
            let next = next.map_err(|_| ActorError::Address(location.to_owned()))?;
            if next.as_str().starts_with(&app.redirect_uri) {
                return Ok(next);
            }
            page = person.get(&next).await?;
        } else {
            page = press(&person, &page).await?;
        }
    }
    Err(ActorError::TooManyPages(PAGES).into())
}

/// Fills in the form of the page, which is the one for signing in or the one for consent.
async fn press(person: &Person, page: &Page) -> Result<Page, UpstreamError> {
    let forms = page.forms();
    let Some(form) = forms.iter().find(|form| form.is_post) else {
        let told = format!("{} at {} has no form", page.status, page.url.path());
        return Err(UpstreamError::Failed(told));
    };
    let sign_in = [
        ("login", person.email.as_str()),
        ("password", person.password.as_str()),
    ];
    let values: &[(&str, &str)] = if form.asks_for("login") {
        &sign_in
    } else {
        &[]
    };
    Ok(person.submit(page, form, values).await?)
}
