//! What happens to the grants: made, renewed, refused, ended.

use std::io::{BufRead as _, BufReader, Read as _};
use std::time::{Duration, Instant};

use evergrant_sim::http::{Request, Site};
use serde_json::json;
use url::Url;

use super::{CLIENT_SECRET, PATIENCE, Run};
use crate::harness::{json as document, text};
use crate::held::allowed;
use crate::secrets::files;

/// Refresh tokens as they are met; the last ones look like nothing.
const TOKENS: [&str; 9] = [
    "1//0gZr5vW2kQmXaCgYIARAAGBASNwF-L9IrT3u8Xb",
    "xoxe-1-My0xLTEyMzQ1Njc4OTAxMjM0NTY3ODkw",
    "ghr_1B4a2e77838347a7E420ce178F2E7c6912E169246",
    "4f0c2a9e6b7d48c1a53e9d20f7b81c64",
    "0.AXkAq2x7wT9mYk6Pb1cZ.AgABAwEAAADRNYRQ3dhRSrm",
    "eyJhbGciOiJIUzI1NiJ9.eyJqdGkiOiJyZWZyZXNoIn0.q7Xw2Zb9Lk4Rt0Vn6Ys3PmAe8Hd5Jg1Qc7Wu2Io4Ba6",
    "refresh-token-of-ours",
    "4f0c2a9e6b7d48c1",
    "MonkeyBatteryStaple",
];

/// An access token in an answer that nobody can read.
const UNREAD: &str = "ya29.a0AfB_byC9kQz-unread-Xr7TqLm2";

impl Run {
    pub(super) fn add_integration(&mut self) {
        let urls = ["authorize", "token", "revoke", "userinfo"].map(|it| self.it.provider.url(it));
        let [authorize, token, revoke, userinfo] = urls.each_ref().map(String::as_str);
        let mut add = vec!["integration", "add", "generic", "--name", "acme"];
        add.extend(["--client-id", "ours", "--client-secret-stdin", "--json"]);
        add.extend(["--authorization-url", authorize, "--token-url", token]);
        add.extend(["--revocation-url", revoke, "--userinfo-url", userinfo]);
        add.extend(["--scope", "read"]);
        self.command(&add, &format!("{CLIENT_SECRET}\n"));
        self.command(&["integration", "show", "acme", "--json"], "");
        self.command(&["integration", "list"], "");
    }

