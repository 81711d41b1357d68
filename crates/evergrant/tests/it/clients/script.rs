//! Runs a script of `tests/clients`, and tells what it said when it fails.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::tools;

/// The slowest takes a few seconds on an idle machine.
const LIMIT: Duration = Duration::from_secs(180);

pub(crate) struct Script<'a> {
    pub(crate) interpreter: &'a Path,
    pub(crate) name: &'a str,
    pub(crate) variables: Vec<(String, String)>,
}

impl Script<'_> {
    /// Panics unless it ends well, within the limit and with at least one check done.
    #[expect(clippy::print_stdout, reason = "the runner shows it with --no-capture")]
    pub(crate) fn run(&self) {
        let log = Log::of(self.name);
        let status = self.finish(&log);
        let said = fs::read_to_string(&log.0).unwrap_or_default();
        match status {
            None => panic!("{} was not done after {LIMIT:?}:\n{said}", self.name),
            Some(status) if !status.success() => panic!("{}: {status}:\n{said}", self.name),
            Some(_) => assert!(
                said.contains("\nok "),
                "{} checked nothing:\n{said}",
                self.name
            ),
        }
        println!("{}:\n{said}", self.name);
    }

    fn finish(&self, log: &Log) -> Option<ExitStatus> {
        let file = File::create(&log.0).expect("a file for what the script says");
        let errors = file.try_clone().expect("the same file");
        let mut child = Command::new(self.interpreter)
            .arg(tools::folder().join(self.name))
            .envs(self.variables.iter().cloned())
            // Loopback is never behind a proxy, whatever the machine is told.
            .env("NO_PROXY", "127.0.0.1")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .expect("an interpreter that starts");
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            if let Some(status) = child.try_wait().expect("a child of ours") {
                return Some(status);
            }
            sleep(Duration::from_millis(20));
        }
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
        None
    }
}

/// One file for both of its outputs, which keeps their order.
struct Log(PathBuf);

impl Log {
    fn of(name: &str) -> Self {
        let name = format!("evergrant-client-{}-{name}.log", std::process::id());
        Self(std::env::temp_dir().join(name))
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.0));
    }
}
