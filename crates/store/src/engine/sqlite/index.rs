//! The header of the log's index: what every commit of any process writes, read by one system call
//! and no lock.
//!
//! The file `-shm` begins with two copies of a header of 48 bytes, in which a counter, the last
//! frame and its checksum change with each commit ("The WAL-Index Header" in SQLite's description
//! of its format). A commit writes the second copy first, so whoever sees it in the first copy
//! finds it in the database too.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// One copy of the header.
const HEADER: usize = 48;
/// Where a copy says, by anything but zero, that it was filled in.
const FILLED_IN: usize = 12;

/// The index of one database.
pub(super) struct Index(Arc<File>);

impl Index {
    /// Opens the index of the database at a path, which a connection of this process has in use.
    ///
    /// # Errors
    /// When it can't be opened, or where it is not certain that a read sees what others mapped.
    pub(super) fn open(database: &Path) -> io::Result<Self> {
        if !cfg!(any(target_os = "linux", target_os = "macos")) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let mut name = database.as_os_str().to_owned();
        name.push("-shm");
        shared(Path::new(&name)).map(Self)
    }

    /// A number that is another one after every commit; `None` while a commit is being written, or
    /// if one was cut off there.
    pub(super) fn version(&self) -> Option<u64> {
        let mut copies = [0; 2 * HEADER];
        self.0.read_exact_at(&mut copies, 0).ok()?;
        let (first, second) = copies.split_at(HEADER);
        let whole = first == second && first.get(FILLED_IN).is_some_and(|it| *it != 0);
        whole.then(|| {
            let mut digest = DefaultHasher::new();
            first.hash(&mut digest);
            digest.finish()
        })
    }
}

/// The one open file of this process for an index. A process that closes any of its descriptors of
/// a file loses all its locks on it, those of SQLite's connections too (POSIX `fcntl`): so a file
/// stays open until it is deleted, which the last connection of the last process does.
fn shared(path: &Path) -> io::Result<Arc<File>> {
    static OPEN: Mutex<BTreeMap<(u64, u64), Arc<File>>> = Mutex::new(BTreeMap::new());
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|_, file| file.metadata().is_ok_and(|it| it.nlink() > 0));
    let about = path.metadata()?;
    let file = match open.entry((about.dev(), about.ino())) {
        Entry::Occupied(file) => file.get().clone(),
        Entry::Vacant(place) => place.insert(Arc::new(File::open(path)?)).clone(),
    };
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A database's path of this test alone, and its index with these two copies.
    struct Files(PathBuf);

    impl Files {
        fn new(name: &str) -> Self {
            let name = format!("evergrant-index-{}-{name}", std::process::id());
            Self(std::env::temp_dir().join(name))
        }

        fn with(self, first: [u8; HEADER], second: [u8; HEADER]) -> Self {
            std::fs::write(self.index(), [first, second].concat()).unwrap();
            self
        }

        fn index(&self) -> PathBuf {
            self.0.with_extension("db-shm")
        }

        fn open(&self) -> Index {
            Index::open(&self.0.with_extension("db")).unwrap()
        }
    }

    impl Drop for Files {
        fn drop(&mut self) {
            drop(std::fs::remove_file(self.index()));
        }
    }

    fn header(change: u8) -> [u8; HEADER] {
        let mut header = [7; HEADER];
        header[8] = change;
        header
    }

    #[test]
    fn two_equal_copies_are_a_version() {
        let version = |change| {
            let files = Files::new("equal").with(header(change), header(change));
            files.open().version()
        };
        assert!(version(1).is_some());
        assert_eq!(version(1), version(1));
        assert_ne!(version(1), version(2));
    }

    #[test]
    fn what_is_being_written_or_was_never_filled_in_says_nothing() {
        let torn = Files::new("torn").with(header(2), header(1));
        assert_eq!(torn.open().version(), None);
        let fresh = Files::new("fresh").with([0; HEADER], [0; HEADER]);
        assert_eq!(fresh.open().version(), None);
    }

    #[test]
    fn an_index_is_opened_once_and_closed_when_it_is_deleted() {
        let files = Files::new("deleted").with(header(1), header(1));
        let (one, two) = (files.open(), files.open());
        assert!(Arc::ptr_eq(&one.0, &two.0));
        std::fs::remove_file(files.index()).unwrap();
        let files = files.with(header(2), header(2));
        let next = files.open();
        assert_ne!(next.version(), one.version());
        drop(two);
        assert_eq!(
            Arc::strong_count(&one.0),
            1,
            "what is deleted is kept by nobody else"
        );
    }
}
