//! The stage: a temporary store, the real server on a free port, a team, a person and an app.

use std::path::PathBuf;
use std::sync::Arc;

use evergrant_web::api::clients::AddClient;
use evergrant_web::api::grants::{GrantShown, ListGrants};
use evergrant_web::api::users::SetPassword;
use evergrant_web::service::core::id::UserId;
use evergrant_web::service::core::{Digest, Secret};
use evergrant_web::service::manage::personal_tokens::{Life, NewPersonalToken};
use evergrant_web::service::manage::setup::Setup;
use evergrant_web::service::store::seal::MasterKeySource;
use evergrant_web::service::store::{Target, open};
use evergrant_web::service::world::Real;
use evergrant_web::service::{Service, Settings, World, background};
use evergrant_web::{App, serve};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use url::Url;

use super::Broken;
use super::check::act;
use super::http::{Browser, Http};
use crate::door::Server;
use crate::failure::Failed;

const REDIRECT: &str = "http://127.0.0.1/callback";
/// Where `evergrant connect` waits, on any port (RFC 8252 section 7.3).
const KEEPER_REDIRECT: &str = "http://127.0.0.1/oauth/callback";
/// Ada's password, and the one she changes it to.
pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const NEW_PASSWORD: &str = "another horse, another battery";

/// Everything that the story is played with.
pub(super) struct Stage {
    pub(super) url: String,
    pub(super) email: String,
    pub(super) token: Secret,
    owner: UserId,
    app: Arc<App>,
    directory: PathBuf,
    background: JoinSet<()>,
    serving: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

/// The app that asks for access, as the one who wrote it sees it.
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret: String,
    http: Http,
}

pub(super) fn failed(error: impl std::fmt::Display) -> Failed {
    Failed::because("demo_not_started", error.to_string())
}

/// A token with which the demo asks the API as a person.
async fn token_of(service: &Service, user: UserId) -> Result<Secret, Failed> {
    let caller = service.caller_of(user).await?;
    let asked = NewPersonalToken {
        purpose: "The demo's own calls".into(),
        scopes: Vec::new(),
        life: Life::Default,
    };
    let (token, _) = service.make_personal_token(&caller, &asked).await?;
    Ok(token)
}

impl Stage {
    /// Sets it.
    pub(super) async fn set() -> Result<Self, Failed> {
        let world: Arc<dyn World> = Arc::new(Real::default());
        let name = Digest::of(&world.bytes()).base64url();
        let name = format!("evergrant-demo-{}", name.get(..8).unwrap_or_default());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir(&directory).map_err(failed)?;
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let key = MasterKeySource::File(directory.join("evergrant.key"));
        let store = open(&Target::in_directory(&directory), &key, world.now()).await;
        let settings = Settings::new(&url);
        let service = Service::start(store.map_err(failed)?, world, settings);
        let service = service.await.map_err(failed)?;
        let email = "ada@example.org".to_owned();
        let setup = Setup {
            team: "Acme".into(),
            email: email.clone(),
            password: Some(Secret::new(PASSWORD.into())),
        };
        let made = service.set_up(&setup).await?;
        let token = token_of(&service, made.user).await?;
        let background = background::start(&service);
        let app = App::new(service);
        let (stop, stopped) = oneshot::channel();
        let running = serve(listener, Arc::clone(&app), async {
            drop(stopped.await);
        });
        let serving = tokio::spawn(async {
            if let Err(error) = running.await {
                tracing::error!(%error, "the demo's server ended");
            }
        });
        let owner = made.user;
        Ok(Self {
            url,
            email,
            token,
            owner,
            app,
            directory,
            background,
            serving,
            stop,
        })
    }

    /// Where the store is.
    pub(super) fn directory(&self) -> PathBuf {
        self.directory.clone()
    }

    /// The API, with a token.
    pub(super) fn api(&self, token: &Secret) -> Result<Server, Broken> {
        let url = Url::parse(&self.url).map_err(|error| Broken::new(error.to_string()))?;
        Ok(Server::new(url, token.clone()))
    }

    /// Registers an app through the API.
    pub(super) async fn client(&self, name: &str) -> Result<Client, Broken> {
        self.register(json!({
            "name": name, "redirect_uris": [REDIRECT], "scopes": ["courses:read", "grades:write"],
        }))
        .await
    }

