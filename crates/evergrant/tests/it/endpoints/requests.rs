//! Requests that are wrong in themselves: what each of the three endpoints says to them.

use evergrant_sim::actor::{Answer, App};
use evergrant_sim::http::{OwnedResponse, Request};

use crate::scene::Scene;

const FORM: &str = "application/x-www-form-urlencoded";
const ENDPOINTS: [&str; 3] = ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"];

const TOKEN: &str = "/oauth2/token";
const INVALID: (&str, &str) = ("invalid_request", "request_malformed");

/// What is wrong, where it is sent, the body behind the client's name and secret, and what is said.
const MALFORMED: [(&str, &str, &str, (&str, &str)); 14] = [
    // RFC 6749 section 3.2: a parameter without a value is as one that is left out.
    ("missing", TOKEN, "", INVALID),
    ("empty", TOKEN, "grant_type=", INVALID),
    // RFC 6749 section 3.2: none may stand there more than once.
    (
        "repeated",
        TOKEN,
        "grant_type=refresh_token&grant_type=refresh_token",
        INVALID,
    ),
    (
        "unlike",
        TOKEN,
        "grant_type=refresh_token&refresh_token=x&refresh_token=y",
        INVALID,
    ),
    // RFC 6749 section 5.2.
    (
        "unknown",
        TOKEN,
        "grant_type=password",
        ("unsupported_grant_type", "grant_type_unknown"),
    ),
    (
        "not registered for",
        TOKEN,
        "grant_type=client_credentials",
        ("unauthorized_client", "grant_type_not_allowed"),
    ),
    // RFC 6749 section 4.1.3, RFC 7636 section 4.5, RFC 6749 section 6.
    (
        "no code",
        TOKEN,
        "grant_type=authorization_code&code_verifier=x",
        INVALID,
    ),
    (
        "no verifier",
        TOKEN,
        "grant_type=authorization_code&code=x",
        INVALID,
    ),
    (
        "no refresh token",
        TOKEN,
        "grant_type=refresh_token",
        INVALID,
    ),
    (
        "no such refresh token",
        TOKEN,
        "grant_type=refresh_token&refresh_token=x",
        ("invalid_grant", "token_unknown"),
    ),
    (
        "no such code",
        TOKEN,
        "grant_type=authorization_code&code=x&code_verifier=y",
        ("invalid_grant", "code_unknown"),
    ),
    // RFC 7009 section 2.1, RFC 7662 section 2.1.
    ("no token", "/oauth2/revoke", "", INVALID),
    ("no token", "/oauth2/introspect", "", INVALID),
    (
        "two tokens",
        "/oauth2/introspect",
        "token=a&token=b",
        INVALID,
    ),
];

/// A request to an endpoint as an authentic client, with this body as it stands.
fn raw(app: &App, path: &str, kind: Option<&str>, body: &[u8]) -> Request {
    let id = app.client_id.clone();
    let secret = app.client_secret.clone().unwrap();
    let body = [
        format!("client_id={id}&client_secret={secret}&").as_bytes(),
        body,
    ]
    .concat();
    let request = Request::new("POST", &app.site().url(path)).body(body);
    match kind {
        Some(kind) => request.header("Content-Type", kind),
        None => request,
    }
}

/// RFC 6749 section 5.1: nobody on the way may store an answer, and so neither an error.
fn is_not_stored(response: &OwnedResponse, what: &str) {
    let said = response.headers.first("cache-control");
    assert_eq!(said, Some("no-store"), "{what}");
}

#[tokio::test]
async fn a_malformed_request_is_refused_in_words_of_the_rfc() {
    let scene = Scene::new();
    let app = scene.app(&["--grant-type", "authorization_code"]);
    for (what, path, body, (error, code)) in MALFORMED {
        let response = scene
            .send(&raw(&app, path, Some(FORM), body.as_bytes()))
            .await;
        let answer = Answer::from(&response);
        let said = (answer.status, answer.error(), answer.error_code());
        assert_eq!(
            said,
            (400, Some(error), Some(code)),
            "{path} {what}: {answer}"
        );
        assert_eq!(
            response.headers.first("content-type"),
            Some("application/json")
        );
        is_not_stored(&response, what);
    }
}

