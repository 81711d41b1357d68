//! Reads what strace saw of a process: had each answer's row reached the disk before it left?
//!
//! 1. [`Trace::command`] runs a program under strace, with every write and every sync of it written
//!    down, in hexadecimal and in full;
//! 2. [`Trace::read`] takes the calls out of that, each with the moments of its begin and end;
//! 3. [`Trace::judge`] looks for the row of one answer by its nonce, which is drawn for it and
//!    written nowhere before: the bytes go to a file of the store, a sync of that file begins
//!    after that and ends well, and only then may the answer's first byte go out.
//!
//! strace handles one stop of one thread after the other, so the order of its lines is an order in
//! which things happened: a call is in the kernel after the line of its begin, and was done before
//! the line of its end.

mod call;

use std::fmt;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use memchr::memmem;

use call::Call;

/// Where Debian keeps it.
const STRACE: &str = "/usr/bin/strace";
/// Everything by which bytes reach a file or a socket, and the syncs.
const CALLS: &str = "trace=pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg,fdatasync,fsync";
/// How the only answers begin that carry tokens.
const GOOD: &[u8] = b"HTTP/1.1 200";

/// What a process wrote and synced, in its order.
#[derive(Debug)]
pub struct Trace {
    calls: Vec<Call>,
}

/// Why an answer was not covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The token is none of ours, so its row can't be found.
    NoNonce,
    /// The answer is not in the trace.
    NoAnswer,
    /// Its first byte left in another call than its token, perhaps long before.
    Split,
    /// The row was not written before the answer left.
    NotWritten,
    /// It was written, and no sync of that file ended before the answer left.
    NotSynced,
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::NoNonce => "the token has no nonce",
            Self::NoAnswer => "no answer with this token is in the trace",
            Self::Split => "the answer's begin is in another write than its token",
            Self::NotWritten => "the answer left before its row was written",
            Self::NotSynced => "the answer left before its row was synced",
        })
    }
}

/// Says why nothing can be traced here; `None` when it can.
pub fn missing() -> Option<String> {
    let here = Path::new(STRACE).exists();
    (!here).then(|| format!("strace is not here: no {STRACE} (apt-get install strace)"))
}

impl Trace {
    /// The same command under strace, which writes to this file. The process that is started is
    /// the program itself: strace is a child that watches.
    pub fn command(program: &Command, file: &Path) -> Command {
        let mut strace = Command::new(STRACE);
        // The environment is what the command says, and nothing of the caller's.
        strace.env_clear();
        strace.args(["-D", "-f", "-xx", "-yy", "-s", "65536", "-e", CALLS, "-o"]);
        strace.arg(file).arg(program.get_program());
        strace.args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => strace.env(name, value),
                None => strace.env_remove(name),
            };
        }
        strace
    }

    /// Whether strace has written down everything: the end of the process is its last word.
    pub fn is_complete(text: &str, process: u32) -> bool {
        let of_it = |line: &&str| line.split(' ').next() == Some(process.to_string().as_str());
        let last = text.lines().rev().find(of_it).unwrap_or_default();
        last.ends_with("+++") && text.ends_with('\n')
    }

    /// Reads the file.
    pub fn read(text: &str) -> Self {
        Self {
            calls: call::read(text),
        }
    }

    /// How many calls there are.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// Whether the row of the answer that carried this refresh token was on disk when the answer
    /// left.
    ///
    /// # Errors
    /// Says what was missing.
    pub fn judge(&self, refresh_token: &str) -> Result<(), Fault> {
        let nonce = nonce_of(refresh_token).ok_or(Fault::NoNonce)?;
        let is_answer = |call: &&Call| call.is_write() && call.holds(refresh_token.as_bytes());
        let mut answers = self.calls.iter().filter(is_answer);
        let answer = answers.next().ok_or(Fault::NoAnswer)?;
        if !answer.data.starts_with(GOOD) {
            return Err(Fault::Split);
        }
        let is_row = |call: &&Call| call.is_write() && call.is_of_store() && call.holds(&nonce);
        let mut rows = self.calls.iter().filter(is_row);
        let row = rows.next().filter(|row| row.ended < answer.begun);
        let row = row.ok_or(Fault::NotWritten)?;
        // The same thread, for it is the one that knows when its transaction is complete.
        let covers = |call: &Call| {
            let after = call.begun > row.ended && call.ended < answer.begun;
            call.is_sync() && call.target == row.target && call.thread == row.thread && after
        };
        if self.calls.iter().any(covers) {
            Ok(())
        } else {
            Err(Fault::NotSynced)
        }
    }
}

/// The nonce of a refresh token, as it stands in its row.
fn nonce_of(refresh_token: &str) -> Option<Vec<u8>> {
    let payload = URL_SAFE_NO_PAD.decode(refresh_token.split('.').nth(1)?);
    let payload: serde_json::Value = serde_json::from_slice(&payload.ok()?).ok()?;
    URL_SAFE_NO_PAD.decode(payload.get("nonce")?.as_str()?).ok()
}

impl Call {
    fn is_write(&self) -> bool {
        !self.is_sync()
    }

    fn is_sync(&self) -> bool {
        matches!(self.name.as_str(), "fsync" | "fdatasync") && self.succeeded
    }

    fn is_of_store(&self) -> bool {
        self.target.ends_with(".db") || self.target.ends_with(".db-wal")
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        memmem::find(&self.data, bytes).is_some()
    }
}

#[cfg(test)]
mod tests;