    /// The same for an app whose every refresh token is good for one use only, also if the answer
    /// gets lost. Other programs of the person's machine wait for the browser too.
    pub(super) async fn strict_client(&self, name: &str) -> Result<Client, Broken> {
        self.register(json!({
            "name": name, "redirect_uris": [REDIRECT, KEEPER_REDIRECT], "replay": "strict",
            "scopes": ["courses:read", "grades:write"],
        }))
        .await
    }

    async fn register(&self, asked: serde_json::Value) -> Result<Client, Broken> {
        let made = self
            .api(&self.token)?
            .ask(&act::<AddClient>(asked)?)
            .await?;
        let secret = made
            .client_secret
            .map(|it| it.0.expose().to_owned())
            .unwrap_or_default();
        Ok(Client {
            id: made.client_id,
            secret,
            http: Http::new(&self.url, "Demo app"),
        })
    }

    /// Sets Ada's password through the API.
    pub(super) async fn set_password(&self, password: &str) -> Result<(), Broken> {
        let asked = json!({ "name": self.email, "password": password });
        let act = act::<SetPassword>(asked)?;
        self.api(&self.token)?.ask(&act).await?;
        Ok(())
    }

    /// The last grant that an app was given.
    pub(super) async fn grant_of(&self, client: &Client) -> Result<GrantShown, Broken> {
        let api = self.api(&self.token)?;
        let grants = api.ask(&act::<ListGrants>(json!({}))?).await?;
        let mut its = grants.items.into_iter();
        its.rfind(|grant| grant.client_id == client.id)
            .ok_or_else(|| Broken::new("the API lists no grant of that app"))
    }

    /// Another token for the demo's own calls: with her password Ada's tokens ended, this one too.
    pub(super) async fn renew_token(&mut self) -> Result<(), Failed> {
        self.token = token_of(&self.app.service, self.owner).await?;
        Ok(())
    }

    /// A link that signs Ada in once.
    pub(super) fn sign_in_link(&self) -> Secret {
        let world = self.app.service.world();
        let link = self.app.sign_in_links.make(self.owner, world);
        Secret::new(format!("{}/sign-in?link={}", self.url, link.expose()))
    }

    /// Ends the server and removes the store.
    pub(super) async fn clear(self) {
        drop(self.background);
        // Whether the server still listens to that does not matter: it is ended anyway.
        let _told = self.stop.send(());
        self.serving.abort();
        drop(self.serving.await);
        drop(self.app);
        if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            tracing::warn!(%error, "the demo's store could not be removed");
        }
    }
}

impl Client {
    /// The code flow of RFC 6749 section 4.1 with PKCE: the person's browser, then our request.
    pub(super) async fn ask(
        &self,
        stage: &Stage,
        password: &str,
    ) -> Result<serde_json::Value, Broken> {
        let broken = |error: url::ParseError| Broken::new(error.to_string());
        let verifier = Digest::of(self.id.as_bytes()).base64url();
        let challenge = Digest::of(verifier.as_bytes()).base64url();
        let mut request = Url::parse(&format!("{}/oauth2/authorize", stage.url)).map_err(broken)?;
        request
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.id)
            .append_pair("redirect_uri", REDIRECT)
            .append_pair("scope", "courses:read grades:write")
            .append_pair("state", "demo")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        let mut browser = Browser::new(&stage.url);
        let back = browser.allow(&request, (&stage.email, password)).await?;
        let value = |name: &str| {
            let mut pairs = back.query_pairs().filter(|(key, _)| key == name);
            pairs
                .next()
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        if value("state") != "demo" || value("iss") != stage.url {
            return Err(Broken::new(
                "the browser came back with another state or issuer",
            ));
        }
        let code = value("code");
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", REDIRECT),
            ("code_verifier", verifier.as_str()),
        ];
        self.call("/oauth2/token", &fields).await
    }

    /// A refresh.
    pub(super) async fn refresh(&self, token: &str) -> Result<serde_json::Value, Broken> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.call("/oauth2/token", &fields).await
    }

    /// What introspection says of a token.
    pub(super) async fn is_live(&self, token: &str) -> Result<bool, Broken> {
        let said = self.call("/oauth2/introspect", &[("token", token)]).await?;
        said.get("active")
            .and_then(serde_json::Value::as_bool)
            .ok_or_else(|| Broken::new("introspection did not say whether the token is active"))
    }

    async fn call(&self, path: &str, fields: &[(&str, &str)]) -> Result<serde_json::Value, Broken> {
        let mut all = vec![
            ("client_id", self.id.as_str()),
            ("client_secret", self.secret.as_str()),
        ];
        all.extend(fields);
        self.http.post(path, &all, (None, "")).await?.json()
    }
}
