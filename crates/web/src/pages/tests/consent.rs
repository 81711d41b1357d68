//! The person's decision.

use axum::http::StatusCode;
use evergrant_service::core::Secret;

use super::bed::{Bed, EMAIL, ISSUER, REDIRECT, request};

#[tokio::test]
async fn allow_gives_a_code_and_deny_gives_none() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    let page = browser.get(&request(&client, &[])).await;
    assert!(page.body.contains("Canopy &#38; Sons"));
    assert!(page.body.contains(EMAIL) && page.body.contains("invoices.read"));
    assert!(page.body.contains("app.example") && page.body.contains("365 days"));

    let allowed = browser.submit(&page, &[("decision", "allow")]).await;
    assert!(
        allowed
            .location()
            .starts_with("https://app.example/cb?kept=1&code=evg_ac_")
    );
    let callback = allowed.callback();
    assert_eq!(callback["state"], "a b&c");
    assert_eq!(callback["iss"], ISSUER);
    assert_eq!(allowed.header("cache-control"), "no-store");
    assert_eq!(allowed.header("referrer-policy"), "no-referrer");

    let callback = browser
        .submit(&page, &[("decision", "deny")])
        .await
        .callback();
    assert_eq!(callback["error"], "access_denied");
    assert_eq!(callback["error_code"], "user_denied");
    assert_eq!(callback["state"], "a b&c");
    assert_eq!(callback["iss"], ISSUER);
    assert!(!callback.contains_key("code"));

    let strange = browser.submit(&page, &[("decision", "maybe")]).await;
    assert_eq!(strange.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_decision_without_its_anti_forgery_field_changes_nothing() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    let page = browser.get(&request(&client, &[])).await;
    for value in ["", "AAAA", "not base64!"] {
        let values = [("decision", "allow"), ("anti_forgery", value)];
        let answer = browser.submit(&page, &values).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{value}");
    }
    let mut other = bed.signed_in().await;
    let answer = other.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(
        answer.status,
        StatusCode::FORBIDDEN,
        "the form of another session"
    );

    browser
        .headers
        .push(("origin", "https://evil.example".into()));
    let answer = browser.submit(&page, &[("decision", "allow")]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn hidden_fields_are_judged_anew() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    let page = browser.get(&request(&client, &[])).await;
    let evil = [
        ("decision", "allow"),
        ("redirect_uri", "https://evil.example/"),
    ];
    assert_eq!(
        browser.submit(&page, &evil).await.status,
        StatusCode::BAD_REQUEST
    );
    let other = [("decision", "allow"), ("client_id", "client_other")];
    assert_eq!(
        browser.submit(&page, &other).await.status,
        StatusCode::BAD_REQUEST
    );
    for (name, value, error) in [
        ("scope", "invoices.read admin", "invalid_scope"),
        ("code_challenge", "", "invalid_request"),
        ("response_type", "token", "unsupported_response_type"),
        ("resource", "no uri", "invalid_target"),
    ] {
        let answer = browser
            .submit(&page, &[("decision", "allow"), (name, value)])
            .await;
        assert!(answer.location().starts_with(REDIRECT));
        assert_eq!(answer.callback()["error"], error, "{name}");
    }
}

#[tokio::test]
async fn a_session_that_ended_meanwhile_signs_in_again() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    let uri = request(&client, &[]);
    let page = browser.get(&uri).await;
    let caller = bed.app.service.operator().await.unwrap();
    let password = Secret::new("another good one".into());
    bed.app
        .service
        .set_password(&caller, EMAIL, &password)
        .await
        .unwrap();
    let answer = browser.submit(&page, &[("decision", "allow")]).await;
    let expected = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect::<String>();
    assert_eq!(answer.location(), format!("/login?return_to={expected}"));
}

#[tokio::test]
async fn not_you_leads_back_to_the_request_through_a_sign_in() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    let uri = request(&client, &[]);
    let page = browser.get(&uri).await;
    let (action, fields) = page.form_with("return_to");
    assert_eq!(action, "/logout");
    let fields: Vec<_> = fields
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    let answer = browser.post(&action, &fields).await;
    assert!(
        answer
            .location()
            .starts_with("/login?return_to=%2Foauth2%2Fauthorize%3Fclient_id")
    );
    assert!(!browser.cookies.contains_key("evergrant_session"));
}

#[tokio::test]
async fn an_app_on_the_device_gets_its_answer() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.signed_in().await;
    for (uri, registered, target) in [
        (
            "com.example.app:/oauth",
            "com.example.app:/oauth",
            "com.example.app:",
        ),
        (
            "http://127.0.0.1:52100/cb",
            "http://127.0.0.1/cb",
            "http://127.0.0.1:52100",
        ),
    ] {
        let client = bed.client("Desk", &[registered], &["invoices.read"]).await;
        let page = browser
            .get(&request(&client, &[("redirect_uri", uri)]))
            .await;
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains(&format!("form-action 'self' {target};")),
            "{policy}"
        );
        assert!(page.body.contains("on this device"));
        let answer = browser.submit(&page, &[("decision", "allow")]).await;
        assert!(answer.location().starts_with(&format!("{uri}?code=")));
    }
}

#[tokio::test]
async fn a_hostile_name_is_shown_as_text() {
    let (bed, _) = Bed::at(ISSUER).await;
    let name = "<script>alert(1)</script>\"'&";
    let scope = "<img/src=x>";
    let client = bed.client(name, &[REDIRECT], &[scope]).await;
    let mut browser = bed.browser();
    let uri = request(
        &client,
        &[("scope", scope), ("state", "\"><script>x</script>")],
    );
    let sent = browser.get(&uri).await;
    let login = browser.get(sent.location()).await;
    let mut browser = bed.signed_in().await;
    for page in [login, browser.get(&uri).await] {
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            !page.body.contains("<script") && !page.body.contains("<img"),
            "{}",
            page.body
        );
        assert!(
            page.body
                .contains("&#60;script&#62;alert(1)&#60;/script&#62;&#34;&#39;&#38;")
        );
    }
}
