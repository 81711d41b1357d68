//! One server as a child process with a folder of its own, both gone when it is dropped, and also
//! when the process that started it is killed.

use std::fs;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::UpstreamError;

const STARTS_WITHIN: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A folder under the machine's folder for temporary files.
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn make() -> Result<Self, UpstreamError> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("evergrant-upstream-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        drop(fs::remove_dir_all(&path));
        fs::create_dir(&path).map_err(UpstreamError::at("its folder"))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// A running server.
pub(super) struct Process {
    child: Child,
    /// Servers that are scripts of ours end when this is closed.
    _input: Option<ChildStdin>,
    watchdog: Watchdog,
    log: PathBuf,
    // Dropped last: the files must outlive who writes them.
    _folder: Folder,
}

impl Process {
    /// Starts the command; what it says goes to a file in the folder.
    pub(super) fn spawn(mut command: Command, folder: Folder) -> Result<Self, UpstreamError> {
        let failed = UpstreamError::at("starting it");
        let log = folder.path().join("output");
        let out = fs::File::create(&log).map_err(&failed)?;
        let err = out.try_clone().map_err(&failed)?;
        command
            .current_dir(folder.path())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(out)
            .stderr(err);
        let mut child = command.spawn().map_err(&failed)?;
        let watchdog = match Watchdog::over(child.id(), folder.path()) {
            Ok(watchdog) => watchdog,
            Err(error) => {
                drop(child.kill());
                drop(child.wait());
                return Err(error);
            }
        };
        Ok(Self {
            _input: child.stdin.take(),
            child,
            watchdog,
            log,
            _folder: folder,
        })
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    pub(super) fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The address in the line `ready ADDRESS` of a script.
    pub(super) async fn ready(&mut self) -> Result<String, UpstreamError> {
        self.until(async |this: &Self| {
            let said = this.said();
            let (line, _) = said.split_once("ready ")?.1.split_once('\n')?;
            Some(line.to_owned())
        })
        .await
    }

    /// Looks again and again until there is something to see; an end of the server ends it.
    pub(super) async fn until<T>(
        &mut self,
        mut look: impl AsyncFnMut(&Self) -> Option<T>,
    ) -> Result<T, UpstreamError> {
        let begun = Instant::now();
        while begun.elapsed() < STARTS_WITHIN {
            if let Some(seen) = look(self).await {
                return Ok(seen);
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                let said = self.said();
                return Err(UpstreamError::Failed(format!(
                    "it ended ({status}): {said}"
                )));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let said = self.said();
        Err(UpstreamError::Failed(format!(
            "it was not ready in time: {said}"
        )))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
        self.watchdog.dismiss();
    }
}

/// A shell that waits for our end of its input to close, however we end, and then cleans up.
struct Watchdog {
    child: Child,
    input: Option<ChildStdin>,
}

impl Watchdog {
    fn over(server: u32, folder: &Path) -> Result<Self, UpstreamError> {
        let script = "trap '' INT TERM HUP; read word; [ \"$word\" = dismissed ] && exit 0; \
                      kill -KILL \"$1\" 2>/dev/null; \
                      for i in 1 2 3 4 5 6 7 8 9; do \
                      kill -0 \"$1\" 2>/dev/null || break; sleep 0.1; done; rm -rf \"$2\"";
        let mut shell = Command::new("/bin/sh");
        shell
            .args(["-c", script, "watchdog", &server.to_string()])
            .arg(folder)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut child = shell.spawn().map_err(UpstreamError::at("the watchdog"))?;
        let input = child.stdin.take();
        Ok(Self { child, input })
    }

    fn dismiss(&mut self) {
        if let Some(mut input) = self.input.take() {
            drop(io::Write::write_all(&mut input, b"dismissed\n"));
        }
        drop(self.child.wait());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use super::{Folder, Process};

    fn speaker() -> Process {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo ready http://somewhere; exec sleep 60"]);
        Process::spawn(command, Folder::make().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn a_server_and_its_folder_are_gone_when_it_is_dropped() {
        let mut process = speaker();
        assert_eq!(process.ready().await.unwrap(), "http://somewhere");
        let folder = process._folder.path().to_owned();
        let entry = format!("/proc/{}", process.id());
        assert!(folder.exists() && Path::new(&entry).exists());
        drop(process);
        assert!(!folder.exists() && !Path::new(&entry).exists());
    }

    #[tokio::test]
    async fn the_watchdog_cleans_up_after_a_process_that_was_killed() {
        let mut process = speaker();
        process.ready().await.unwrap();
        let folder = process._folder.path().to_owned();
        // What the end of our process does to the watchdog.
        process.watchdog.input = None;
        let begun = Instant::now();
        while folder.exists() && begun.elapsed() < Duration::from_secs(20) {
            // The real parent would be gone; here somebody must take note of the child's end.
            drop(process.child.try_wait());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(!folder.exists());
        assert!(process.child.try_wait().unwrap().is_some());
    }

    #[tokio::test]
    async fn a_server_that_ends_at_once_is_told_with_what_it_said() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo no such luck; exit 3"]);
        let mut process = Process::spawn(command, Folder::make().unwrap()).unwrap();
        let error = process.ready().await.unwrap_err().to_string();
        assert!(error.contains("no such luck"), "{error}");
    }
}
