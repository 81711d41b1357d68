//! The spool: where sealed answers wait while the store is away, and how a successor learns that
//! a process has gone.
//!
//! Each process that sends has a folder of its own, named after it, and holds a lock in it as long
//! as it lives. Whoever gets the lock of another's folder knows that it is gone, takes over what
//! lies there, and can then say for it that it holds no more answers. That word is said in a store:
//! the folders of one store's processes lie together, and another store's never see them.

#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use evergrant_core::Time;
use evergrant_core::id::{AttemptId, Chance, ProcessId};

/// Which answer lies in a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Slip {
    /// Of which attempt.
    pub attempt: AttemptId,
    /// To which of its sends.
    pub send: usize,
}

/// A folder whose process is gone, locked by us.
pub struct Legacy {
    /// Whose it was.
    pub process: ProcessId,
    /// What it left.
    pub answers: Vec<(Slip, Vec<u8>)>,
    /// Held as long as we look after it.
    pub lock: Option<File>,
}

/// Where answers wait.
pub trait Spool: Send + Sync + 'static {
    /// Who this process is.
    fn process(&self) -> ProcessId;

    /// Makes sure that a successor will be able to tell that we are gone; called before the first
    /// send.
    ///
    /// # Errors
    /// When the folder can't be made: then nothing is sent.
    fn open(&self) -> io::Result<()>;

    /// Keeps an answer; it is on disk when this returns.
    ///
    /// # Errors
    /// When it can't be written.
    fn put(&self, slip: Slip, sealed: &[u8]) -> io::Result<()>;

    /// What lies in our own folder.
    fn own(&self) -> Vec<(Slip, Vec<u8>)>;

    /// Forgets an answer that is in the journal.
    fn remove(&self, process: ProcessId, slip: Slip);

    /// The folders of processes that are gone.
    fn legacies(&self) -> Vec<Legacy>;

    /// Forgets the folder of a process for which everything was said.
    fn bury(&self, legacy: Legacy);

    /// A process that ends well, and owes nothing, leaves no folder behind.
    fn close(&self);
}

/// No spool: for processes that send nothing.
pub struct NoSpool(ProcessId);

impl Default for NoSpool {
    fn default() -> Self {
        Self(ProcessId::new(Time::default(), Chance([0xff; 16])))
    }
}

impl Spool for NoSpool {
    fn process(&self) -> ProcessId {
        self.0
    }

    fn open(&self) -> io::Result<()> {
        Err(io::Error::other("this process has no spool"))
    }

    fn put(&self, _: Slip, _: &[u8]) -> io::Result<()> {
        self.open()
    }

    fn own(&self) -> Vec<(Slip, Vec<u8>)> {
        Vec::new()
    }

    fn remove(&self, _: ProcessId, _: Slip) {}

    fn legacies(&self) -> Vec<Legacy> {
        Vec::new()
    }

    fn bury(&self, _: Legacy) {}

    fn close(&self) {}
}

/// A spool in a folder on this machine's disk.
pub struct Folder {
    root: PathBuf,
    /// Where releases before this one kept their folders, whichever store they were of.
    before: Option<PathBuf>,
    process: ProcessId,
    lock: Mutex<Option<File>>,
    /// Whether anything of ours may lie there: a folder is read for nothing otherwise.
    used: AtomicBool,
}

const LOCK: &str = "lock";

impl Folder {
    /// The spool below this folder, for a process with this name. Nothing is made yet.
    pub fn new(root: PathBuf, process: ProcessId) -> Self {
        Self {
            root,
            before: None,
            process,
            lock: Mutex::new(None),
            used: AtomicBool::new(false),
        }
    }

    /// The spool of a store, by its identity, below this folder. What earlier releases left in the
    /// folder itself is taken over too.
    pub fn of_store(below: PathBuf, identity: &str, process: ProcessId) -> Self {
        let mut it = Self::new(below.join(identity), process);
        it.before = Some(below);
        it
    }

    fn of(&self, process: ProcessId) -> PathBuf {
        self.root.join(process.to_string())
    }

