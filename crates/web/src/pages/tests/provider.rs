//! A provider for tests: it answers every request with what it was told to answer, and counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use evergrant_service::core::held::RawAnswer;
use evergrant_service::core::held::integration::Overrides;
use evergrant_service::core::held::plan::Request;
use evergrant_service::core::held::provider::Endpoints;
use evergrant_service::held::connect::{NewConnection, Way};
use evergrant_service::held::wire::{Limits, Line, Silence, Unreachable, Wire};
use evergrant_service::manage::integrations::NewIntegration;
use evergrant_service::store::engine::Pending;
use url::Url;
use zeroize::Zeroizing;

use super::bed::Bed;

pub(super) const TOKENS: &str = r#"{"access_token":"at-1","refresh_token":"rt-1",
    "token_type":"Bearer","expires_in":3600,"scope":"mail.read"}"#;
/// Where people consent.
pub(super) const CONSENT: &str = "https://provider.example/authorize";

/// An answer, or none where there is no status.
pub(super) struct Provider {
    status: Option<u16>,
    body: &'static str,
    pub(super) asked: AtomicUsize,
}

impl Provider {
    pub(super) fn answering(status: u16, body: &'static str) -> Arc<Self> {
        Arc::new(Self {
            status: Some(status),
            body,
            asked: AtomicUsize::new(0),
        })
    }

    pub(super) fn silent() -> Arc<Self> {
        Arc::new(Self {
            status: None,
            body: "",
            asked: AtomicUsize::new(0),
        })
    }

    pub(super) fn count(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

struct OneLine(Result<RawAnswer, Silence>);

impl Line for OneLine {
    fn exchange(self: Box<Self>, _: Request) -> Pending<'static, Result<RawAnswer, Silence>> {
        Box::pin(std::future::ready(self.0))
    }
}

impl Wire for Provider {
    fn lay<'a>(&'a self, _: &'a Url, _: Limits) -> Pending<'a, Result<Box<dyn Line>, Unreachable>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.status.map(|status| RawAnswer {
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: Zeroizing::new(self.body.as_bytes().to_vec()),
            complete: true,
        });
        let answer = answer.ok_or_else(|| Silence("the line was cut".into()));
        let line: Box<dyn Line> = Box::new(OneLine(answer));
        Box::pin(std::future::ready(Ok(line)))
    }
}

/// Adds a registration at such a provider, and gives its name.
pub(super) async fn integration(bed: &Bed, authorization: &str) -> String {
    let caller = bed.app.service.operator().await.unwrap();
    let new = NewIntegration {
        provider: "generic".into(),
        name: Some("post-office".into()),
        client_id: "our-client".into(),
        client_secret: None,
        scopes: vec!["mail.read".into(), "mail.send".into()],
        overrides: Overrides {
            endpoints: Endpoints {
                authorization: Some(authorization.into()),
                token: Some("https://provider.example/token".into()),
                ..Endpoints::default()
            },
            ..Overrides::default()
        },
        discover: None,
    };
    let made = bed.app.service.add_integration(&caller, &new).await;
    made.unwrap().name
}

/// Begins a connection by consent, and gives what the person has to open.
pub(super) async fn begin(bed: &Bed, way: Way) -> Url {
    let caller = bed.app.service.operator().await.unwrap();
    let new = NewConnection {
        integration: "post-office".into(),
        name: Some("mail".into()),
        owner: None,
        way,
    };
    let begun = bed.app.service.begin_connection(&caller, &new).await;
    begun.unwrap().url
}

/// The state of the connection.
pub(super) async fn state(bed: &Bed) -> &'static str {
    let caller = bed.app.service.operator().await.unwrap();
    let seen = bed.app.service.connection(&caller, "mail").await.unwrap();
    seen.loaded.connection.standing.state.as_str()
}