    /// By a program on the person's own machine (RFC 8252).
    pub(super) async fn connect_on_the_desk(&mut self) {
        let connect = [
            "connect",
            "acme",
            "--name",
            "desk",
            "--no-browser",
            "--json",
        ];
        let verbose = [&connect[..], &["--log", "trace"]].concat();
        let mut child = self.it.bed.command(&allowed(&verbose)).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        // The link is alone on the first line, and is there to be followed.
        let mut link = String::new();
        stderr.read_line(&mut link).unwrap();
        let consented = get(&Url::parse(link.trim_end()).unwrap()).await;
        let back = Url::parse(consented.headers.first("location").unwrap()).unwrap();
        let page = get(&back).await;
        self.places
            .push(("the page on the desk".to_owned(), page.body));
        let mut log = Vec::new();
        stderr.read_to_end(&mut log).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&log));
        self.places.push(("the log of connect".to_owned(), log));
        self.places
            .push(("what connect printed".to_owned(), output.stdout));
    }

    /// By a link to the server.
    pub(super) async fn connect_on_the_web(&mut self) {
        self.ada.sign_in().await.unwrap();
        let back = self.set_out("web").await;
        let page = self.ada.get(&back).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.html);
        // Somebody says no, and repeats what they were asked with.
        let mut back = self.set_out("refused").await;
        let state = back.query_pairs().find(|(name, _)| name == "state");
        let state = state.unwrap().1.into_owned();
        let text = format!("Not for {state}, of the app with {CLIENT_SECRET}.");
        back.query_pairs_mut()
            .clear()
            .extend_pairs([("state", &*state), ("error", "access_denied")])
            .append_pair("error_description", &text);
        self.ada.get(&back).await.unwrap();
    }

    /// Follows a link as far as the provider; gives where that sends the person back to.
    async fn set_out(&mut self, name: &str) -> Url {
        let begin = json!({"integration": "acme", "name": name});
        let begun = self.api("POST", "/connections", Some(begin)).await;
        let begun = document(&begun);
        let link = Url::parse(text(&begun, "url")).unwrap();
        let ticket = link.path_segments().unwrap().next_back().unwrap();
        self.secret("ticket", ticket);
        let page = self.ada.get(&link).await.unwrap();
        let forms = page.forms();
        let form = forms.iter().find(|it| it.action.contains("/connect/"));
        let sent = self.ada.submit(&page, form.unwrap(), &[]).await.unwrap();
        let consented = get(&Url::parse(sent.location().unwrap()).unwrap()).await;
        Url::parse(consented.headers.first("location").unwrap()).unwrap()
    }

    pub(super) async fn renew(&mut self) {
        for name in ["desk", "web"] {
            let path = format!("/connections/{name}");
            for (method, path) in [
                ("GET", format!("{path}/token")),
                ("POST", format!("{path}/refresh")),
                ("GET", format!("{path}/token")),
                ("POST", format!("{path}/check")),
            ] {
                let answer = self.api(method, &path, None).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            }
            self.command(&["token", name, "--json"], "");
            self.command(&["connection", "refresh", name, "--json"], "");
            self.command(&["connection", "check", name, "--json"], "");
            self.is_looked_at(name).await;
        }
    }

    /// By everybody who may look.
    async fn is_looked_at(&mut self, name: &str) {
        for (method, path) in [
            ("GET", "/connections".to_owned()),
            ("GET", format!("/connections/{name}")),
            ("GET", format!("/connections/{name}/history")),
            ("GET", "/integrations/acme".to_owned()),
        ] {
            self.api(method, &path, None).await;
        }
        for act in ["show", "history"] {
            self.command(&["connection", act, name, "--json"], "");
            self.command(&["connection", act, name], "");
        }
        self.command(&["connection", "list", "--json"], "");
    }

    /// A provider that says what it was sent, in every shape.
    pub(super) async fn refused_by_who_repeats_all(&mut self) {
        self.secret("token in no known shape", UNREAD);
        for (index, token) in TOKENS.into_iter().enumerate() {
            let (status, body) = repeated(index, token);
            let name = format!("job-{index}");
            self.secret("imported token", token);
            let tokens = json!({
                "integration": "acme", "name": name, "refresh_token": token,
                "access_token": format!("access-of-{name}-5Gq8Zk2Wx7"), "expires_in": 3600,
            });
            self.secret("imported token", text(&tokens, "access_token"));
            self.api("POST", "/connections/import", Some(tokens)).await;
            self.it.provider.next(status, body);
            let path = format!("/connections/{name}/refresh");
            self.api("POST", &path, None).await;
            self.command(&["connection", "refresh", &name, "--json"], "");
            self.command(&["token", &name, "--min-ttl", "2h", "--json"], "");
            self.is_looked_at(&name).await;
        }
    }

    /// The store is away when an answer comes.
    pub(super) async fn answer_in_the_spool(&mut self) {
        let before = self.it.provider.asked("token").len();
        self.it.provider.hold();
        let path = self.site.url("/api/v1/connections/web/refresh");
        let bearer = format!("Bearer {}", self.personal);
        let request = Request::new("POST", &path).header("Authorization", &bearer);
        let site = self.site.clone();
        let asking = tokio::spawn(async move { site.send(&request).await });
        self.it.provider.was_asked(before + 1);
        let store = rusqlite::Connection::open(self.it.bed.data().join("evergrant.db")).unwrap();
        store.execute_batch("BEGIN IMMEDIATE").unwrap();
        self.it.provider.release();
        let began = Instant::now();
        let spooled = loop {
            let found = self.spooled();
            if !found.is_empty() {
                break found;
            }
            assert!(began.elapsed() < PATIENCE, "no answer waits in the spool");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        self.places.extend(spooled);
        self.places.extend(files(&self.it.bed.data()));
        store.execute_batch("ROLLBACK").unwrap();
        drop(asking.await.unwrap());
        // It is not lost.
        while !self.spooled().is_empty() {
            assert!(began.elapsed() < 2 * PATIENCE, "it stays in the spool");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let answer = self.api("GET", "/connections/web/token", None).await;
        let token = text(&document(&answer), "access_token").to_owned();
        assert!(self.it.provider.book(|book| book.accepts(&token)));
        assert_eq!(self.it.provider.asked("token").len(), before + 1);
    }

    pub(super) async fn remove(&mut self) {
        for act in ["suspend", "resume"] {
            self.command(&["connection", act, "web", "--json"], "");
        }
        self.command(&["connection", "remove", "desk", "--yes", "--json"], "");
        self.api("DELETE", "/connections/web", None).await;
        // The first has the same account as the second, which lived on it: only that one is ended.
        let began = Instant::now();
        while self.it.provider.asked("revoke").is_empty() {
            assert!(
                began.elapsed() < PATIENCE,
                "it was not ended at the provider"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(self.it.provider.asked("revoke").len(), 1);
        self.api("GET", "/connections/web/token", None).await;
        self.command(&["connection", "list", "--json"], "");
    }
}

async fn get(url: &Url) -> evergrant_sim::http::OwnedResponse {
    let site = Site::new(&url.origin().ascii_serialization()).unwrap();
    site.send(&Request::get(url)).await.unwrap()
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// An answer in which a provider says what it was sent.
fn repeated(index: usize, token: &str) -> (u16, String) {
    let basic = base64_of(&format!("ours:{CLIENT_SECRET}"));
    match index {
        0 | 6 => (
            400,
            format!(r#"{{"error":"invalid_grant","error_description":"{token} is over"}}"#),
        ),
        1 => (
            400,
            format!(
                r#"{{"error":"invalid_request","error_description":
                "refresh_token={token}&client_secret={CLIENT_SECRET}"}}"#
            ),
        ),
        2 | 8 => (
            401,
            format!(r#"{{"error":"{token}","error_uri":"https://x.example/?t={token}"}}"#),
        ),
        3 | 7 => (
            500,
            format!("<html><p>In refresh({token}, '{CLIENT_SECRET}')</p></html>"),
        ),
        4 => (
            403,
            format!("Authorization: Basic {basic} and {token} do not fit."),
        ),
        _ => (200, format!("Here it is: {UNREAD}, for {token}.")),
    }
}
