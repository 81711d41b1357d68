//! Who a client is: RFC 6749 section 2.3, at each endpoint that asks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evergrant_sim::actor::{Answer, App, Authentication};
use evergrant_sim::http::Request;

use crate::scene::{Scene, is_refused};

const ENDPOINTS: [&str; 3] = ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"];
/// What every endpoint goes on with once the client is known.
const FIELDS: [(&str, &str); 3] = [
    ("grant_type", "refresh_token"),
    ("refresh_token", "x"),
    ("token", "x"),
];

struct Try {
    what: &'static str,
    header: Option<String>,
    body: Fields,
    /// 401 with the header, 401 without it, 400, or 200 for a known client.
    expect: Expect,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Expect {
    Known,
    Refused,
    RefusedWithScheme,
    Malformed,
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

type Fields = Vec<(&'static str, String)>;

fn of(id: &str, secret: &str) -> Fields {
    vec![
        ("client_id", id.to_owned()),
        ("client_secret", secret.to_owned()),
    ]
}

fn only(id: &str) -> Fields {
    vec![("client_id", id.to_owned())]
}

fn by_body(app: &App, other: &App, public: &App) -> Vec<Try> {
    let (id, secret) = (
        app.client_id.as_str(),
        app.client_secret.as_deref().unwrap(),
    );
    let of_another = of(id, other.client_secret.as_deref().unwrap());
    let rows = [
        ("id and secret", of(id, secret), Expect::Known),
        ("nobody", vec![], Expect::Refused),
        ("id alone", only(id), Expect::Refused),
        ("wrong secret", of(id, "wrong"), Expect::Refused),
        ("secret of another", of_another, Expect::Refused),
        ("unknown id", of("client_nobody", secret), Expect::Refused),
        (
            "public with a secret",
            of(&public.client_id, secret),
            Expect::Refused,
        ),
    ];
    let no_header = |(what, body, expect)| Try {
        what,
        header: None,
        body,
        expect,
    };
    rows.into_iter().map(no_header).collect()
}

/// RFC 6749 section 5.2: who tried the header is told its scheme, and nobody else.
fn by_header(app: &App, other: &App) -> Vec<Try> {
    let (id, secret) = (
        app.client_id.as_str(),
        app.client_secret.as_deref().unwrap(),
    );
    let refused = Expect::RefusedWithScheme;
    let no_colon = format!("Basic {}", STANDARD.encode(id));
    let rows = [
        ("id and secret", basic(id, secret), vec![], Expect::Known),
        (
            "and id in the body",
            basic(id, secret),
            only(id),
            Expect::Known,
        ),
        ("wrong secret", basic(id, "wrong"), vec![], refused),
        ("unknown id", basic("nobody", secret), vec![], refused),
        ("no secret", basic(id, ""), vec![], refused),
        (
            "another scheme",
            format!("Bearer {secret}"),
            vec![],
            refused,
        ),
        ("no base64", "Basic !!!".to_owned(), vec![], refused),
        ("no colon", no_colon, vec![], refused),
        ("scheme alone", "Basic".to_owned(), vec![], refused),
        // RFC 6749 section 2.3: not more than one method in a request.
        ("both", basic(id, secret), of(id, secret), Expect::Malformed),
        (
            "two names",
            basic(id, secret),
            only(&other.client_id),
            Expect::Malformed,
        ),
    ];
    let with_header = |(what, header, body, expect)| Try {
        what,
        header: Some(header),
        body,
        expect,
    };
    rows.into_iter().map(with_header).collect()
}

#[tokio::test]
async fn a_client_shows_its_secret_in_one_way_and_is_told_no_more_than_no() {
    let scene = Scene::new();
    let (app, other) = (scene.app(&[]), scene.app(&[]));
    let public = scene.app(&["--public"]);
    for path in ENDPOINTS {
        let attempts = by_body(&app, &other, &public).into_iter();
        for attempt in attempts.chain(by_header(&app, &other)) {
            let Try {
                what,
                header,
                body,
                expect,
            } = attempt;
            let fields: Vec<_> = body
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .chain(FIELDS)
                .collect();
            let mut request = Request::post_form(&app.site().url(path), &fields);
            if let Some(header) = &header {
                request = request.header("Authorization", header);
            }
            let answer = Answer::from(&scene.send(&request).await);
            let scheme = answer.headers.first("www-authenticate");
            let refused = (401, "invalid_client", "client_not_authenticated");
            match expect {
                Expect::Known => {
                    assert_ne!(answer.status, 401, "{path} {what}: {answer}");
                    assert_ne!(
                        answer.error(),
                        Some("invalid_request"),
                        "{path} {what}: {answer}"
                    );
                }
                Expect::Malformed => {
                    is_refused(&answer, (400, "invalid_request", "request_malformed"));
                }
                Expect::Refused | Expect::RefusedWithScheme => is_refused(&answer, refused),
            }
            let told = expect == Expect::RefusedWithScheme;
            let expected = told.then_some("Basic realm=\"evergrant\"");
            assert_eq!(scheme, expected, "{path} {what}");
            assert_eq!(
                answer.headers.first("cache-control"),
                Some("no-store"),
                "{what}"
            );
        }
    }
}

#[tokio::test]
async fn both_ways_and_no_secret_obtain_and_renew_tokens() {
    let scene = Scene::new();
    let mut app = scene.app(&[]);
    let public = scene.app(&["--public"]);
    for authentication in [Authentication::Basic, Authentication::Post] {
        app.authentication = authentication;
        let token = scene.tokens(&app).await.refresh;
        assert_eq!(app.refresh(&token).await.unwrap().status, 200);
    }
    let token = scene.tokens(&public).await.refresh;
    assert_eq!(public.refresh(&token).await.unwrap().status, 200);
    // RFC 7662 section 2.1: a client that anybody can pose as may not ask.
    let answer = public.introspect(&token).await.unwrap();
    is_refused(&answer, (401, "invalid_client", "client_not_authenticated"));
}

/// The server's next request sees what a command wrote.
#[tokio::test]
async fn a_renewed_secret_ends_the_old_one_at_once() {
    let scene = Scene::new();
    let mut app = scene.app(&["--grant-type", "client_credentials"]);
    assert_eq!(app.client_credentials().await.unwrap().status, 200);
    let renewed = scene.bed.json(&["client", "secret", &app.client_id]);
    let answer = app.client_credentials().await.unwrap();
    is_refused(&answer, (401, "invalid_client", "client_not_authenticated"));
    app.client_secret = renewed["client_secret"].as_str().map(str::to_owned);
    assert_eq!(app.client_credentials().await.unwrap().status, 200);
}
