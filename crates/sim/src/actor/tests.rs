//! The actors against a small authorization server with sign-in, consent and rotation.

use std::sync::Mutex;

use super::{ActorError, App, Authentication, Consent, Person, Pkce};
use crate::http::Site;
use crate::stub::{Pieces, Stub, StubRequest, answer, json};

const REDIRECT_URI: &str = "http://127.0.0.1:9/callback";

#[derive(Default)]
struct State {
    challenge: String,
    generation: u32,
    sign_ins: u32,
}

fn server() -> Stub {
    let state = Mutex::new(State::default());
    Stub::start(move |request| respond(request, &mut state.lock().unwrap()))
}

fn respond(request: &StubRequest<'_>, state: &mut State) -> Pieces {
    let is_post = request.head.starts_with("POST");
    match request.path() {
        "/login" if is_post => {
            assert_eq!(request.form("csrf").as_deref(), Some("a&b"));
            assert!(request.header("origin").is_some());
            if request.form("password").as_deref() != Some("right") {
                return sign_in_page("?next=/lost");
            }
            state.sign_ins += 1;
            let next = request
                .query("next")
                .unwrap_or_else(|| "/settings".to_owned());
            see_other(
                &format!("Set-Cookie: session=s{}; Path=/\r\n", state.sign_ins),
                &next,
            )
        }
        "/login" => sign_in_page(request.target().trim_start_matches("/login")),
        "/settings" => answer(200, "", "<h1>Settings</h1>"),
        "/oauth2/authorize" => authorize(request, is_post, state),
        "/oauth2/token" => token(request, state),
        "/oauth2/introspect" => {
            let is_live = request.form("token") == Some(format!("at{}", state.generation));
            json(200, &format!(r#"{{"active":{is_live}}}"#))
        }
        "/oauth2/revoke" => answer(200, "", ""),
        _ => answer(404, "", "<p>nothing here</p>"),
    }
}

fn authorize(request: &StubRequest<'_>, is_post: bool, state: &mut State) -> Pieces {
    if !request
        .header("cookie")
        .is_some_and(|cookie| cookie.contains("session=s"))
    {
        let encoded: String =
            url::form_urlencoded::byte_serialize(request.target().as_bytes()).collect();
        return see_other("", &format!("/login?next={encoded}"));
    }
    if !is_post {
        assert_eq!(request.query("response_type").as_deref(), Some("code"));
        assert_eq!(
            request.query("code_challenge_method").as_deref(),
            Some("S256")
        );
        state.challenge = request.query("code_challenge").unwrap();
        let echo = request.query("state").unwrap();
        let page = format!(
            "<form method=post action=/logout><button name=out>x</button></form>
             <form method=post><input type=hidden name=state value='{echo}'>
             <button name=decision value=allow>Allow</button>
             <button name=decision value=deny>Deny</button></form>"
        );
        return answer(200, "", &page);
    }
    let outcome = match request.form("decision").as_deref() {
        Some("allow") => "code=c1",
        _ => "error=access_denied&error_description=no",
    };
    let echo = request.form("state").unwrap();
    see_other("", &format!("{REDIRECT_URI}?{outcome}&state={echo}&iss=me"))
}

fn token(request: &StubRequest<'_>, state: &mut State) -> Pieces {
    let is_right = match request.form("grant_type").as_deref() {
        Some("authorization_code") => {
            let verifier = request.form("code_verifier").unwrap();
            Pkce::of(&verifier).challenge == state.challenge
                && request.form("redirect_uri").as_deref() == Some(REDIRECT_URI)
        }
        Some("refresh_token") => {
            request.form("refresh_token") == Some(format!("rt{}", state.generation))
        }
        _ => request.header("authorization") == Some("Basic YXBwOnMlMkZz"),
    };
    if !is_right {
        return json(
            400,
            r#"{"error":"invalid_grant","error_code":"reuse_detected"}"#,
        );
    }
    state.generation += 1;
    let g = state.generation;
    json(
        200,
        &format!(r#"{{"access_token":"at{g}","refresh_token":"rt{g}","expires_in":300}}"#),
    )
}

fn see_other(headers: &str, location: &str) -> Pieces {
    answer(303, &format!("{headers}Location: {location}\r\n"), "")
}

fn sign_in_page(query: &str) -> Pieces {
    let page = format!(
        r#"<form method="post" action="/login{query}"><input type="hidden" name="csrf"
        value="a&amp;b"><input name="email"><input name="password" type="password">
        <button type="submit">Sign in</button></form>"#
    );
    answer(200, "Set-Cookie: browser=1\r\n", &page)
}

fn actors(stub: &Stub) -> (App, Person) {
    let site = Site::new(&stub.url()).unwrap();
    let app = App::public(&site, "app", REDIRECT_URI);
    (app, Person::new(&site, "a@example.com", "right"))
}

#[tokio::test]
async fn the_code_flow_signs_in_once_and_its_tokens_refresh() {
    let stub = server();
    let (app, person) = actors(&stub);
    let first = app.code_flow(&person).await.unwrap();
    assert_eq!(
        (first.access_token.as_str(), first.expires_in),
        ("at1", Some(300))
    );
    // The stub would redirect to /login again if the session had not been kept.
    assert_eq!(
        app.authorize(&person).await.unwrap().issuer.as_deref(),
        Some("me")
    );

    let second = app.refresh("rt1").await.unwrap().tokens().unwrap();
    assert_eq!(second.refresh_token.as_deref(), Some("rt2"));
    let reused = app.refresh("rt1").await.unwrap();
    assert_eq!(
        (reused.status, reused.error_code()),
        (400, Some("reuse_detected"))
    );
    assert_eq!(reused.error(), Some("invalid_grant"));
    assert!(reused.tokens().is_none());

    assert_eq!(app.introspect("at2").await.unwrap().active(), Some(true));
    assert_eq!(app.introspect("at1").await.unwrap().active(), Some(false));
    assert_eq!(app.revoke("at2").await.unwrap().status, 200);
}

#[tokio::test]
async fn denial_and_a_wrong_password_are_told_apart() {
    let stub = server();
    let (app, mut person) = actors(&stub);
    let url = app.authorize_url(&Pkce::draw().unwrap(), "xyz");
    let callback = person
        .answer_request(&url, REDIRECT_URI, Consent::Deny)
        .await
        .unwrap();
    assert_eq!(callback.error.as_deref(), Some("access_denied"));
    assert_eq!(callback.state.as_deref(), Some("xyz"));

    person.forget_session();
    person.password = "wrong".to_owned();
    let refused = app.code_flow(&person).await;
    assert!(
        matches!(refused, Err(ActorError::SignInRefused { .. })),
        "{refused:?}"
    );
    assert!(matches!(
        person.sign_in().await,
        Err(ActorError::SignInRefused { .. })
    ));
    person.password = "right".to_owned();
    assert_eq!(person.sign_in().await.unwrap().url.path(), "/settings");
    assert_eq!(person.visit("/nowhere").await.unwrap().status, 404);
}

#[tokio::test]
async fn a_confidential_app_encodes_its_secret_and_may_post_it() {
    let stub = server();
    let site = Site::new(&stub.url()).unwrap();
    let mut app = App::confidential(&site, "app", "s/s", REDIRECT_URI);
    assert_eq!(app.client_credentials().await.unwrap().status, 200);
    app.authentication = Authentication::Post;
    assert_eq!(app.client_credentials().await.unwrap().status, 400);
    let bytes = app.request("/x", &[("token", "t")]).encode("stub");
    assert!(bytes.ends_with(b"\r\n\r\nclient_id=app&client_secret=s%2Fs&token=t"));
}

#[test]
fn the_challenge_is_that_of_rfc_7636_appendix_b() {
    let pkce = Pkce::of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_eq!(
        pkce.challenge,
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
}
