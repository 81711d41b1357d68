//! Authorization servers that we did not write, on loopback, for tests of the held side.
//!
//! 1. [`Upstream::available`] starts one of [`Kind::ALL`], or says that it is not on this machine;
//! 2. [`Upstream::first_pair`] lets a user consent, and gives the tokens of a new grant;
//! 3. [`Upstream::refresh`] asks for the next, also through a [`crate::proxy::Proxy`];
//! 4. [`Upstream::access_lives`] and [`Upstream::refresh_lives`] ask the server what a token is
//!    worth, and change nothing.
//!
//! Each listens on a free port of loopback, keeps everything in a folder of its own, and ends with
//! the value or with the process that started it. Grants do not touch one another, so that many
//! tests may share a server.

mod glewlwyd;
mod oauth_toolkit;
mod oidc_provider;
mod process;
mod tools;

use std::io;
use std::time::Duration;

use url::Url;

use crate::actor::{ActorError, Answer, App};
use crate::http::{HttpError, Request, Site};

use process::{Folder, Process};
use tools::Tools;

/// The client that is registered at each server.
pub const CLIENT_ID: &str = "keeper";
/// Its secret, shown in the `Authorization` header (`client_secret_basic`).
pub const CLIENT_SECRET: &str = "a-secret-for-tests";
/// The user who consents.
const USER: &str = "alice";
const PASSWORD: &str = "a password for tests";

/// Why there is no server, or no answer of it.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// It is not installed.
    #[error("this authorization server is not here: {0} (`scripts/test` installs it)")]
    Missing(String),
    /// It is installed, and something else went wrong.
    #[error("the authorization server: {0}")]
    Failed(String),
    /// It does not answer as it should.
    #[error(transparent)]
    Actor(#[from] ActorError),
}

impl UpstreamError {
    fn at(what: &str) -> impl Fn(io::Error) -> Self {
        move |error| Self::Failed(format!("{what}: {error}"))
    }
}

impl From<HttpError> for UpstreamError {
    fn from(error: HttpError) -> Self {
        Self::Actor(error.into())
    }
}

/// A server, with the settings that make its refresh tokens rotate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// npm `oidc-provider`.
    OidcProvider,
    /// PyPI `django-oauth-toolkit`; for so many seconds after a rotation the token before gives the
    /// same successor again.
    OauthToolkit { grace: u32 },
    /// Debian `glewlwyd`, with tokens that serve once; of requests at the same moment it may let
    /// two through.
    Glewlwyd,
}

/// What a server does when a refresh token comes that was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// 400 `invalid_grant`; every refresh token and access token of the grant is dead.
    EndsGrant,
    /// 400 with an empty body; every refresh token of the grant is dead, and access tokens live
    /// until they expire.
    EndsRefreshing,
    /// The same successor again, this long after it was first given; later as
    /// [`Reuse::EndsGrant`].
    GivesSuccessor { within: Duration },
}

impl Kind {
    /// Every server, with every setting that matters.
    pub const ALL: [Self; 4] = [
        Self::OidcProvider,
        Self::OauthToolkit { grace: 0 },
        Self::OauthToolkit { grace: 120 },
        Self::Glewlwyd,
    ];

    /// What it is called in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::OidcProvider => "oidc-provider",
            Self::OauthToolkit { grace: 0 } => "django-oauth-toolkit",
            Self::OauthToolkit { .. } => "django-oauth-toolkit with grace",
            Self::Glewlwyd => "glewlwyd",
        }
    }

    /// What a spent refresh token does.
    pub fn reuse(self) -> Reuse {
        match self {
            Self::OidcProvider | Self::OauthToolkit { grace: 0 } => Reuse::EndsGrant,
            Self::OauthToolkit { grace } => Reuse::GivesSuccessor {
                within: Duration::from_secs(grace.into()),
            },
            Self::Glewlwyd => Reuse::EndsRefreshing,
        }
    }

    /// Says why it can't be started here; `None` when it can.
    pub fn missing(self) -> Option<String> {
        Tools::find(self).err().map(|error| error.to_string())
    }
}

