//! What every test begins with: a data directory of its own, commands on it, a server on it.
//!
//! Whoever adds a module here takes a [`Bed`], and a [`Server`] from it; both clean up after
//! themselves. [`Bed::team`] makes what most tests need, and [`Caller`] asks the API.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use evergrant_sim::http::{OwnedResponse, Request, Site};
use serde_json::Value;

/// A password that is long enough.
pub(crate) const PASSWORD: &str = "correct horse battery";
/// The owner of [`Bed::team`].
pub(crate) const OWNER: &str = "ada@acme.example";

/// How long a server may take to say that it serves.
const START: Duration = Duration::from_secs(20);

/// A directory of its own, and the environment of the commands that work in it.
pub(crate) struct Bed {
    directory: PathBuf,
    variables: Vec<(String, String)>,
}

impl Bed {
    /// An empty directory.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("evergrant-it-{}-{count}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).unwrap();
        let data = directory.join("data").display().to_string();
        Self {
            directory,
            variables: vec![("EVERGRANT_DATA".to_owned(), data)],
        }
    }

    /// The same with its store in a PostgreSQL database.
    pub(crate) fn on_database(mut self, url: &str) -> Self {
        self.variables
            .push(("EVERGRANT_DATABASE".to_owned(), url.to_owned()));
        self
    }

    /// The directory of the store.
    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// A path beside the store.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The same directory with one more variable.
    pub(crate) fn with(&self, name: &str, value: &str) -> View<'_> {
        View {
            bed: self,
            variables: Vec::new(),
        }
        .with(name, value)
    }

    /// The binary with these arguments, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_evergrant"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.directory)
            .envs(self.variables.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments), "")
    }

    /// Runs a command that reads this.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        run(self.command(arguments), input)
    }

    /// Runs a command with `--json` that must succeed, and gives its document.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let arguments: Vec<_> = arguments.iter().copied().chain(["--json"]).collect();
        self.run(&arguments).succeeded().json()
    }

    /// Makes the store with its first team and owner; gives what `init` printed.
    pub(crate) fn team(&self) -> Value {
        let init = [
            "init",
            "--team",
            "Acme",
            "--email",
            OWNER,
            "--password-stdin",
            "--json",
        ];
        self.run_with_input(&init, PASSWORD).succeeded().json()
    }

    /// Adds a user who can sign in.
    pub(crate) fn user(&self, email: &str, role: &str) -> Value {
        let add = [
            "user",
            "add",
            email,
            "--role",
            role,
            "--password-stdin",
            "--json",
        ];
        self.run_with_input(&add, PASSWORD).succeeded().json()
    }

    /// Starts a server on a free port, and waits until it says that it serves.
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// Starts a server where another one was, and waits until it says that it serves.
    pub(crate) fn serve_at(&self, address: SocketAddr) -> Server {
        let address = address.to_string();
        Server::start(self.command(&["serve", "--listen", &address, "--log-format", "json"]))
    }

    /// Starts a server with more flags.
    pub(crate) fn serve_with(&self, flags: &[&str]) -> Server {
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0", "--log-format", "json"];
        arguments.extend(flags);
        Server::start(self.command(&arguments))
    }
}

impl Drop for Bed {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

/// A bed with more variables.
pub(crate) struct View<'a> {
    bed: &'a Bed,
    variables: Vec<(String, String)>,
}

impl View<'_> {
    /// One more variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The binary with these arguments, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bed.command(arguments);
        command.envs(self.variables.iter().cloned());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        run(self.command(arguments), "")
    }
}

fn run(mut command: Command, input: &str) -> Ran {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // A command that reads nothing may be gone already.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    Ran {
        what: format!("{command:?}"),
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ran {
    what: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// It must have ended with exit code 0.
    pub(crate) fn succeeded(self) -> Self {
        self.ended_with(0)
    }

    /// It must have ended with this exit code.
    pub(crate) fn ended_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}: {self:#?}", self.what);
        self
    }

    /// The one document on standard output.
    pub(crate) fn json(&self) -> Value {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// It must have failed with this problem and this exit code.
    pub(crate) fn failed_as(self, exit: i32, code: &str) -> Value {
        let problem = self.ended_with(exit).json();
        assert_eq!(problem["code"], code, "{problem}");
        for member in ["type", "title", "status", "detail"] {
            assert!(!problem[member].is_null(), "{problem}");
        }
        problem
    }
}

/// A running server. It is ended with the test, if the test does not end it.
pub(crate) struct Server {
    child: Child,
    /// Where it answers.
    pub(crate) url: String,
    log: Arc<Mutex<String>>,
}

impl Server {
    /// Starts a server and waits until it says where it serves.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let (send, received) = mpsc::channel();
        let kept = Arc::clone(&log);
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if let Some(url) = address_in(&line) {
                    drop(send.send(url));
                }
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let url = received.recv_timeout(START).unwrap_or_else(|_| {
            drop(child.kill());
            panic!("the server does not serve: {}", log.lock().unwrap());
        });
        Self { child, url, log }
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it logged until now.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Where to send requests.
    pub(crate) fn site(&self) -> Site {
        Site::new(&self.url).unwrap()
    }

    /// Asks it to stop; gives its exit code once it has.
    pub(crate) fn stop(mut self) -> Option<i32> {
        signal(self.id(), "TERM");
        self.child.wait().unwrap().code()
    }

    /// Waits until it ends by itself; gives its exit code.
    pub(crate) fn ended(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Ends it as a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Sends a signal to a process that we started.
pub(crate) fn signal(process: u32, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

fn address_in(line: &str) -> Option<String> {
    let event: Value = serde_json::from_str(line).ok()?;
    let url = event
        .get("public_url")
        .filter(|_| event["message"] == "serving")?;
    // The public URL may be a name that leads elsewhere; the address is where it listens.
    let address = event["address"].as_str()?;
    let url = url.as_str()?;
    Some(if url.starts_with("http://") {
        url.to_owned()
    } else {
        format!("http://{address}")
    })
}

/// Somebody who asks the API.
pub(crate) struct Caller {
    site: Site,
    headers: Vec<(String, String)>,
}

impl Caller {
    /// Nobody.
    pub(crate) fn anonymous(server: &Server) -> Self {
        Self {
            site: server.site(),
            headers: Vec::new(),
        }
    }

    /// Whoever has this token.
    pub(crate) fn with_token(server: &Server, token: &str) -> Self {
        Self::anonymous(server).with("Authorization", &format!("Bearer {token}"))
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Asks; `path` is below `/api/v1`.
    pub(crate) async fn ask(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
    ) -> OwnedResponse {
        let mut request = Request::new(method, &self.site.url(&format!("/api/v1{path}")));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            let body = body.to_string().into_bytes();
            request = request
                .header("Content-Type", "application/json")
                .body(body);
        }
        self.site.send(&request).await.unwrap()
    }
}

/// The JSON document of an answer.
pub(crate) fn json(answer: &OwnedResponse) -> Value {
    let parsed = serde_json::from_slice(&answer.body);
    parsed.unwrap_or_else(|error| panic!("{error}: {}", answer.text()))
}

/// A text at a place of a document.
pub(crate) fn text<'a>(document: &'a Value, name: &str) -> &'a str {
    let found = document[name].as_str();
    found.unwrap_or_else(|| panic!("no {name} in {document}"))
}

/// The permission bits of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
