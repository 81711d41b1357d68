//! The store away: no token is judged, and nobody is logged out by it (DESIGN section 3).

use std::sync::Arc;
use std::time::Duration;

use evergrant_sim::actor::{Answer, App};
use evergrant_sim::postgres;

use crate::harness::Bed;
use crate::scene::{Pair, Scene, has_ended, is_live, own_postgres, renewed};

/// The replay window of these tests; each outage is longer.
const WINDOW: Duration = Duration::from_secs(2);

fn on_postgres() -> Option<(Arc<postgres::Server>, Scene)> {
    let server = own_postgres()?;
    let bed = Bed::new().on_database(&server.create_database().unwrap());
    Some((server, Scene::on(bed)))
}

/// What every endpoint has to say while nothing can be decided.
fn is_outage(answer: &Answer) {
    assert_eq!(answer.status, 503, "{answer}");
    assert_eq!(answer.error(), Some("temporarily_unavailable"), "{answer}");
    assert_eq!(answer.error_code(), Some("store_unavailable"), "{answer}");
    assert!(answer.headers.first("retry-after").is_some());
    assert_eq!(answer.headers.first("cache-control"), Some("no-store"));
    assert_eq!(answer.active(), None);
}

async fn all_endpoints(app: &App, pair: &Pair) {
    is_outage(&app.refresh(&pair.refresh).await.unwrap());
    is_outage(&app.introspect(&pair.access).await.unwrap());
    is_outage(&app.introspect(&pair.refresh).await.unwrap());
    is_outage(&app.revoke(&pair.access).await.unwrap());
    is_outage(&app.redeem("evg_ac_x", "x").await.unwrap());
    is_outage(&app.client_credentials().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_503_and_never_an_end() {
    let Some((server, scene)) = on_postgres() else {
        return;
    };
    let every = ["authorization_code", "refresh_token", "client_credentials"];
    let flags = every.map(|kind| ["--grant-type", kind]).concat();
    let app = scene.app(&flags);
    let mut pair = scene.tokens(&app).await;
    for crashed in [false, true] {
        assert_eq!(scene.get("/readyz").await.status, 200);
        let outcome = if crashed {
            server.crash()
        } else {
            server.stop()
        };
        outcome.unwrap();
        for _ in 0..5 {
            all_endpoints(&app, &pair).await;
        }
        let ready = scene.get("/readyz").await;
        assert_eq!(
            (ready.status, ready.headers.first("retry-after")),
            (503, Some("1"))
        );
        assert_eq!(
            scene.get("/healthz").await.status,
            200,
            "it lives, and only can't serve"
        );
        server.start().unwrap();
        let next = renewed(&app, &pair.refresh).await;
        assert!(is_live(&app, &pair.access).await && is_live(&app, &next.access).await);
        pair = next;
    }
}

/// However long it was away, also shorter than beats of the heart are apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_window_that_was_open_is_open_again_afterwards() {
    let Some((server, scene)) = on_postgres() else {
        return;
    };
    let app = scene.app(&["--replay", &WINDOW.as_secs().to_string()]);
    for away in [WINDOW + Duration::from_secs(1), Duration::from_secs(9)] {
        let first = scene.tokens(&app).await;
        let next = renewed(&app, &first.refresh).await;
        server.stop().unwrap();
        is_outage(&app.refresh(&first.refresh).await.unwrap());
        tokio::time::sleep(away).await;
        server.start().unwrap();
        assert_eq!(
            renewed(&app, &first.refresh).await.refresh,
            next.refresh,
            "{away:?}"
        );
        tokio::time::sleep(WINDOW + Duration::from_secs(2)).await;
        has_ended(&app, &first.refresh, "reuse_detected").await;
    }
}
