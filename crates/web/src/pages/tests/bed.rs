//! A server for one test: an empty folder, a store, one team with an owner and a client.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use evergrant_service::core::id::ProcessId;
use evergrant_service::core::issued::Client;
use evergrant_service::core::{Secret, Span};
use evergrant_service::held::spool::Folder;
use evergrant_service::held::wire::Wire;
use evergrant_service::held::{Bounds, Ground};
use evergrant_service::manage::clients::NewClient;
use evergrant_service::manage::setup::{SetUp, Setup};

use evergrant_service::store::seal::MasterKeySource;
use evergrant_service::store::{Target, open};
use evergrant_service::world::Real;
use evergrant_service::{PasswordCost, Service, Settings, World};

use super::browser::Browser;
use crate::App;

pub(super) const ISSUER: &str = "http://127.0.0.1:8420";
pub(super) const EMAIL: &str = "ada@example.org";
pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const REDIRECT: &str = "https://app.example/cb?kept=1";
/// The challenge of RFC 7636 appendix B, and its verifier.
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(super) struct Bed {
    pub(super) app: Arc<App>,
    pub(super) router: Router,
    folder: PathBuf,
}

impl Bed {
    /// With nothing in the store.
    pub(super) async fn empty(issuer: &str) -> Self {
        Self::on(issuer, None).await
    }

    /// With nothing in the store, and this way to providers.
    pub(super) async fn on(issuer: &str, wire: Option<Arc<dyn Wire>>) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("evergrant-pages-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir(&folder).unwrap();
        let world: Arc<dyn World> = Arc::new(Real::default());
        let key = MasterKeySource::File(folder.join("master.key"));
        let store = open(&Target::in_directory(&folder), &key, world.now())
            .await
            .unwrap();
        let mut settings = Settings::new(issuer);
        settings.password_cost = PasswordCost {
            memory_kib: 64,
            passes: 1,
        };
        let ground = wire.map_or_else(Ground::without_providers, |wire| Ground {
            wire,
            spool: Arc::new(Folder::new(
                folder.join("spool"),
                ProcessId::new(world.now(), world.chance()),
            )),
            bounds: Bounds::default(),
        });
        let service = Service::start_on(store, world, settings, ground)
            .await
            .unwrap();
        let app = App::new(service);
        Self {
            router: crate::router(Arc::clone(&app)),
            app,
            folder,
        }
    }

    /// With a team and its owner.
    pub(super) async fn at(issuer: &str) -> (Self, SetUp) {
        let bed = Self::empty(issuer).await;
        let made = bed.team().await;
        (bed, made)
    }

    /// Makes the team and its owner.
    pub(super) async fn team(&self) -> SetUp {
        let setup = Setup {
            team: "Canopy & Sons".into(),
            email: EMAIL.into(),
            password: Some(Secret::new(PASSWORD.into())),
        };
        self.app.service.set_up(&setup).await.unwrap()
    }

    /// With a client too.
    pub(super) async fn new() -> (Self, Client) {
        let (bed, _) = Self::at(ISSUER).await;
        let client = bed
            .client("Ledger", &[REDIRECT], &["invoices.read", "invoices.write"])
            .await;
        (bed, client)
    }

    pub(super) async fn client(&self, name: &str, uris: &[&str], scopes: &[&str]) -> Client {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let new = NewClient {
            public: true,
            redirect_uris: owned(uris),
            scopes: owned(scopes),
            idle_ttl: Span::from_days(30),
            absolute_ttl: Span::from_days(365),
            ..NewClient::new(name)
        };
        let caller = self.app.service.operator().await.unwrap();
        self.app.service.add_client(&caller, &new).await.unwrap().0
    }

    pub(super) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser in which the owner is signed in.
    pub(super) async fn signed_in(&self) -> Browser {
        self.signed_in_as(EMAIL).await
    }

    /// A browser in which somebody is signed in.
    pub(super) async fn signed_in_as(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.get("/login").await;
        let answer = browser
            .submit(&page, &[("email", email), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.location(), "/settings");
        browser
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// An authorization request with these parameters changed; an empty one is left out.
pub(super) fn request(client: &Client, changes: &[(&str, &str)]) -> String {
    let id = client.id.to_string();
    let mut pairs = vec![
        ("client_id", id.as_str()),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "invoices.read"),
        ("state", "a b&c"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    pairs.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    pairs.extend(changes.iter().filter(|(_, value)| !value.is_empty()));
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    format!("/oauth2/authorize?{}", query.extend_pairs(pairs).finish())
}
