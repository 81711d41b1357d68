//! The server's processes and its folder: started as somebody who is not root, stopped by their
//! own ids, and looked after by a watchdog.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::PostgresError;

const STARTS_WITHIN: Duration = Duration::from_secs(30);
const ENDS_WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Who the server runs as. It refuses to be root.
pub(super) struct Owner(Option<(u32, u32)>);

impl Owner {
    /// Ourselves, or the package's own user when we are root.
    pub(super) fn find() -> Result<Self, PostgresError> {
        let own = fs::metadata("/proc/self").map_err(|error| PostgresError::at("/proc", &error))?;
        if own.uid() != 0 {
            return Ok(Self(None));
        }
        let users = fs::read_to_string("/etc/passwd");
        let users = users.map_err(|error| PostgresError::at("/etc/passwd", &error))?;
        let ids = users.lines().find_map(|line| {
            let mut fields = line.strip_prefix("postgres:")?.split(':').skip(1);
            Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
        });
        let missing = || PostgresError::Missing("there is no user postgres".into());
        ids.map(|ids| Self(Some(ids))).ok_or_else(missing)
    }

    /// Makes a command run as this user, away from a terminal's signals and root's folder.
    pub(super) fn own(&self, command: &mut Command) {
        command.current_dir("/").process_group(0);
        if let Some((user, group)) = self.0 {
            command.uid(user).gid(group);
        }
    }
}

/// A folder that is gone with the server.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn make(owner: &Owner) -> Result<Self, PostgresError> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("evergrant-postgres-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let failed = |error: io::Error| PostgresError::at("its folder", &error);
        drop(fs::remove_dir_all(&path));
        fs::create_dir(&path).map_err(failed)?;
        if let Some((user, group)) = owner.0 {
            chown(&path, Some(user), Some(group)).map_err(failed)?;
        }
        Ok(Self(path))
    }

    pub(super) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    pub(super) fn remove(&self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A shell that waits for our end of its input to close, however we end, and then cleans up.
pub(super) struct Watchdog {
    child: Child,
    pub(super) input: Option<ChildStdin>,
}

impl Watchdog {
    pub(super) fn over(folder: &Folder) -> Result<Self, PostgresError> {
        let script = "trap '' INT TERM HUP; read word; [ \"$word\" = dismissed ] && exit 0; \
                      pid=$(head -n 1 \"$1/data/postmaster.pid\" 2>/dev/null) \
                      && kill -CONT \"$pid\" && kill -QUIT \"$pid\"; \
                      for i in 1 2 3 4 5 6 7 8; do \
                      kill -0 \"$pid\" 2>/dev/null || break; sleep 1; done; rm -rf \"$1\"";
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", script, "watchdog"])
            .arg(&folder.0)
            .process_group(0);
        shell
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = shell
            .spawn()
            .map_err(|error| PostgresError::at("the watchdog", &error))?;
        let input = child.stdin.take();
        Ok(Self { child, input })
    }

    /// Sends it away: there is nothing left to look after.
    pub(super) fn dismiss(&mut self) {
        if let Some(mut input) = self.input.take() {
            drop(io::Write::write_all(&mut input, b"dismissed\n"));
        }
        drop(self.child.wait());
    }
}

/// The server's first process, parent of all others.
pub(super) struct Postmaster {
    child: Child,
    log: PathBuf,
}

impl Postmaster {
    pub(super) fn spawn(server: &mut Command, folder: &Folder) -> Result<Self, PostgresError> {
        let failed = |error: io::Error| PostgresError::at("starting it", &error);
        let log = folder.log();
        let out = fs::File::create(&log).map_err(failed)?;
        let err = out.try_clone().map_err(failed)?;
        server.stdin(Stdio::null()).stdout(out).stderr(err);
        Ok(Self {
            child: server.spawn().map_err(failed)?,
            log,
        })
    }

    pub(super) fn wait_until_ready(
        &mut self,
        programs: &Path,
        port: u16,
    ) -> Result<(), PostgresError> {
        let begun = Instant::now();
        let mut ready = Command::new(programs.join("pg_isready"));
        ready.args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()]);
        while begun.elapsed() < STARTS_WITHIN {
            if let Ok(Some(status)) = self.child.try_wait() {
                let log = fs::read_to_string(&self.log).unwrap_or_default();
                return Err(PostgresError::Failed(format!(
                    "it ended at once ({status}): {log}"
                )));
            }
            if ready.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            thread::sleep(LOOK_EVERY);
        }
        drop(self.child.kill());
        drop(self.child.wait());
        Err(PostgresError::Failed("it was not ready in time".into()))
    }

    /// Ends it by a signal and waits until it is gone.
    pub(super) fn end(mut self, signal: &str) -> Result<(), PostgresError> {
        send(signal, &[self.child.id()])?;
        let begun = Instant::now();
        while begun.elapsed() < ENDS_WITHIN {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(LOOK_EVERY),
                _ => return Ok(()),
            }
        }
        drop(self.child.kill());
        drop(self.child.wait());
        Err(PostgresError::Failed("it did not end in time".into()))
    }

    /// Takes note of its end, which is the parent's duty.
    #[cfg(test)]
    pub(super) fn reap(&mut self) {
        drop(self.child.try_wait());
    }

    /// Sends a signal to it and to all its children, which have process groups of their own.
    pub(super) fn signal_all(&self, signal: &str) -> Result<(), PostgresError> {
        let pid = self.child.id();
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.map_err(|error| PostgresError::at("its children", &error))?;
        let children = children.split_whitespace().filter_map(|id| id.parse().ok());
        let all: Vec<u32> = std::iter::once(pid).chain(children).collect();
        send(signal, &all)
    }
}

fn send(signal: &str, processes: &[u32]) -> Result<(), PostgresError> {
    let ids: Vec<String> = processes.iter().map(ToString::to_string).collect();
    let script = format!("kill -{signal} {}", ids.join(" "));
    output(Command::new("/bin/sh").args(["-c", &script]), "kill").map(drop)
}

/// Runs a command to its end; what it said is the error if it failed.
pub(super) fn output(command: &mut Command, name: &str) -> Result<String, PostgresError> {
    let done = command.stdin(Stdio::null()).output();
    let done = done.map_err(|error| PostgresError::at(name, &error))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).trim_end().to_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr).trim_end().to_owned();
    Err(PostgresError::Failed(format!("{name}: {said}")))
}

/// A port of loopback that is free just now.
pub(super) fn free_port() -> Result<u16, PostgresError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|error| PostgresError::at("a free port", &error))
}