    /// Where the folder of a process may be: its name is its own, wherever it lies.
    fn places(&self, process: ProcessId) -> impl Iterator<Item = PathBuf> {
        let roots = [Some(&self.root), self.before.as_ref()];
        let name = process.to_string();
        roots
            .into_iter()
            .flatten()
            .map(move |root| root.join(&name))
    }

    /// Those below this folder whose processes are gone, locked.
    fn abandoned(&self, root: &Path) -> Vec<Legacy> {
        let Ok(entries) = fs::read_dir(root) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name();
            let process = name.to_str().and_then(|it| ProcessId::parse(it).ok());
            let Some(process) = process.filter(|it| *it != self.process) else {
                continue;
            };
            let Ok(lock) = OpenOptions::new().write(true).open(entry.path().join(LOCK)) else {
                continue;
            };
            // A lock that can't be had is held by a process that lives. Of a folder that can't be
            // read now nobody may say what it holds.
            if lock.try_lock().is_ok()
                && let Ok(answers) = answers_in(&entry.path())
            {
                found.push(Legacy {
                    process,
                    answers,
                    lock: Some(lock),
                });
            }
        }
        found
    }
}

impl Spool for Folder {
    fn process(&self) -> ProcessId {
        self.process
    }

    fn open(&self) -> io::Result<()> {
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let folder = self.of(self.process);
        // It gets its name when we have its lock: nobody ever sees it without its process.
        let nameless = folder.with_extension("new");
        make_private(&nameless)?;
        let lock =
            private(OpenOptions::new().write(true).create(true)).open(nameless.join(LOCK))?;
        lock.try_lock().map_err(io::Error::from)?;
        sync_folder(&nameless)?;
        fs::rename(&nameless, &folder)?;
        sync_folder(&self.root)?;
        *held = Some(lock);
        Ok(())
    }

    fn put(&self, slip: Slip, sealed: &[u8]) -> io::Result<()> {
        self.open()?;
        let folder = self.of(self.process);
        let path = folder.join(file_name(slip));
        let part = path.with_extension("part");
        let mut file =
            private(OpenOptions::new().write(true).create(true).truncate(true)).open(&part)?;
        file.write_all(sealed)?;
        file.sync_all()?;
        fs::rename(&part, &path)?;
        self.used.store(true, Ordering::SeqCst);
        sync_folder(&folder)
    }

    fn own(&self) -> Vec<(Slip, Vec<u8>)> {
        // Taken back before the look: what is put meanwhile says so again.
        if !self.used.swap(false, Ordering::SeqCst) {
            return Vec::new();
        }
        let own = answers_in(&self.of(self.process));
        if !own.as_ref().is_ok_and(Vec::is_empty) {
            self.used.store(true, Ordering::SeqCst);
        }
        own.unwrap_or_default()
    }

    fn remove(&self, process: ProcessId, slip: Slip) {
        for folder in self.places(process) {
            drop(fs::remove_file(folder.join(file_name(slip))));
        }
    }

    fn legacies(&self) -> Vec<Legacy> {
        let mut found = self.abandoned(&self.root);
        if let Some(before) = &self.before {
            found.extend(self.abandoned(before));
        }
        found.sort_by_key(|it| it.process);
        found
    }

    fn bury(&self, legacy: Legacy) {
        for folder in self.places(legacy.process) {
            drop(fs::remove_dir_all(folder));
        }
    }

    fn close(&self) {
        let held = self
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let empty = answers_in(&self.of(self.process)).is_ok_and(|it| it.is_empty());
        if held.is_some() && empty {
            drop(fs::remove_dir_all(self.of(self.process)));
        }
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

fn file_name(slip: Slip) -> String {
    format!("{}.{}.answer", slip.attempt, slip.send)
}

fn answers_in(folder: &Path) -> io::Result<Vec<(Slip, Vec<u8>)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(slip) = entry.file_name().to_str().and_then(slip_of) {
            found.push((slip, fs::read(entry.path())?));
        }
    }
    found.sort();
    Ok(found)
}

fn slip_of(name: &str) -> Option<Slip> {
    let mut parts = name.split('.');
    let slip = Slip {
        attempt: AttemptId::parse(parts.next()?).ok()?,
        send: parts.next()?.parse().ok()?,
    };
    (parts.next() == Some("answer")).then_some(slip)
}
