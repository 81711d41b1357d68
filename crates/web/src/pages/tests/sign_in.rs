//! Signing in and out.

use axum::http::StatusCode;

use super::bed::{Bed, EMAIL, ISSUER, PASSWORD};

#[tokio::test]
async fn a_person_signs_in_and_out() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    assert_eq!(browser.get("/").await.location(), "/settings");
    let sent = browser.get("/settings").await;
    assert_eq!(sent.location(), "/login?return_to=%2Fsettings");
    let page = browser.get(sent.location()).await;
    let answer = browser
        .submit(&page, &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.location(), "/settings");
    let set = answer.header("set-cookie");
    assert!(set.starts_with("evergrant_session=evg_se_"), "{set}");
    assert!(
        set.ends_with("; Path=/; Max-Age=1209600; HttpOnly; SameSite=Lax"),
        "{set}"
    );

    let page = browser.get("/settings").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Approved integrations"));
    assert!(page.body.contains(EMAIL));

    let session = browser.cookies["evergrant_session"].clone();
    let (action, fields) = page.form_with("anti_forgery");
    assert_eq!(action, "/logout");
    let fields: Vec<_> = fields
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(browser.post(&action, &fields).await.location(), "/login");
    assert!(!browser.cookies.contains_key("evergrant_session"));
    browser.cookies.insert("evergrant_session".into(), session);
    assert_eq!(browser.get("/settings").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn behind_https_the_cookies_are_bound_to_the_host() {
    let (bed, _) = Bed::at("https://auth.example").await;
    let mut browser = bed.browser();
    let page = browser.get("/login").await;
    let set = page.header("set-cookie");
    assert!(set.starts_with("__Host-evergrant_form="), "{set}");
    let answer = browser
        .submit(&page, &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-evergrant_session="), "{set}");
    assert!(set.ends_with("; HttpOnly; SameSite=Lax; Secure"), "{set}");
    assert!(
        set.contains("; Path=/;") && !set.contains("Domain"),
        "{set}"
    );
}

#[tokio::test]
async fn every_sign_in_makes_a_session_of_its_own() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.signed_in().await;
    let first = browser.cookies["evergrant_session"].clone();
    let page = browser.get("/login").await;
    assert!(page.body.contains("You are signed in as"));
    browser
        .submit(&page, &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    assert_ne!(browser.cookies["evergrant_session"], first);

    let mut other = bed.browser();
    let planted = "evg_se_planted".to_owned();
    other
        .cookies
        .insert("evergrant_session".into(), planted.clone());
    let page = other.get("/login").await;
    other
        .submit(&page, &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    assert_ne!(other.cookies["evergrant_session"], planted);
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_address_look_the_same() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    let page = browser.get("/login").await;
    for (email, password) in [
        (EMAIL, "wrong"),
        ("eve@example.org", PASSWORD),
        ("\"<x>", "y"),
    ] {
        let answer = browser
            .submit(&page, &[("email", email), ("password", password)])
            .await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(
            answer
                .body
                .contains("The e-mail address or the password is wrong.")
        );
        assert!(!answer.body.contains("<x>"));
        let (_, fields) = answer.form_with("email");
        assert!(
            fields.contains(&("email".into(), email.into())),
            "{fields:?}"
        );
        assert!(fields.contains(&("password".into(), String::new())));
        assert!(!browser.cookies.contains_key("evergrant_session"));
    }
}

#[tokio::test]
async fn who_guesses_is_told_to_wait() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    let page = browser.get("/login").await;
    for _ in 0..40 {
        let answer = browser
            .submit(&page, &[("email", EMAIL), ("password", "wrong")])
            .await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            let wait: u32 = answer.header("retry-after").parse().unwrap();
            assert!(wait > 0);
            assert!(answer.body.contains("There were too many tries. Wait "));
            return;
        }
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    panic!("nobody was told to wait");
}

#[tokio::test]
async fn sign_in_never_leads_to_another_site() {
    let (bed, _) = Bed::at(ISSUER).await;
    for wanted in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil",
    ] {
        let mut browser = bed.browser();
        let page = browser.get("/login").await;
        let values = [
            ("email", EMAIL),
            ("password", PASSWORD),
            ("return_to", wanted),
        ];
        assert_eq!(
            browser.submit(&page, &values).await.location(),
            "/settings",
            "{wanted:?}"
        );
    }
    let mut browser = bed.browser();
    let page = browser.get("/login?return_to=//evil.example").await;
    assert!(!page.body.contains("evil.example"));
}

#[tokio::test]
async fn a_form_that_is_not_ours_is_refused() {
    let (bed, _) = Bed::at(ISSUER).await;
    let mut browser = bed.browser();
    let values = [("email", EMAIL), ("password", PASSWORD)];
    assert_eq!(
        browser.post("/login", &values).await.status,
        StatusCode::FORBIDDEN
    );
    let page = browser.get("/login").await;
    assert_eq!(
        browser.post("/login", &values).await.status,
        StatusCode::FORBIDDEN
    );
    let wrong = [values[0], values[1], ("anti_forgery", "AAAA")];
    assert_eq!(
        browser.submit(&page, &wrong).await.status,
        StatusCode::FORBIDDEN
    );

    for (origin, status) in [
        ("https://evil.example", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
        ("http://127.0.0.1:9999", StatusCode::FORBIDDEN),
        (ISSUER, StatusCode::SEE_OTHER),
    ] {
        browser.headers.retain(|(name, _)| *name != "origin");
        browser.headers.push(("origin", origin.into()));
        let answer = browser.submit(&page, &values).await;
        assert_eq!(answer.status, status, "{origin}");
        if status == StatusCode::FORBIDDEN {
            assert!(answer.body.contains("What to do") && answer.body.contains(ISSUER));
        }
    }
    let mut other = bed.browser();
    other.get("/login").await;
    assert_eq!(
        other.submit(&page, &values).await.status,
        StatusCode::FORBIDDEN
    );
}
