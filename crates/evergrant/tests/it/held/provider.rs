//! A provider of our own: gives a code to whoever comes, rotates its tokens, and says what a test
//! tells it to say.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use url::{Url, form_urlencoded};

/// What the token endpoint says next, in place of new tokens.
pub(super) struct Said {
    pub(super) status: u16,
    pub(super) body: &'static str,
    pub(super) after: Duration,
}

#[derive(Default)]
struct State {
    said: VecDeque<Said>,
    denies: bool,
    generation: u32,
    asked: Vec<(String, BTreeMap<String, String>)>,
}

pub(super) struct Provider {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Provider {
    /// Serves as long as the tests run.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&shared);
                // Whoever asks may hang up before the answer.
                thread::spawn(move || drop(answer(stream, &shared)));
            }
        });
        Self { address, state }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// The next token request is answered so.
    pub(super) fn next(&self, status: u16, body: &'static str) {
        self.next_after(Duration::ZERO, status, body);
    }

    /// The same, so much later.
    pub(super) fn next_after(&self, after: Duration, status: u16, body: &'static str) {
        let mut state = self.state.lock().unwrap();
        state.said.push_back(Said {
            status,
            body,
            after,
        });
    }

    /// From now on people say no.
    pub(super) fn deny(&self) {
        self.state.lock().unwrap().denies = true;
    }

    /// The forms that were sent to a path.
    pub(super) fn asked(&self, path: &str) -> Vec<BTreeMap<String, String>> {
        let state = self.state.lock().unwrap();
        let to_path = state.asked.iter().filter(|(asked, _)| asked == path);
        to_path.map(|(_, form)| form.clone()).collect()
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let target = line.split(' ').nth(1).unwrap_or("/").to_owned();
    let mut length = 0;
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
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let url = Url::parse("http://x").unwrap().join(&target).unwrap();
    let form: BTreeMap<_, _> = form_urlencoded::parse(&body).into_owned().collect();
    let path = url.path().trim_start_matches('/').to_owned();
    state.lock().unwrap().asked.push((path.clone(), form));
    let (status, more, body) = match path.as_str() {
        "authorize" => (302, consented(&url, state), String::new()),
        "token" => tokens(state),
        "userinfo" => (200, String::new(), r#"{"sub":"account-1"}"#.to_owned()),
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
fn consented(url: &Url, state: &Mutex<State>) -> String {
    let query: BTreeMap<_, _> = url.query_pairs().into_owned().collect();
    let mut back = Url::parse(&query["redirect_uri"]).unwrap();
    let denies = state.lock().unwrap().denies;
    let (name, value) = if denies {
        ("error", "access_denied")
    } else {
        ("code", "the-code")
    };
    back.query_pairs_mut()
        .append_pair("state", &query["state"])
        .append_pair(name, value);
    format!("Location: {back}\r\n")
}

fn tokens(state: &Mutex<State>) -> (u16, String, String) {
    let said = state.lock().unwrap().said.pop_front();
    if let Some(said) = said {
        thread::sleep(said.after);
        if said.status != 200 || !said.body.is_empty() {
            return (said.status, String::new(), said.body.to_owned());
        }
    }
    let mut state = state.lock().unwrap();
    state.generation += 1;
    let n = state.generation;
    let body = format!(
        r#"{{"access_token":"at-given-{n}","refresh_token":"rt-given-{n}","expires_in":3600,
        "token_type":"Bearer","scope":"read write"}}"#
    );
    (200, String::new(), body)
}