/// What may happen at a server to everybody's grants, so that a test that wants it has one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The user who consented can't sign in any more.
    UserDisabled,
    /// The client is registered no more. Not at [`Kind::OidcProvider`], whose clients are fixed.
    ClientRemoved,
}

/// What a test may want otherwise.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long an access token lives, in seconds.
    pub access_seconds: u32,
    /// How long a refresh token lives, in seconds.
    pub refresh_seconds: u32,
    /// Where the authorization endpoint sends the browser.
    pub redirect_uri: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_seconds: 60,
            refresh_seconds: 30 * 24 * 60 * 60,
            redirect_uri: "http://127.0.0.1:9/callback".to_owned(),
        }
    }
}

/// The tokens of one refresh, or of a consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub access: String,
    pub refresh: String,
    /// Seconds that the access token lives, from when it was given.
    pub expires_in: u64,
}

impl Pair {
    /// The pair in an answer of a token endpoint; nothing if it has no complete one.
    pub fn of(answer: &Answer) -> Option<Self> {
        let tokens = answer.tokens()?;
        Some(Self {
            access: tokens.access_token,
            refresh: tokens.refresh_token?,
            expires_in: tokens.expires_in?,
        })
    }
}

/// Where the endpoints of a server are.
struct Paths {
    token: &'static str,
    authorization: &'static str,
    revocation: &'static str,
    introspection: &'static str,
    /// Where it says whether a refresh token lives.
    refresh_token_lives: &'static str,
}

/// A running server. It ends when this is dropped.
pub struct Upstream {
    pub kind: Kind,
    /// What it calls itself, and where it is.
    pub issuer: String,
    /// RFC 6749 section 3.2.
    pub token_url: Url,
    /// RFC 6749 section 3.1.
    pub authorization_url: Url,
    /// RFC 7009.
    pub revocation_url: Url,
    /// RFC 7662.
    pub introspection_url: Url,
    paths: Paths,
    app: App,
    process: Process,
}