#[tokio::test]
async fn only_a_post_of_a_form_is_read() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    for path in ENDPOINTS {
        // RFC 6749 section 3.2, RFC 7009 section 2.1, RFC 7662 section 2.1: POST.
        for method in ["GET", "PUT", "DELETE", "PATCH"] {
            let response = scene
                .send(&Request::new(method, &app.site().url(path)))
                .await;
            assert_eq!(response.status, 405, "{method} {path}");
            assert_eq!(
                response.headers.first("allow"),
                Some("POST"),
                "{method} {path}"
            );
            is_not_stored(&response, path);
        }
        // RFC 6749 section 4.1.3 and appendix B.
        let kinds = [
            None,
            Some("application/json"),
            Some("text/plain"),
            Some("multipart/form-data"),
        ];
        for kind in kinds {
            let response = scene.send(&raw(&app, path, kind, b"token=x")).await;
            let answer = Answer::from(&response);
            assert_eq!(
                (answer.status, answer.error()),
                (400, Some("invalid_request")),
                "{kind:?}"
            );
            is_not_stored(&response, path);
        }
        let charset = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
        let body = b"token=x&grant_type=refresh_token&refresh_token=x&unknown=1";
        let answer = Answer::from(&scene.send(&raw(&app, path, Some(charset), body)).await);
        assert_ne!(answer.error(), Some("invalid_request"), "{answer}");
        // A body without bound would be ours to hold in memory.
        let large = [b"token=x&large=".to_vec(), vec![b'a'; 100 * 1024]].concat();
        let response = scene.send(&raw(&app, path, Some(FORM), &large)).await;
        assert_eq!(response.status, 413, "{path}");
        is_not_stored(&response, path);
        // Bytes that are no text in UTF-8, and a percent sign of no meaning, are no parameter.
        for noise in [&b"token=\xff\xfe&%%%=%zz"[..], b"&&&=&=", b"token"] {
            let response = scene.send(&raw(&app, path, Some(FORM), noise)).await;
            assert!(
                matches!(response.status, 200 | 400),
                "{path} {}",
                response.status
            );
            is_not_stored(&response, path);
        }
    }
    assert!(!scene.server.log().contains("panicked"));
}

/// RFC 6749 section 2.3.1: never in the address, where every log on the way would have it.
#[tokio::test]
async fn parameters_in_the_address_are_not_read() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let token = scene.tokens(&app).await.refresh;
    let mut url = app.site().url("/oauth2/token");
    url.query_pairs_mut()
        .append_pair("client_id", &app.client_id)
        .append_pair("client_secret", app.client_secret.as_deref().unwrap())
        .append_pair("grant_type", "refresh_token")
        .append_pair("refresh_token", &token);
    let request = Request::new("POST", &url).header("Content-Type", FORM);
    let response = scene.send(&request).await;
    let answer = Answer::from(&response);
    assert_eq!(
        (answer.status, answer.error()),
        (401, Some("invalid_client"))
    );
    is_not_stored(&response, "query");
}

#[tokio::test]
async fn a_good_answer_is_not_stored_and_has_every_member() {
    let scene = Scene::new();
    let app = scene.app(&[]);
    let token = scene.tokens(&app).await.refresh;
    let fields = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str()),
    ];
    let response = scene.send(&app.request("/oauth2/token", &fields)).await;
    is_not_stored(&response, "refresh");
    assert_eq!(
        response.headers.first("content-type"),
        Some("application/json")
    );
    let answer = Answer::from(&response);
    // RFC 6749 section 5.1, and what SURFACE.md adds to it.
    assert_eq!(answer.text("token_type"), Some("bearer"));
    assert_eq!(answer.json["expires_in"], 300);
    assert_eq!(answer.json["refresh_token_expires_in"], 30 * 24 * 3600);
    assert_eq!(answer.text("scope"), Some("read write"));
    assert!(answer.text("team_id").unwrap().starts_with("team_"));
    assert_eq!(answer.json.as_object().unwrap().len(), 7);
    for (path, token) in [("/oauth2/introspect", "x"), ("/oauth2/revoke", "x")] {
        let response = scene.send(&app.request(path, &[("token", token)])).await;
        assert_eq!(response.status, 200);
        is_not_stored(&response, path);
    }
}
