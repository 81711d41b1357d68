//! What every page says to browsers, and the answers where nothing is.

use axum::http::StatusCode;

use super::bed::{Bed, ISSUER, request};

#[tokio::test]
async fn every_page_is_protected() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    let consent = request(&client, &[]);
    for uri in [
        "/login",
        "/settings",
        "/oauth2/authorize",
        &consent,
        "/setup",
        "/guides",
        "/guides/browser",
        "/guides/user_revoked?provider=google",
        "/guides/nothing",
        "/explain",
        "/nothing",
        "/",
    ] {
        let answer = browser.get(uri).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{uri}: {policy}"
        );
        assert!(
            policy.ends_with("frame-ancestors 'none'; base-uri 'none'"),
            "{uri}: {policy}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{uri}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{uri}");
        assert_eq!(answer.header("cache-control"), "no-store", "{uri}");
        assert!(!answer.header("permissions-policy").is_empty(), "{uri}");
        assert!(
            matches!(
                answer.header("referrer-policy"),
                "no-referrer" | "same-origin"
            ),
            "{uri}"
        );
        assert_eq!(answer.header("access-control-allow-origin"), "", "{uri}");
        assert!(
            !answer.body.contains("<script") && !answer.body.contains("style=\""),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn only_the_page_that_leads_to_a_client_may_send_there() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    for (uri, targets) in [
        (
            request(&client, &[]),
            "form-action 'self' https://app.example;",
        ),
        ("/settings".to_owned(), "form-action 'self';"),
        ("/login".to_owned(), "form-action 'self';"),
        (
            request(&client, &[("redirect_uri", "https://evil.example")]),
            "form-action 'self';",
        ),
    ] {
        let answer = browser.get(&uri).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains(targets), "{uri}: {policy}");
    }
}

#[tokio::test]
async fn nothing_is_said_where_nothing_is() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    let page = browser.get("/nothing").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.body.contains("What to do"));
    browser.headers.retain(|(name, _)| *name != "accept");
    let line = browser.get("/nothing").await;
    assert_eq!(line.status, StatusCode::NOT_FOUND);
    assert!(!line.body.contains('<'));
}

#[tokio::test]
async fn the_stylesheet_is_kept_by_its_content() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    let page = browser.get("/login").await;
    let (_, href) = page.body.split_once("stylesheet\" href=\"").unwrap();
    let uri = href.split('"').next().unwrap();
    let style = browser.get(uri).await;
    assert_eq!(style.status, StatusCode::OK);
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
    assert!(style.header("cache-control").contains("immutable"));
    let tag = style.header("etag").to_owned();
    assert!(tag.starts_with('"'));
    let other = browser.get("/assets/style.css").await;
    assert_eq!(other.header("cache-control"), "no-cache");
    browser.headers.push(("if-none-match", tag));
    let same = browser.get("/assets/style.css").await;
    assert_eq!(
        (same.status, same.body.as_str()),
        (StatusCode::NOT_MODIFIED, "")
    );
}
