//! The authorization endpoint before anybody decides.

use axum::http::StatusCode;

use super::bed::{Bed, EMAIL, ISSUER, PASSWORD, REDIRECT, request};

#[tokio::test]
async fn an_answer_goes_nowhere_until_it_is_known_where_to() {
    let (bed, client) = Bed::new().await;
    let id = client.id.to_string();
    let wrong = [
        "/oauth2/authorize".to_owned(),
        format!("/oauth2/authorize?client_id={id}&client_id={id}"),
        request(&client, &[("client_id", "client_unknown")]),
        request(&client, &[("client_id", "")]),
        request(&client, &[("redirect_uri", "https://evil.example/cb")]),
        request(
            &client,
            &[("redirect_uri", "https://app.example/cb?kept=1&more=1")],
        ),
        request(
            &client,
            &[("redirect_uri", "https://app.example/cb?kept=1#f")],
        ),
        request(&client, &[("redirect_uri", "//evil.example")]),
        request(&client, &[("redirect_uri", "javascript:alert(1)")]),
        request(
            &client,
            &[
                ("redirect_uri", REDIRECT),
                ("redirect_uri", "https://evil.example"),
            ],
        ),
    ];
    for mut browser in [bed.browser(), bed.signed_in().await] {
        for uri in &wrong {
            let answer = browser.get(uri).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{uri}");
            assert_eq!(answer.header("location"), "");
            assert!(answer.body.contains("What to do"));
        }
    }
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_first_and_comes_back() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.browser();
    let uri = request(&client, &[]);
    // Also what is wrong is told to the client only after that (RFC 9700 section 4.11.2).
    for uri in [uri.clone(), request(&client, &[("response_type", "token")])] {
        let answer = browser.get(&uri).await;
        assert!(
            answer
                .location()
                .starts_with("/login?return_to=%2Foauth2%2Fauthorize%3F")
        );
    }
    let sent = browser.get(&uri).await;
    let page = browser.get(sent.location()).await;
    assert!(page.body.contains("Ledger"));
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("form-action 'self' https://app.example;"),
        "{policy}"
    );
    let answer = browser
        .submit(&page, &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    assert_eq!(answer.location(), uri);
    let page = browser.get(&uri).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("value=\"allow\""));
}

#[tokio::test]
async fn what_is_wrong_with_the_rest_goes_to_the_client() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.signed_in().await;
    let challenge = |value| [("code_challenge", value)];
    let wrong = [
        (
            request(&client, &[("response_type", "token")]),
            "unsupported_response_type",
        ),
        (
            request(&client, &[("response_type", "")]),
            "invalid_request",
        ),
        (
            request(&client, &[("scope", "invoices.read admin")]),
            "invalid_scope",
        ),
        (
            request(&client, &[("resource", "not a uri")]),
            "invalid_target",
        ),
        (
            request(&client, &[("resource", "https://api.example/#f")]),
            "invalid_target",
        ),
        (request(&client, &challenge("")), "invalid_request"),
        (request(&client, &challenge("short")), "invalid_request"),
        (
            request(&client, &[("code_challenge_method", "plain")]),
            "invalid_request",
        ),
        (
            request(&client, &[("code_challenge_method", "")]),
            "invalid_request",
        ),
    ];
    for (uri, error) in wrong {
        let answer = browser.get(&uri).await;
        assert!(
            answer
                .location()
                .starts_with("https://app.example/cb?kept=1&error=")
        );
        let callback = answer.callback();
        assert_eq!(callback["error"], error, "{uri}");
        assert_eq!(callback["iss"], ISSUER);
        assert_eq!(callback["state"], "a b&c");
        assert!(!callback["error_code"].is_empty() && !callback["error_description"].is_empty());
        assert!(!callback.contains_key("code"));
    }
}

#[tokio::test]
async fn a_repeated_parameter_is_an_error_also_after_the_sign_in() {
    let (bed, client) = Bed::new().await;
    let twice = format!("{}&scope=invoices.write", request(&client, &[]));
    let mut browser = bed.browser();
    let sent = browser.get(&twice).await;
    let page = browser.get(sent.location()).await;
    let answer = browser
        .submit(&page, &[("email", EMAIL), ("password", PASSWORD)])
        .await;
    let callback = browser.get(answer.location()).await.callback();
    assert_eq!(callback["error"], "invalid_request");

    let states = format!("{}&state=other", request(&client, &[]));
    let callback = browser.get(&states).await.callback();
    assert_eq!(callback["error"], "invalid_request");
    assert!(!callback.contains_key("state"));

    let fine = [
        ("resource", "https://a.example"),
        ("resource", "https://b.example"),
        ("x", "1"),
    ];
    let fine = format!("{}&x=2&state=", request(&client, &fine));
    assert_eq!(browser.get(&fine).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_client_may_send_its_request_by_post() {
    let (bed, client) = Bed::new().await;
    let mut browser = bed.browser();
    browser
        .headers
        .push(("origin", "https://app.example".into()));
    let id = client.id.to_string();
    let sent = browser
        .post("/oauth2/authorize", &[("client_id", &id), ("scope", "a b")])
        .await;
    let back = "/login?return_to=%2Foauth2%2Fauthorize%3Fclient_id%3D";
    assert!(sent.location().starts_with(back), "{}", sent.location());
    assert!(sent.location().ends_with("%26scope%3Da%2Bb"));
}
