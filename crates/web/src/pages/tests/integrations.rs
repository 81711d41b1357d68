//! What a person has approved, and how they end it.

use axum::http::StatusCode;
use evergrant_service::core::issued::Client;
use evergrant_service::manage::personal_tokens::{Life, NewPersonalToken};

use super::bed::{Bed, EMAIL, REDIRECT, VERIFIER, request};
use super::browser::Browser;

async fn approve(browser: &mut Browser, client: &Client) {
    let page = browser
        .get(&request(client, &[("resource", "https://api.example/")]))
        .await;
    let code = browser
        .submit(&page, &[("decision", "allow")])
        .await
        .callback()["code"]
        .clone();
    let id = client.id.to_string();
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    let answer = browser.post("/oauth2/token", &fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

async fn press(browser: &mut Browser, page: &str, action: &str) -> super::browser::Answer {
    let (_, form) = page.split_once(&format!("action=\"{action}")).unwrap();
    let rest = form.split('"').next().unwrap().to_owned();
    let (_, value) = form.split_once("value=\"").unwrap();
    let value = value.split('"').next().unwrap();
    browser
        .post(&format!("{action}{rest}"), &[("anti_forgery", value)])
        .await
}

#[tokio::test]
async fn a_grant_is_listed_and_ended() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    let empty = browser.get("/settings/integrations").await;
    assert!(empty.body.contains("No app may act for you."));
    approve(&mut browser, &client).await;
    let page = browser.get("/settings/integrations").await;
    assert!(page.body.contains(">Ledger</th>") && page.body.contains("invoices.read"));
    assert!(page.body.contains("at https://api.example/"));
    let ended = press(&mut browser, &page.body, "/settings/integrations/grants/").await;
    assert_eq!(ended.location(), "/settings/integrations?done=grant-ended");
    let page = browser.get(ended.location()).await;
    assert!(page.body.contains("The grant was ended."));
    assert!(page.body.contains("No app may act for you."));
}

#[tokio::test]
async fn a_personal_access_token_is_listed_and_deleted() {
    let (bed, _) = Bed::new().await;
    let service = &bed.app.service;
    let owner = service.operator().await.unwrap();
    let asked = NewPersonalToken {
        purpose: "Nightly report".into(),
        scopes: Vec::new(),
        life: Life::Default,
    };
    service.make_personal_token(&owner, &asked).await.unwrap();
    let mut browser = bed.signed_in().await;
    let page = browser.get("/settings/integrations").await;
    assert!(page.body.contains("Nightly report") && page.body.contains("evg_pat_"));
    let deleted = press(&mut browser, &page.body, "/settings/integrations/tokens/").await;
    assert_eq!(
        deleted.location(),
        "/settings/integrations?done=token-deleted"
    );
    let page = browser.get(deleted.location()).await;
    assert!(page.body.contains("You have no personal access token."));
}

#[tokio::test]
async fn nothing_is_ended_without_the_form() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    approve(&mut browser, &client).await;
    let page = browser.get("/settings/integrations").await;
    let (_, id) = page.body.split_once("/grants/").unwrap();
    let uri = format!(
        "/settings/integrations/grants/{}/end",
        id.split('/').next().unwrap()
    );
    assert_eq!(browser.post(&uri, &[]).await.status, StatusCode::FORBIDDEN);
    assert_eq!(
        browser.get(&uri).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let sent = bed.browser().post(&uri, &[]).await;
    assert_eq!(sent.location(), "/login?return_to=%2Fsettings");
    let page = browser.get("/settings").await;
    assert!(page.body.contains(">Ledger</th>") && page.body.contains(EMAIL));

    let (_, fields) = page.form_with("anti_forgery");
    let values = [("anti_forgery", fields[0].1.as_str())];
    let unknown = "/settings/integrations/grants/grant_unknown/end";
    assert_eq!(
        browser.post(unknown, &values).await.status,
        StatusCode::NOT_FOUND
    );
}
