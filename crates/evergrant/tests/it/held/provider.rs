//! A provider of our own: gives a code to whoever comes, rotates its tokens, and says what a test
//! tells it to say. It can keep a strict book, hold its answers back, and guard a resource.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use url::{Url, form_urlencoded};

use super::family::Families;

/// What people who consent come back with.
const CODE: &str = "the-code-that-was-given-once";

/// What the token endpoint says next, in place of new tokens.
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) after: Duration,
}

#[derive(Default)]
struct State {
    said: VecDeque<Said>,
    denies: bool,
    generation: u32,
    families: Option<Families>,
    holds: bool,
    takes: Duration,
    describes: Option<String>,
    names_itself: Option<String>,
    tells_accounts_with: Option<u16>,
    asked: Vec<(String, BTreeMap<String, String>)>,
}

pub(super) struct Provider {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    released: Condvar,
}

impl Provider {
    /// Serves as long as the tests run.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&serving);
                // Whoever asks may hang up before the answer.
                thread::spawn(move || drop(answer(stream, &shared)));
            }
        });
        Self { address, shared }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The next token request is answered so.
    pub(super) fn next(&self, status: u16, body: impl Into<String>) {
        self.next_after(Duration::ZERO, status, body);
    }

    /// The same, so much later.
    pub(super) fn next_after(&self, after: Duration, status: u16, body: impl Into<String>) {
        let mut state = self.shared.state.lock().unwrap();
        state.said.push_back(Said {
            status,
            body: body.into(),
            after,
        });
    }

    /// From now on people say no.
    pub(super) fn deny(&self) {
        self.shared.state.lock().unwrap().denies = true;
    }

    /// From now on it describes itself (RFC 8414), and says that its answers carry `iss`. Gives the
    /// issuer.
    pub(super) fn describes_itself(&self) -> String {
        let issuer = format!("http://{}", self.address);
        let [authorize, token] = ["authorize", "token"].map(|path| self.url(path));
        let metadata = format!(
            r#"{{"issuer":"{issuer}","authorization_endpoint":"{authorize}",
            "token_endpoint":"{token}","authorization_response_iss_parameter_supported":true}}"#
        );
        self.shared.state.lock().unwrap().describes = Some(metadata);
        issuer
    }

    /// From now on its answers carry `iss`, as it says.
    pub(super) fn names_itself(&self) {
        let issuer = format!("http://{}", self.address);
        self.shared.state.lock().unwrap().names_itself = Some(issuer);
    }

    /// From now on it is asked for accounts in vain, and answers so.
    pub(super) fn tells_accounts_with(&self, status: u16) {
        self.shared.state.lock().unwrap().tells_accounts_with = Some(status);
    }

    /// From now on a refresh token works once, and ends its family when it comes again. Access
    /// tokens live so long.
    pub(super) fn is_strict(&self, lifetime: Duration) {
        let mut state = self.shared.state.lock().unwrap();
        state.families.get_or_insert_default().lifetime = lifetime;
    }

    /// From now on it takes whatever token comes.
    pub(super) fn forgives(&self) {
        self.shared.state.lock().unwrap().families = None;
    }

    /// Looks into the book of a strict provider.
    pub(super) fn book<T>(&self, look: impl FnOnce(&mut Families) -> T) -> T {
        let mut state = self.shared.state.lock().unwrap();
        look(state.families.as_mut().unwrap())
    }

    /// From now on an answer with tokens takes so long.
    pub(super) fn takes(&self, time: Duration) {
        self.shared.state.lock().unwrap().takes = time;
    }

    /// From now on answers with tokens are held back.
    pub(super) fn hold(&self) {
        self.shared.state.lock().unwrap().holds = true;
    }

    /// Gives the answers that were held back, and holds no more.
    pub(super) fn release(&self) {
        self.shared.state.lock().unwrap().holds = false;
        self.shared.released.notify_all();
    }

    /// Waits until so many token requests came.
    pub(super) fn was_asked(&self, times: usize) {
        let began = Instant::now();
        while self.asked("token").len() < times {
            assert!(began.elapsed() < Duration::from_secs(30), "nobody asks");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The forms or queries that were sent to a path.
    pub(super) fn asked(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        let state = self.shared.state.lock().unwrap();
        let to_path = state.asked.iter().filter(|(asked, _)| asked == path);
        to_path.map(|(_, form)| form.clone()).collect()
    }
}

fn answer(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or("/").to_owned();
    let (mut length, mut bearer) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if let Some(value) = header.strip_prefix("authorization: bearer ") {
            value.clone_into(&mut bearer);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let url = Url::parse("http://x").unwrap().join(&target).unwrap();
    let query = url.query().unwrap_or_default().as_bytes();
    let pairs = form_urlencoded::parse(&body).chain(form_urlencoded::parse(query));
    let form: BTreeMap<_, _> = pairs
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let path = url.path().trim_start_matches('/').to_owned();
    shared
        .state
        .lock()
        .unwrap()
        .asked
        .push((path.clone(), form.clone()));
    let (status, more, body) = match path.as_str() {
        "authorize" => (302, consented(&url, shared), String::new()),
        "token" => tokens(&form, shared),
        "resource" => resource(&bearer, shared),
        ".well-known/openid-configuration" => described(shared),
        "userinfo" => account(shared),
        _ => (200, String::new(), String::new()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n{more}\
         Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(format!("{head}{body}").as_bytes())
}

/// Sends the person straight back.
fn consented(url: &Url, shared: &Shared) -> String {
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let mut back = Url::parse(&query["redirect_uri"]).unwrap();
    let (denies, names_itself) = {
        let state = shared.state.lock().unwrap();
        (state.denies, state.names_itself.clone())
    };
    if let Some(issuer) = names_itself {
        back.query_pairs_mut().append_pair("iss", &issuer);
    }
    let (name, value) = if denies {
        ("error", "access_denied")
    } else {
        ("code", CODE)
    };
    back.query_pairs_mut()
        .append_pair("state", &query["state"])
        .append_pair(name, value);
    format!("Location: {back}\r\n")
}

fn account(shared: &Shared) -> (u16, String, String) {
    match shared.state.lock().unwrap().tells_accounts_with {
        Some(status) => (status, String::new(), String::new()),
        None => (200, String::new(), r#"{"sub":"account-1"}"#.to_owned()),
    }
}

fn described(shared: &Shared) -> (u16, String, String) {
    let described = shared.state.lock().unwrap().describes.clone();
    match described {
        Some(body) => (200, String::new(), body),
        None => (404, String::new(), String::new()),
    }
}

fn tokens(form: &BTreeMap<String, String>, shared: &Shared) -> (u16, String, String) {
    let said = shared.state.lock().unwrap().said.pop_front();
    if let Some(said) = said {
        thread::sleep(said.after);
        if said.status != 200 || !said.body.is_empty() {
            return (said.status, String::new(), said.body);
        }
    }
    let mut state = shared.state.lock().unwrap();
    let presented = form.get("refresh_token");
    let (status, body) = match (&mut state.families, presented) {
        // The token is spent when it comes, whatever becomes of the answer.
        (Some(families), Some(token)) => families.present(token),
        (Some(families), None) => families.first(),
        (None, _) => {
            state.generation += 1;
            (200, rotated(state.generation))
        }
    };
    while state.holds {
        state = shared.released.wait(state).unwrap();
    }
    let takes = state.takes;
    drop(state);
    thread::sleep(takes);
    (status, String::new(), body)
}

fn rotated(n: u32) -> String {
    format!(
        r#"{{"access_token":"at-given-{n}","refresh_token":"rt-given-{n}","expires_in":3600,
        "token_type":"Bearer","scope":"read write"}}"#
    )
}

/// What access tokens are for.
fn resource(token: &str, shared: &Shared) -> (u16, String, String) {
    let state = shared.state.lock().unwrap();
    let families = state.families.as_ref();
    let accepted = families.is_some_and(|families| families.accepts(token));
    let status = if accepted { 200 } else { 401 };
    (status, String::new(), "{}".to_owned())
}
