//! The page to paste into.

use axum::http::StatusCode;

use super::bed::{Bed, ISSUER};
use super::browser::{Answer, Browser};

const TEXT: &str = r#"{"error":"invalid_grant","error_description":"Token expired on
2026-11-19T12:00:00Z due to inactivity."}"#;

async fn asked(browser: &mut Browser, text: &str, provider: &str, status: &str) -> Answer {
    let page = browser.get("/explain").await;
    assert_eq!(page.status, StatusCode::OK);
    let values = [("text", text), ("provider", provider), ("status", status)];
    browser.submit(&page, &values).await
}

/// What stands in the text area.
fn area(answer: &Answer) -> &str {
    let (_, rest) = answer.body.split_once("<textarea").unwrap();
    let (_, rest) = rest.split_once(">\n").unwrap();
    rest.split("</textarea>").next().unwrap()
}

#[tokio::test]
async fn anybody_may_ask_and_is_told() {
    let bed = Bed::empty(ISSUER).await;
    let mut browser = bed.browser();
    let answer = asked(&mut browser, TEXT, "google", "400").await;
    assert_eq!(answer.status, StatusCode::OK);
    for said in [
        "<h2 id=\"said\"",
        "What to do",
        "Who must act",
        "<code>idle_expiry</code>",
        "<dd>Google</dd>",
        "datetime=\"2026-11-19T12:00:00Z\"",
        "It came with the HTTP status 400.",
        "href=\"/guides/idle_expiry?provider=google\"",
        "href=\"/guides/user_revoked?provider=google\"",
        "value=\"google\"",
        "value=\"400\"",
        "due to inactivity.&#34;}",
    ] {
        assert!(answer.body.contains(said), "{said}: {}", answer.body);
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(
        answer
            .header("content-security-policy")
            .contains("form-action 'self';")
    );
    assert!(!answer.body.contains("<script"));

    let unknown = asked(&mut browser, "The weather is fine.", "", "").await;
    assert!(unknown.body.contains("tells of no token that failed"));
    assert!(unknown.body.contains("href=\"/guides/unknown\""));
    assert!(!unknown.body.contains("Who must act"));
}

#[tokio::test]
async fn it_stands_in_the_menu_of_who_is_signed_in() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.signed_in().await;
    let link = "<a href=\"/explain\">";
    assert!(browser.get("/settings").await.body.contains(link));
    let here = "<a href=\"/explain\" aria-current=\"page\">";
    assert!(browser.get("/explain").await.body.contains(here));
    let answer = asked(&mut browser, TEXT, "", "").await;
    assert!(answer.body.contains(here) && answer.body.contains("Sign out"));
}

#[tokio::test]
async fn what_was_pasted_comes_back_without_markup_and_secrets() {
    let bed = Bed::empty(ISSUER).await;
    let mut browser = bed.browser();
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let hostile = format!(
        "</textarea><script>alert(1)</script>\n<img src=x onerror=alert(1)>\"'&\n  {{{{ 7*7 }}}}\n\
         refresh_token={token} Bearer {token}"
    );
    for (text, provider) in [
        (hostile.as_str(), "\"><script>alert(2)</script>"),
        (TEXT, hostile.as_str()),
        (TEXT, token),
    ] {
        let answer = asked(&mut browser, text, provider, "400").await;
        assert_eq!(answer.status, StatusCode::OK);
        for wrong in [
            "<script",
            "<img",
            "onerror=alert(1)>",
            token,
            "16C7e42F292c",
        ] {
            assert!(!answer.body.contains(wrong), "{wrong}: {}", answer.body);
        }
        assert_eq!(answer.body.matches("</textarea>").count(), 1);
    }
    let answer = asked(&mut browser, &hostile, "", "").await;
    let shown = area(&answer);
    assert!(
        shown.starts_with("&#60;/textarea&#62;&#60;script&#62;"),
        "{shown}"
    );
    assert!(
        shown.contains("\n  {{ 7*7 }}\nrefresh_token=*** Bearer ***"),
        "{shown}"
    );
}

#[tokio::test]
async fn what_can_not_be_read_is_said_and_nothing_is_lost() {
    let bed = Bed::empty(ISSUER).await;
    let mut browser = bed.browser();
    let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let answer = asked(&mut browser, TEXT, "google", secret).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer
            .body
            .contains("A status is a number from 100 to 599.")
    );
    assert!(answer.body.contains("value=\"google\"") && area(&answer).contains("inactivity"));
    assert!(!answer.body.contains(secret));
    let empty = asked(&mut browser, " \n", "", "").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("There is no text."));
}

#[tokio::test]
async fn a_form_of_another_browser_or_site_is_refused() {
    let bed = Bed::empty(ISSUER).await;
    let mut browser = bed.browser();
    let page = browser.get("/explain").await;
    let mut stranger = bed.browser();
    let answer = stranger.submit(&page, &[("text", TEXT)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    stranger.get("/explain").await;
    let answer = stranger.submit(&page, &[("text", TEXT)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let origin = ("origin", "https://evil.example".to_owned());
    browser.headers.push(origin);
    let answer = browser.submit(&page, &[("text", TEXT)]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    browser.headers.pop();
    let answer = browser.submit(&page, &[("text", TEXT)]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn a_long_text_is_read_and_a_longer_one_refused() {
    let bed = Bed::empty(ISSUER).await;
    let mut browser = bed.browser();
    let long = format!("{}\n{TEXT}", "line of a log\n".repeat(20_000));
    let answer = asked(&mut browser, &long, "google", "").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("idle_expiry"));
    assert!(area(&answer).len() > 280_000);
    let longer = "a".repeat(4 * 1024 * 1024);
    let answer = asked(&mut browser, &longer, "", "").await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
