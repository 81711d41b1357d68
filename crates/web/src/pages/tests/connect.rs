//! From a link to a provider and back.

use std::sync::Arc;

use axum::http::StatusCode;
use evergrant_service::core::Secret;
use evergrant_service::core::people::Role;
use evergrant_service::held::connect::Way;
use evergrant_service::manage::users::NewUser;

use super::bed::{Bed, EMAIL, ISSUER, PASSWORD};
use super::browser::{Answer, Browser};
use super::provider::{CONSENT, Provider, TOKENS, begin, integration, state};

const OTHER: &str = "eve@example.org";

async fn bed(provider: &Arc<Provider>) -> Bed {
    let wire = Arc::clone(provider);
    let bed = Bed::on(ISSUER, Some(wire)).await;
    bed.team().await;
    integration(&bed, CONSENT).await;
    bed
}

/// A link for the owner, as a path of ours.
async fn link(bed: &Bed) -> String {
    begin(bed, Way::Link).await.path().to_owned()
}

/// Follows a link, and gives the `state` that goes along.
async fn set_out(browser: &mut Browser, link: &str) -> String {
    let page = browser.get(link).await;
    let answer = browser.submit(&page, &[("go", "on")]).await;
    answer.callback()["state"].clone()
}

async fn other_person(bed: &Bed) -> Browser {
    let caller = bed.app.service.operator().await.unwrap();
    let new = NewUser {
        email: OTHER.into(),
        role: Role::Admin,
        password: Some(Secret::new(PASSWORD.into())),
    };
    bed.app.service.add_user(&caller, &new).await.unwrap();
    bed.signed_in_as(OTHER).await
}

fn back(state: &str) -> String {
    format!("/oauth/callback?state={state}&code=the-code")
}

fn shows_no_secret(page: &Answer, state: &str) {
    assert!(!page.body.contains("the-code"), "{}", page.body);
    assert!(!page.body.contains(state), "{}", page.body);
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none';")
    );
}

