//! How a case begins: a team, an integration behind the proxy, and the first tokens of a grant.

use evergrant_sim::upstream::{CLIENT_ID, CLIENT_SECRET};
use evergrant_web::service::core::held::ReplayPolicy;
use evergrant_web::service::core::held::integration::Overrides;
use evergrant_web::service::core::held::provider::Endpoints;
use evergrant_web::service::core::id::ConnectionId;
use evergrant_web::service::core::{Secret, Span};
use evergrant_web::service::held::import::NewImport;
use evergrant_web::service::manage::integrations::NewIntegration;
use evergrant_web::service::manage::setup::Setup;
use evergrant_web::service::{Service, World as _};

use crate::bed::Bed;
use crate::record::Known;

/// What the connection is called.
pub(crate) const NAME: &str = "c";

/// A connection before its first refresh.
pub(crate) struct Begun {
    pub(crate) connection: ConnectionId,
    pub(crate) known: Known,
}

/// Fills an empty store; the keeper is told this of the server.
pub(crate) async fn furnish(bed: &Bed<'_>, service: &Service, told: ReplayPolicy) -> Begun {
    let team = Setup {
        team: "Acme".to_owned(),
        email: "ada@acme.example".to_owned(),
        password: None,
    };
    service.set_up(&team).await.unwrap();
    let caller = service.operator().await.unwrap();
    let integration = NewIntegration {
        provider: "generic".to_owned(),
        name: None,
        client_id: CLIENT_ID.to_owned(),
        client_secret: Some(Secret::new(CLIENT_SECRET.to_owned())),
        scopes: Vec::new(),
        overrides: Overrides {
            endpoints: Endpoints {
                token: Some(bed.proxy.url().to_string()),
                ..Endpoints::default()
            },
            replay: Some(told),
            ..Overrides::default()
        },
        discover: None,
    };
    let added = service.add_integration(&caller, &integration).await;
    let pair = bed.upstream.first_pair().await.unwrap();
    let import = NewImport {
        integration: added.unwrap().name,
        name: NAME.to_owned(),
        owner: None,
        access_token: Some(Secret::new(pair.access.clone())),
        refresh_token: Some(Secret::new(pair.refresh.clone())),
        expires_in: Some(Span::from_seconds(i64::try_from(pair.expires_in).unwrap())),
        scope: None,
    };
    let known = Known::imported(&pair, bed.clock.now());
    let connection = service.import_connection(&caller, &import).await.unwrap();
    Begun { connection, known }
}
