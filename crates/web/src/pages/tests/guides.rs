//! Guides as somebody reads them who has no account here.

use axum::http::StatusCode;
use evergrant_service::held::guides;

use super::bed::{Bed, ISSUER};
use super::browser::Browser;

/// Elements that have no end.
const VOID: [&str; 6] = ["meta", "link", "rect", "path", "input", "br"];

/// Looks whether every element ends where it should, and no name stands twice.
fn well_formed(uri: &str, html: &str) {
    let mut open = Vec::new();
    for tag in html.split('<').skip(1) {
        let (tag, _) = tag
            .split_once('>')
            .unwrap_or_else(|| panic!("{uri}: <{tag}"));
        let name = tag
            .split([' ', '/', '\n'])
            .find(|it| !it.is_empty())
            .unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{uri}: </{name}>");
        } else if !VOID.contains(&name) && !tag.ends_with('/') && !tag.starts_with('!') {
            open.push(name);
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{uri}: <{tag}>");
    }
    assert_eq!(open, Vec::<&str>::new(), "{uri}");
    // A list in a paragraph, or a block in a heading, is what browsers take apart.
    for wrong in [
        "<p><ol",
        "<p><ul",
        "<p><p",
        "<h1><p",
        "<li></li>",
        "<p></p>",
        "<dd></dd>",
    ] {
        assert!(!html.contains(wrong), "{uri} has {wrong}");
    }
    assert_eq!(html.matches("<h1").count(), 1, "{uri}");
    assert!(!html.contains("**"), "{uri} shows markup");
}

async fn shown(browser: &mut Browser, uri: &str) -> String {
    let answer = browser.get(uri).await;
    assert_eq!(answer.status, StatusCode::OK, "{uri}");
    let policy = answer.header("content-security-policy");
    let strict = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';";
    assert!(policy.starts_with(strict), "{uri}: {policy}");
    assert!(!answer.headers.contains_key("set-cookie"), "{uri}");
    for banned in ["<script", "style=\"", "onclick", "<form"] {
        assert!(!answer.body.contains(banned), "{uri} has {banned}");
    }
    well_formed(uri, &answer.body);
    answer.body
}

#[tokio::test]
async fn every_page_of_the_guides_is_for_anybody_and_well_formed() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    let list = shown(&mut browser, "/guides").await;
    for guide in guides::all() {
        let address = guides::address(guide.cause, None);
        assert!(list.contains(&format!("href=\"{address}\"")), "{address}");
        let page = shown(&mut browser, &address).await;
        assert!(
            page.contains("Who acts") && page.contains("What to do"),
            "{address}"
        );
        for part in &guide.parts {
            let address = guides::address(guide.cause, Some(&part.provider));
            shown(&mut browser, &address).await;
        }
    }
    for place in guides::places() {
        let address = guides::browser_address(Some(&place.key));
        let page = shown(&mut browser, &address).await;
        assert!(page.contains(&format!("At {}", place.name)), "{address}");
    }
}

#[tokio::test]
async fn a_provider_has_its_own_steps_and_places() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    let google = shown(&mut browser, "/guides/app_in_testing_mode?provider=gmail").await;
    assert!(google.contains("At Google") && google.contains("Publish app"));
    assert!(
        google.contains("Google Auth Platform › Audience"),
        "a path has arrows"
    );
    assert!(google.contains("href=\"/guides/browser?provider=google\""));
    assert!(google.contains("href=\"/guides?provider=google\""));
    let revoked = shown(&mut browser, "/guides/user_revoked?provider=google").await;
    let link = "<a href=\"/guides/idle_expiry?provider=google\">Nobody used the grant";
    assert!(revoked.contains(link), "a guide that is named is a link");
    let slack = shown(&mut browser, "/guides/provider-outage?provider=slack").await;
    assert!(slack.contains("href=\"https://slack-status.com\" rel=\"noreferrer\""));
    let same = shown(&mut browser, "/guides/clock_skew?provider=slack").await;
    assert!(same.contains("Nothing is different there"));
    let listed = shown(&mut browser, "/guides?provider=slack").await;
    assert!(listed.contains("Guides for Slack"));
    assert!(listed.contains("href=\"/guides/user_revoked?provider=slack\""));
}

#[tokio::test]
async fn what_is_not_there_is_said_and_nothing_foreign_is_shown() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    let hostile = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E";
    for uri in [
        format!("/guides/user_revoked?provider={hostile}"),
        format!("/guides/browser?provider={hostile}"),
        format!("/guides?provider={hostile}"),
    ] {
        let page = shown(&mut browser, &uri).await;
        assert!(!page.contains("alert("), "{uri}");
    }
    let page = shown(&mut browser, "/guides/user_revoked?provider=acme").await;
    assert!(page.contains("Nothing is known here of the provider"));
    let page = shown(&mut browser, "/guides/user_revoked?provider=generic").await;
    assert!(!page.contains("Nothing is known here"));
    for uri in [
        format!("/guides/{hostile}"),
        "/guides/no_such_cause".to_owned(),
    ] {
        let answer = browser.get(&uri).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{uri}");
        assert!(answer.body.contains("There is no guide of that name."));
        assert!(!answer.body.contains("alert("), "{uri}");
        well_formed(&uri, &answer.body);
    }
    let posted = browser.post("/guides", &[]).await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_steps_of_the_browser_that_asks_stand_first_and_open() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    let page = shown(&mut browser, "/guides/browser").await;
    assert!(
        !page.contains("<details open"),
        "nothing is known of the browser"
    );
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
    browser.headers.push(("user-agent", agent.into()));
    let page = shown(&mut browser, "/guides/browser").await;
    let (_, folds) = page.split_once("<div class=\"folds\">").unwrap();
    let first = folds.trim_start();
    assert!(
        first.starts_with("<details open>\n<summary>Firefox on a computer"),
        "{first}"
    );
    assert_eq!(page.matches("<details open>").count(), 1);
}