#[tokio::test]
async fn a_link_leads_through_a_sign_in_to_the_provider_and_back() {
    let provider = Provider::answering(200, TOKENS);
    let bed = bed(&provider).await;
    let link = link(&bed).await;
    let mut browser = bed.browser();
    let sent = browser.get(&link).await;
    let login = sent.location().to_owned();
    assert!(login.starts_with("/login?return_to=%2Fconnect%2Fevg_co_"));
    let page = browser.get(&login).await;
    let values = [("email", EMAIL), ("password", PASSWORD)];
    let answer = browser.submit(&page, &values).await;
    assert_eq!(answer.location(), link);

    let page = browser.get(&link).await;
    for text in [
        "Canopy &#38; Sons",
        EMAIL,
        "mail.read",
        "mail.send",
        ">mail<",
        "post-office",
        "provider.example",
        "href=\"/guides/browser?provider=generic\"",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let policy = page.header("content-security-policy");
    assert!(policy.contains("form-action 'self' https:;"), "{policy}");

    let answer = browser.submit(&page, &[("go", "on")]).await;
    assert!(answer.location().starts_with(&format!("{CONSENT}?")));
    let sent = answer.callback();
    assert_eq!(sent["client_id"], "our-client");
    assert_eq!(sent["redirect_uri"], format!("{ISSUER}/oauth/callback"));
    assert_eq!(sent["scope"], "mail.read mail.send");
    assert_eq!(sent["code_challenge_method"], "S256");
    let cookie = answer.header("set-cookie");
    for part in [
        "; Path=/oauth/callback;",
        "; Max-Age=900;",
        "; HttpOnly",
        "; SameSite=Lax",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert_eq!(provider.count(), 0);

    let page = browser.get(&back(&sent["state"])).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Connected"), "{}", page.body);
    assert!(page.body.contains("mail.send"), "what is missing is named");
    assert!(page.body.contains("You can close this window"));
    shows_no_secret(&page, &sent["state"]);
    assert_eq!(provider.count(), 1);
    assert_eq!(state(&bed).await, "scope_gap");

    let again = browser.get(&back(&sent["state"])).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(again.body.contains("used already"), "{}", again.body);
    shows_no_secret(&again, &sent["state"]);
    assert_eq!(provider.count(), 1);
    assert_eq!(state(&bed).await, "scope_gap");
}

#[tokio::test]
async fn opening_a_link_spends_nothing_and_the_button_spends_it() {
    let bed = bed(&Provider::answering(200, TOKENS)).await;
    let link = link(&bed).await;
    let mut browser = bed.signed_in().await;
    for _ in 0..3 {
        assert_eq!(browser.get(&link).await.status, StatusCode::OK);
    }
    let page = browser.get(&link).await;
    browser.submit(&page, &[("go", "on")]).await.location();
    let used = browser.get(&link).await;
    assert_eq!(used.status, StatusCode::GONE);
    assert!(used.body.contains("used already"));
    let twice = browser.submit(&page, &[("go", "on")]).await;
    assert_eq!(twice.status, StatusCode::GONE);
    assert!(twice.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn a_link_is_not_followed_without_the_form_of_this_person() {
    let bed = bed(&Provider::answering(200, TOKENS)).await;
    let link = link(&bed).await;
    let mut browser = bed.signed_in().await;
    assert_eq!(
        browser.post(&link, &[]).await.status,
        StatusCode::FORBIDDEN,
        "no anti-forgery field"
    );
    let anonymous = bed.browser().post(&link, &[]).await;
    assert!(anonymous.location().starts_with("/login"));

    let mut other = other_person(&bed).await;
    let seen = other.get(&link).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    assert!(seen.body.contains("made for another person") && seen.body.contains(OTHER));
    assert!(!seen.body.contains("post-office"));
    let page = other.get("/settings").await;
    let (_, fields) = page.form_with("anti_forgery");
    let values = [("anti_forgery", fields[0].1.as_str())];
    assert_eq!(
        other.post(&link, &values).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(browser.get(&link).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_the_browser_that_set_out_may_come_back() {
    let provider = Provider::answering(200, TOKENS);
    let bed = bed(&provider).await;
    let link = link(&bed).await;
    let mut browser = bed.signed_in().await;
    let sent = set_out(&mut browser, &link).await;
    let mut other = bed.signed_in().await;
    let page = other.get(&back(&sent)).await;
    assert_eq!(page.status, StatusCode::GONE);
    let (name, _) = browser
        .cookies
        .iter()
        .find(|(name, _)| name.contains("consent"))
        .unwrap();
    other.cookies.insert(name.clone(), "A".repeat(43));
    assert_eq!(other.get(&back(&sent)).await.status, StatusCode::GONE);
    assert_eq!(provider.count(), 0);
    assert_eq!(state(&bed).await, "pending");

    let page = browser.get(&back(&sent)).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(state(&bed).await, "scope_gap");
    let left = browser.cookies.keys().any(|name| name.contains("consent"));
    assert!(!left, "the cookie is taken back");
}

#[tokio::test]
async fn the_link_itself_is_no_way_back() {
    let provider = Provider::answering(200, TOKENS);
    let bed = bed(&provider).await;
    let link = link(&bed).await;
    let ticket = link.rsplit('/').next().unwrap();
    let page = bed.signed_in().await.get(&back(ticket)).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert_eq!(provider.count(), 0);
    assert_eq!(state(&bed).await, "pending");
}

#[tokio::test]
async fn what_failed_is_told_with_the_next_step() {
    for (provider, query, heading, step) in [
        (
            Provider::answering(200, TOKENS),
            "error=access_denied",
            "You did not agree",
            "ask for a new link",
        ),
        (
            Provider::answering(200, TOKENS),
            "error=server_error&error_description=Down%20for%20%3Cb%3E",
            "The provider refused",
            "It said: Down for &#60;b&#62;",
        ),
        (
            Provider::answering(400, r#"{"error":"invalid_grant"}"#),
            "code=the-code",
            "The provider refused",
            "invalid_grant",
        ),
        (
            Provider::answering(401, r#"{"error":"invalid_client"}"#),
            "code=the-code",
            "The provider did not accept our app",
            "Tell an admin of your team",
        ),
        (
            Provider::silent(),
            "code=the-code",
            "answer was lost",
            "agree once more",
        ),
    ] {
        let bed = bed(&provider).await;
        let mut browser = bed.signed_in().await;
        let sent = set_out(&mut browser, &link(&bed).await).await;
        let page = browser
            .get(&format!("/oauth/callback?state={sent}&{query}"))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(page.body.contains(heading), "{query}: {}", page.body);
        assert!(page.body.contains(step), "{query}: {}", page.body);
        shows_no_secret(&page, &sent);
        let caller = bed.app.service.operator().await.unwrap();
        let gone = bed.app.service.connection(&caller, "mail").await;
        let state = gone.map(|it| it.loaded.connection.standing.state.as_str());
        assert!(!matches!(state, Ok("active" | "scope_gap" | "pending")));
    }
}

#[tokio::test]
async fn an_answer_that_can_not_be_read_changes_nothing() {
    let provider = Provider::answering(200, TOKENS);
    let bed = bed(&provider).await;
    let mut browser = bed.signed_in().await;
    let sent = set_out(&mut browser, &link(&bed).await).await;
    for query in [
        String::new(),
        "?code=the-code".into(),
        "?state=&code=the-code".into(),
        format!("?state={sent}&state={sent}&code=the-code"),
        format!("?state={sent}&code=the-code&code=another"),
        format!("?state={sent}&code=the-code&error=a&error=b"),
    ] {
        let page = browser.get(&format!("/oauth/callback{query}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{query}");
        shows_no_secret(&page, &sent);
    }
    let unknown = browser.get(&back("evg_co_unknown")).await;
    assert_eq!(unknown.status, StatusCode::GONE);
    assert_eq!(provider.count(), 0);
    assert_eq!(state(&bed).await, "pending");
    assert_eq!(browser.get(&back(&sent)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_person_can_be_on_two_ways_at_once() {
    let bed = bed(&Provider::answering(200, TOKENS)).await;
    let mut browser = bed.signed_in().await;
    let first = link(&bed).await;
    let caller = bed.app.service.operator().await.unwrap();
    let new = evergrant_service::held::connect::NewConnection {
        integration: "post-office".into(),
        name: Some("second".into()),
        owner: None,
        way: Way::Link,
    };
    let begun = bed.app.service.begin_connection(&caller, &new).await;
    let second = begun.unwrap().url.path().to_owned();
    let first = set_out(&mut browser, &first).await;
    let second = set_out(&mut browser, &second).await;
    for sent in [first, second] {
        let page = browser.get(&back(&sent)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("Connected"));
    }
}

#[tokio::test]
async fn over_https_the_cookie_is_secure() {
    let provider = Provider::answering(200, TOKENS);
    let wire = Arc::clone(&provider);
    let bed = Bed::on("https://auth.example", Some(wire)).await;
    bed.team().await;
    integration(&bed, "http://provider.example/authorize").await;
    let mut browser = bed.signed_in().await;
    let page = browser.get(&link(&bed).await).await;
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("form-action 'self' http: https:;"),
        "{policy}"
    );
    let answer = browser.submit(&page, &[("go", "on")]).await;
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("__Secure-evergrant_consent_") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
}
