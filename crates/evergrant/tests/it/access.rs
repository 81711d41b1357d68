//! Who may do what: every route of the API is in one table, and does what the table says.

use std::collections::BTreeSet;

use evergrant_sim::actor::Person;
use evergrant_sim::http::Request;
use serde_json::{Value, json};

use crate::harness::{Bed, Caller, PASSWORD, Server, json, text};

/// A route, a request to it, and the status that each caller gets.
struct Route {
    method: &'static str,
    /// As the description of the API has it.
    path: &'static str,
    body: Value,
    /// Of anonymous, a member, a read-only token of the owner, a token of an admin.
    statuses: [u16; 4],
}

const fn route(method: &'static str, path: &'static str, statuses: [u16; 4]) -> Route {
    Route {
        method,
        path,
        body: Value::Null,
        statuses,
    }
}

/// Nothing here exists, so whoever may do it is told 404, and nothing is changed for the next row.
fn table() -> Vec<Route> {
    let with = |route: Route, body: Value| Route { body, ..route };
    vec![
        route("GET", "/me", [401, 200, 200, 200]),
        with(
            route("POST", "/users", [401, 403, 403, 409]),
            json!({"email": "member@x.example"}),
        ),
        route("GET", "/users", [401, 403, 403, 200]),
        route("GET", "/users/{name}", [401, 403, 403, 404]),
        route("DELETE", "/users/{name}", [401, 403, 403, 404]),
        with(
            route("POST", "/users/{name}/password", [401, 403, 403, 404]),
            json!({"password": "correct horse"}),
        ),
        route("POST", "/users/{name}/suspend", [401, 403, 403, 404]),
        route("POST", "/users/{name}/resume", [401, 403, 403, 404]),
        with(
            route("POST", "/clients", [401, 403, 403, 400]),
            json!({"name": "x"}),
        ),
        route("GET", "/clients", [401, 403, 403, 200]),
        route("GET", "/clients/{id}", [401, 403, 403, 404]),
        route("DELETE", "/clients/{id}", [401, 403, 403, 404]),
        route("POST", "/clients/{id}/secret", [401, 403, 403, 404]),
        route("GET", "/grants", [401, 200, 200, 200]),
        route("GET", "/grants/{id}", [401, 404, 404, 404]),
        route("DELETE", "/grants/{id}", [401, 404, 404, 404]),
        with(
            route("POST", "/personal-tokens", [401, 400, 403, 400]),
            json!({"purpose": ""}),
        ),
        route("GET", "/personal-tokens", [401, 200, 200, 200]),
        route("GET", "/personal-tokens/{id}", [401, 404, 404, 404]),
        route("DELETE", "/personal-tokens/{id}", [401, 404, 403, 404]),
        route("GET", "/incidents", [401, 403, 403, 200]),
        route("GET", "/keys", [401, 403, 403, 200]),
        with(
            route("POST", "/keys/rotate", [401, 403, 403, 201]),
            json!({"kind": "EdDSA"}),
        ),
    ]
}

/// The same for the held half.
fn held() -> Vec<Route> {
    let with = |route: Route, body: Value| Route { body, ..route };
    vec![
        route("GET", "/providers", [401, 200, 200, 200]),
        route("GET", "/providers/{key}", [401, 404, 404, 404]),
        with(
            route("POST", "/explain", [401, 200, 200, 200]),
            json!({"text": "invalid_grant"}),
        ),
        with(
            route("POST", "/integrations", [401, 403, 403, 404]),
            json!({"provider": "gogle", "client_id": "x"}),
        ),
        route("GET", "/integrations", [401, 200, 200, 200]),
        route("GET", "/integrations/{integration}", [401, 404, 404, 404]),
        with(
            route(
                "POST",
                "/integrations/{integration}/secret",
                [401, 403, 403, 404],
            ),
            json!({"client_secret": "x"}),
        ),
        route(
            "DELETE",
            "/integrations/{integration}",
            [401, 403, 403, 404],
        ),
        with(
            route("POST", "/connections", [401, 404, 403, 404]),
            json!({"integration": "x"}),
        ),
        with(
            route("POST", "/connections/import", [401, 404, 403, 404]),
            json!({"integration": "x", "name": "x", "refresh_token": "x"}),
        ),
        route("GET", "/connections", [401, 200, 200, 200]),
        route("GET", "/connections/{connection}", [401, 404, 404, 404]),
        route(
            "GET",
            "/connections/{connection}/history",
            [401, 404, 404, 404],
        ),
        route(
            "POST",
            "/connections/{connection}/check",
            [401, 404, 403, 404],
        ),
        route(
            "POST",
            "/connections/{connection}/refresh",
            [401, 404, 403, 404],
        ),
        route(
            "POST",
            "/connections/{connection}/suspend",
            [401, 404, 403, 404],
        ),
        route(
            "POST",
            "/connections/{connection}/resume",
            [401, 404, 403, 404],
        ),
        route("DELETE", "/connections/{connection}", [401, 404, 403, 404]),
        route("GET", "/connections/{name}/token", [401, 404, 403, 404]),
        route("GET", "/unmatched", [401, 200, 200, 200]),
        route("GET", "/unmatched/{id}", [401, 404, 404, 404]),
        route("DELETE", "/unmatched/{id}", [401, 403, 403, 404]),
        route("GET", "/unmatched-signatures", [401, 200, 200, 200]),
    ]
}