impl Upstream {
    /// Starts a server. `None`: it is not on this machine, and the test is left out.
    ///
    /// # Errors
    /// When it is here and does not start; and where `CI=true` says that nothing may be left out.
    pub async fn available(kind: Kind, settings: &Settings) -> Result<Option<Self>, UpstreamError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a test's own question, not a setting of ours"
        )]
        let everything = std::env::var("CI").is_ok_and(|it| it == "true");
        match Self::start(kind, settings).await {
            Err(UpstreamError::Missing(_)) if !everything => Ok(None),
            Err(error) => Err(error),
            Ok(started) => Ok(Some(started)),
        }
    }

    /// Starts a server and waits until it answers.
    ///
    /// # Errors
    /// [`UpstreamError::Missing`] where it is not installed.
    pub async fn start(kind: Kind, settings: &Settings) -> Result<Self, UpstreamError> {
        let tools = Tools::find(kind)?;
        let (issuer, process, paths) = match kind {
            Kind::OidcProvider => oidc_provider::start(&tools, settings).await?,
            Kind::OauthToolkit { grace } => oauth_toolkit::start(&tools, settings, grace).await?,
            Kind::Glewlwyd => glewlwyd::start(&tools, settings).await?,
        };
        let site = Site::new(&issuer)?;
        let app = App::confidential(&site, CLIENT_ID, CLIENT_SECRET, &settings.redirect_uri);
        Ok(Self {
            kind,
            token_url: site.url(paths.token),
            authorization_url: site.url(paths.authorization),
            revocation_url: site.url(paths.revocation),
            introspection_url: site.url(paths.introspection),
            issuer,
            paths,
            app,
            process,
        })
    }

    /// Lets the user consent anew and gives the first tokens of a grant of its own.
    ///
    /// # Errors
    /// When the server does not give any.
    pub async fn first_pair(&self) -> Result<Pair, UpstreamError> {
        let answer = match self.kind {
            Kind::OidcProvider => {
                oidc_provider::consent(&self.app, &self.authorization_url, self.paths.token).await?
            }
            Kind::OauthToolkit { .. } => self.by_password("notes").await?,
            Kind::Glewlwyd => self.by_password("openid").await?,
        };
        let none = || ActorError::NoTokens(Box::new(answer.clone()));
        Ok(Pair::of(&answer).ok_or_else(none)?)
    }

    /// RFC 6749 section 4.3.
    async fn by_password(&self, scope: &str) -> Result<Answer, UpstreamError> {
        let fields = [
            ("grant_type", "password"),
            ("username", USER),
            ("password", PASSWORD),
            ("scope", scope),
        ];
        Ok(self.app.ask(self.paths.token, &fields).await?)
    }

    /// Presents a refresh token at the token endpoint itself.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn refresh(&self, refresh_token: &str) -> Result<Answer, UpstreamError> {
        let request = self.refresh_request(refresh_token);
        Ok(Answer::from(&self.app.site().send(&request).await?))
    }

    /// The request of a refresh, authenticated, for callers that send it elsewhere.
    pub fn refresh_request(&self, refresh_token: &str) -> Request {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.app.request(self.paths.token, &fields)
    }

    /// Revokes a refresh token (RFC 7009).
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn revoke(&self, refresh_token: &str) -> Result<Answer, UpstreamError> {
        let fields = [
            ("token", refresh_token),
            ("token_type_hint", "refresh_token"),
        ];
        Ok(self.app.ask(self.paths.revocation, &fields).await?)
    }

    /// Lets something happen at the server.
    ///
    /// # Errors
    /// When it does not do it.
    pub async fn befall(&self, event: Event) -> Result<(), UpstreamError> {
        if self.kind == Kind::Glewlwyd {
            return glewlwyd::befall(self.app.site(), event).await;
        }
        let path = match event {
            Event::UserDisabled => "/befall/user-disabled",
            Event::ClientRemoved => "/befall/client-removed",
        };
        let answer = self.app.ask(path, &[]).await?;
        if answer.status == 200 {
            return Ok(());
        }
        Err(UpstreamError::Failed(format!("{event:?}: {answer}")))
    }

    /// Whether the server accepts the access token (RFC 7662).
    ///
    /// # Errors
    /// When it does not say.
    pub async fn access_lives(&self, access_token: &str) -> Result<bool, UpstreamError> {
        let fields = [("token", access_token), ("token_type_hint", "access_token")];
        active(&self.app.ask(self.paths.introspection, &fields).await?)
    }

    /// Whether the server would refresh with that token as a current one; the token is not spent
    /// by the question.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn refresh_lives(&self, refresh_token: &str) -> Result<bool, UpstreamError> {
        let fields = [
            ("token", refresh_token),
            ("token_type_hint", "refresh_token"),
        ];
        active(
            &self
                .app
                .ask(self.paths.refresh_token_lives, &fields)
                .await?,
        )
    }

    /// Whether both tokens live.
    ///
    /// # Errors
    /// When the server does not say.
    pub async fn alive(&self, pair: &Pair) -> Result<bool, UpstreamError> {
        Ok(self.access_lives(&pair.access).await? && self.refresh_lives(&pair.refresh).await?)
    }

    /// The process of the server.
    pub fn process_id(&self) -> u32 {
        self.process.id()
    }

    /// What the server has said so far, for the report of a failure.
    pub fn said(&self) -> String {
        self.process.said()
    }
}

fn active(answer: &Answer) -> Result<bool, UpstreamError> {
    answer
        .active()
        .ok_or_else(|| UpstreamError::Failed(format!("introspection answered {answer}")))
}
