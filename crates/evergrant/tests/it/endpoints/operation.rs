//! What operators ask: is it alive, can it serve, what did it do.

use crate::scene::{Scene, renewed};

#[tokio::test]
async fn health_readiness_and_counters() {
    let scene = Scene::new();
    assert_eq!(scene.get("/healthz").await.status, 200);
    assert_eq!(scene.get("/readyz").await.status, 200);
    let app = scene.app(&[]);
    let pair = scene.tokens(&app).await;
    let pair = renewed(&app, &pair.refresh).await;
    app.refresh("x").await.unwrap();
    app.ask("/oauth2/token", &[("grant_type", "a_word_of_the_callers")])
        .await
        .unwrap();
    app.introspect(&pair.access).await.unwrap();
    app.introspect("x").await.unwrap();
    app.revoke(&pair.refresh).await.unwrap();
    app.refresh(&pair.refresh).await.unwrap();
    let metrics = scene.get("/metrics").await;
    let kind = metrics.headers.first("content-type").unwrap();
    assert!(kind.starts_with("application/openmetrics-text"), "{kind}");
    let metrics = metrics.text();
    let token = |kind, outcome| {
        format!("token_requests_total{{grant_type=\"{kind}\",outcome=\"{outcome}\"}} 1")
    };
    for line in [
        token("authorization_code", "ok"),
        token("refresh_token", "ok"),
        token("refresh_token", "token_unknown"),
        token("refresh_token", "revoked_by_client"),
        token("other", "grant_type_unknown"),
        "introspections_total{outcome=\"active\"} 1".to_owned(),
        "introspections_total{outcome=\"inactive\"} 1".to_owned(),
        "revocations_total{outcome=\"ok\"} 1".to_owned(),
        "sign_ins_total{outcome=\"ok\"} 1".to_owned(),
    ] {
        assert!(
            metrics.contains(&format!("evergrant_{line}\n")),
            "{line} is not in {metrics}"
        );
    }
    assert!(metrics.ends_with("# EOF\n"));
}
