//! The first visit to an empty store.

use axum::http::StatusCode;

use super::bed::{Bed, EMAIL, ISSUER, PASSWORD};

#[tokio::test]
async fn the_link_sets_up_once() {
    let bed = Bed::empty(ISSUER).await;
    let mut browser = bed.browser();
    assert_eq!(
        browser.get("/setup?link=x").await.status,
        StatusCode::NOT_FOUND
    );
    let stale = bed.app.setup.open(bed.app.service.world());
    let link = bed.app.setup.open(bed.app.service.world());
    for wrong in ["", "evg_su_x", stale.expose()] {
        let answer = browser.get(&format!("/setup?link={wrong}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    let page = browser.get(&format!("/setup?link={}", link.expose())).await;
    assert_eq!(page.status, StatusCode::OK);
    let mut values = [
        ("team", "Canopy"),
        ("email", EMAIL),
        ("password", PASSWORD),
        ("password_again", "another"),
    ];
    let differs = browser.submit(&page, &values).await;
    assert_eq!(differs.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(differs.body.contains("not the same") && differs.body.contains("Canopy"));
    assert!(!differs.body.contains(PASSWORD));
    values[3].1 = PASSWORD;

    browser
        .headers
        .push(("origin", "https://evil.example".into()));
    assert_eq!(
        browser.submit(&page, &values).await.status,
        StatusCode::FORBIDDEN
    );
    browser.headers.pop();

    assert_eq!(browser.submit(&page, &values).await.location(), "/login");
    assert_eq!(
        browser.submit(&page, &values).await.status,
        StatusCode::NOT_FOUND
    );
    bed.signed_in().await;
}

#[tokio::test]
async fn a_value_that_does_not_do_is_named() {
    let bed = Bed::empty(ISSUER).await;
    let link = bed.app.setup.open(bed.app.service.world());
    let mut browser = bed.browser();
    let page = browser.get(&format!("/setup?link={}", link.expose())).await;
    for (team, email, password, said) in [
        ("", EMAIL, PASSWORD, "A name has 1 to 100"),
        ("Canopy", "ada", PASSWORD, "not an e-mail address"),
        ("Canopy", EMAIL, "short", "A password has 8 to 1024"),
    ] {
        let values = [
            ("team", team),
            ("email", email),
            ("password", password),
            ("password_again", password),
        ];
        let answer = browser.submit(&page, &values).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains(said), "{}", answer.body);
    }
}
