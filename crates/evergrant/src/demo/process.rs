//! A part of the story that runs as a process of its own: this same binary, with its own
//! environment and nothing of ours.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

use super::Broken;

/// How long anything may take that a process does; it is only reached when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// A line that a process printed.
enum Line {
    Answer(String),
    Note(String),
}

/// A process that runs. It ends with this at the latest.
pub(super) struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: UnboundedReceiver<Line>,
    notes: Vec<String>,
}

impl Process {
    /// Starts it.
    pub(super) fn start(mut command: Command) -> Result<Self, Broken> {
        let started = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child =
            started.map_err(|error| Broken::new(format!("a process does not start: {error}")))?;
        let (say, lines) = unbounded_channel();
        if let Some(stdout) = child.stdout.take() {
            listen(stdout, say.clone(), Line::Answer);
        }
        if let Some(stderr) = child.stderr.take() {
            listen(stderr, say, Line::Note);
        }
        Ok(Self {
            stdin: child.stdin.take(),
            child,
            lines,
            notes: Vec::new(),
        })
    }

    /// Its number.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes a line to its standard input.
    pub(super) fn tell(&mut self, line: &str) -> Result<(), Broken> {
        let Some(stdin) = &mut self.stdin else {
            return Err(Broken::new("a process reads no more"));
        };
        writeln!(stdin, "{line}")
            .map_err(|error| Broken::new(format!("a process does not listen: {error}")))
    }

    /// Waits for a line in which something is found, on standard output or standard error.
    pub(super) async fn says<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> Result<T, Broken> {
        let heard = timeout(PATIENCE, async {
            while let Some(line) = self.lines.recv().await {
                let (Line::Answer(text) | Line::Note(text)) = line;
                if let Some(found) = find(&text) {
                    return Some(found);
                }
                self.notes.push(text);
            }
            None
        });
        let heard = heard.await;
        heard
            .ok()
            .flatten()
            .ok_or_else(|| Broken::new(format!("a process says only: {}", self.notes.join("\n"))))
    }

    /// Waits until it ended, and well; gives what it printed on standard output.
    pub(super) async fn ended(mut self) -> Result<String, Broken> {
        drop(self.stdin.take());
        let mut answer = String::new();
        let heard = timeout(PATIENCE, async {
            while let Some(line) = self.lines.recv().await {
                match line {
                    Line::Answer(text) => answer.extend([text.as_str(), "\n"]),
                    Line::Note(text) => self.notes.push(text),
                }
            }
        });
        let in_time = heard.await.is_ok();
        // Both of its pipes are closed, so it is as good as gone.
        if in_time && self.child.wait().is_ok_and(|status| status.success()) {
            Ok(answer)
        } else {
            let notes = self.notes.join("\n");
            Err(Broken::new(format!("a process ended badly: {notes}")))
        }
    }

    /// Ends it as a crash would: `kill -9`. It is gone when this returns.
    pub(super) fn kill(&mut self) -> Result<(), Broken> {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        killed
            .map(drop)
            .map_err(|error| Broken::new(format!("a process can't be killed: {error}")))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Reads until the process closes its end, whether anybody listens or not: else it would wait.
fn listen(
    pipe: impl Read + Send + 'static,
    say: UnboundedSender<Line>,
    kind: impl Fn(String) -> Line + Send + 'static,
) {
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            drop(say.send(kind(line)));
        }
    });
}