/// Those four, as the columns of the table.
async fn callers(bed: &Bed, server: &Server) -> [Caller; 4] {
    bed.team();
    bed.user("member@x.example", "member");
    bed.user("admin@x.example", "admin");
    let read = bed.json(&["pat", "create", "x", "--scope", "read"]);
    [
        Caller::anonymous(server),
        Caller::with_token(server, &token_of(server, "member@x.example").await),
        Caller::with_token(server, text(&read, "token")),
        Caller::with_token(server, &token_of(server, "admin@x.example").await),
    ]
}

/// A token that a person made for themselves, signed in by a browser.
async fn token_of(server: &Server, email: &str) -> String {
    let person = Person::new(&server.site(), email, PASSWORD);
    person.sign_in().await.unwrap();
    let cookie = person.cookie_header(&server.site().url("/")).unwrap();
    let browser = Caller::anonymous(server).with("Cookie", &cookie);
    let made = browser
        .ask(
            "POST",
            "/personal-tokens",
            Some(&json!({"purpose": "test"})),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    text(&json(&made), "token").to_owned()
}

#[tokio::test]
async fn every_route_is_in_the_table_and_keeps_to_it() {
    let bed = Bed::new();
    let server = bed.serve();
    let callers = callers(&bed, &server).await;
    let description = json(&callers[0].ask("GET", "/openapi.json", None).await);
    let mut known = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let path = path.strip_prefix("/api/v1").unwrap();
            known.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let table: Vec<_> = table().into_iter().chain(held()).collect();
    let told: BTreeSet<_> = table
        .iter()
        .map(|it| format!("{} {}", it.method, it.path))
        .collect();
    assert_eq!(known, told);

    for Route {
        method,
        path,
        body,
        statuses,
    } in &table
    {
        let path = path
            .replace("{name}", "nobody@x.example")
            .replace("{id}", "x")
            .replace("{key}", "x")
            .replace("{integration}", "x")
            .replace("{connection}", "x");
        let body = Some(body).filter(|body| !body.is_null());
        for (caller, expected) in callers.iter().zip(statuses) {
            let answer = caller.ask(method, &path, body).await;
            assert_eq!(
                answer.status,
                *expected,
                "{method} {path}: {}",
                answer.text()
            );
        }
    }
}

/// The pages, with the statuses that nobody in particular and a signed-in member get.
const PAGES: [(&str, u16, u16); 13] = [
    ("/", 303, 303),
    ("/login", 200, 200),
    ("/setup", 404, 404),
    ("/settings", 303, 200),
    ("/settings/integrations", 303, 200),
    ("/connect/x", 303, 410),
    ("/assets/style.css", 200, 200),
    ("/explain", 200, 200),
    // Whoever is sent to a guide may have no account here.
    ("/guides", 200, 200),
    ("/guides/browser", 200, 200),
    ("/guides/user_revoked", 200, 200),
    ("/guides/user_revoked?provider=google", 200, 200),
    ("/guides/x", 404, 404),
];

#[tokio::test]
async fn a_page_is_for_anybody_or_for_whoever_is_signed_in() {
    let bed = Bed::new();
    let server = bed.serve();
    bed.team();
    bed.user("member@x.example", "member");
    let site = server.site();
    let member = Person::new(&site, "member@x.example", PASSWORD);
    member.sign_in().await.unwrap();
    let cookie = member.cookie_header(&site.url("/")).unwrap();
    for (path, for_anybody, for_member) in PAGES {
        let request = Request::get(&site.url(path)).header("Accept", "text/html");
        let anybody = site.send(&request).await.unwrap();
        assert_eq!(anybody.status, for_anybody, "{path}: {}", anybody.text());
        let request = request.header("Cookie", &cookie);
        let member = site.send(&request).await.unwrap();
        assert_eq!(member.status, for_member, "{path}: {}", member.text());
    }
}

#[tokio::test]
async fn a_member_sees_and_ends_their_own_only() {
    let bed = Bed::new();
    let server = bed.serve();
    let [_, member, _, admin] = callers(&bed, &server).await;
    let own = json(&member.ask("GET", "/personal-tokens", None).await);
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    let admins = json(&admin.ask("GET", "/personal-tokens", None).await);
    let admins = format!("/personal-tokens/{}", text(&admins["items"][0], "id"));
    assert_eq!(member.ask("GET", &admins, None).await.status, 404);
    assert_eq!(member.ask("DELETE", &admins, None).await.status, 404);
    assert_eq!(admin.ask("GET", &admins, None).await.status, 200);
    let me = member.ask("GET", "/users/member@x.example", None).await;
    assert_eq!(me.status, 200, "{}", me.text());
    let more = json!({"purpose": "more", "scopes": ["admin"]});
    assert_eq!(
        member
            .ask("POST", "/personal-tokens", Some(&more))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn tokens_are_read_by_those_whose_scope_names_the_connection() {
    let bed = Bed::new();
    let server = bed.serve();
    let owner = text(&bed.team(), "token").to_owned();
    let owner = Caller::with_token(&server, &owner);
    let made = bed.json(&["pat", "create", "x", "--scope", "tokens:crm"]);
    let reader = Caller::with_token(&server, text(&made, "token"));
    let integration = json!({
        "provider": "generic",
        "name": "crm",
        "client_id": "x",
        "token_url": "https://provider.example/token",
    });
    let added = owner.ask("POST", "/integrations", Some(&integration)).await;
    assert_eq!(added.status, 201, "{}", added.text());
    for (name, expires_in) in [
        ("crm", json!("3600")),
        ("other", json!(3600)),
        ("over", json!(0)),
    ] {
        let import = json!({
            "integration": "crm", "name": name, "access_token": "at-1", "expires_in": expires_in,
        });
        let made = owner
            .ask("POST", "/connections/import", Some(&import))
            .await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    for query in ["", "?min_ttl=0", "?min_ttl=60s", "?min_ttl=10m"] {
        let path = format!("/connections/crm/token{query}");
        let read = reader.ask("GET", &path, None).await;
        assert_eq!(read.status, 200, "{query}: {}", read.text());
        assert_eq!(json(&read)["access_token"], "at-1");
        assert!(json(&read)["expires_at"].is_string());
    }
    for (path, status) in [
        ("/connections/crm/token?min_ttl=soon", 400),
        ("/connections/other/token", 403),
        ("/connections/crm", 403),
    ] {
        let answer = reader.ask("GET", path, None).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }

    let over = owner.ask("GET", "/connections/over/token", None).await;
    assert_eq!(over.status, 409, "{}", over.text());
    assert_eq!(json(&over)["code"], "needs_reauth");
    assert_eq!(json(&over).get("reauthorize_url"), Some(&Value::Null));
    let shown = owner.ask("GET", "/connections/crm", None).await;
    assert!(!shown.text().contains("at-1"), "{}", shown.text());
    let stopped = owner.ask("POST", "/connections/crm/suspend", None).await;
    assert_eq!(json(&stopped)["state"], "suspended", "{}", stopped.text());
    let read = reader.ask("GET", "/connections/crm/token", None).await;
    assert_eq!(read.status, 403, "{}", read.text());
    assert_eq!(json(&read)["code"], "suspended");
}
