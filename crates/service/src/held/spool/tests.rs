//! Folders, their locks, and who may speak for whom.

use super::*;

/// A folder that goes with the test.
struct Root(PathBuf);

impl Root {
    fn new(name: &str) -> Self {
        let own = format!("evergrant-spool-{}-{name}", std::process::id());
        let root = std::env::temp_dir().join(own);
        drop(fs::remove_dir_all(&root));
        Self(root)
    }

    fn folder(&self, number: u8) -> Folder {
        Folder::new(self.0.clone(), process(number))
    }

    fn left(&self, by: u8) -> Vec<Vec<(Slip, Vec<u8>)>> {
        let legacies = self.folder(0).legacies();
        let theirs = legacies.into_iter().filter(|it| it.process == process(by));
        theirs.map(|it| it.answers).collect()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn process(number: u8) -> ProcessId {
    ProcessId::new(Time::from_seconds(1), Chance([number; 16]))
}

fn slip() -> Slip {
    Slip {
        attempt: AttemptId::new(Time::from_seconds(2), Chance([9; 16])),
        send: 1,
    }
}

#[test]
fn an_answer_is_found_by_its_own_process_and_by_nobody_else_as_long_as_it_lives() {
    let root = Root::new("lives");
    let folder = root.folder(1);
    assert!(folder.own().is_empty());
    folder.put(slip(), b"sealed").unwrap();
    assert_eq!(folder.own(), [(slip(), b"sealed".to_vec())]);
    assert!(root.left(1).is_empty(), "it lives");
    drop(folder);
    assert_eq!(root.left(1), [[(slip(), b"sealed".to_vec())]]);
}

#[test]
fn who_ends_well_leaves_nothing_and_who_owes_leaves_it() {
    let root = Root::new("ends");
    let folder = root.folder(1);
    folder.open().unwrap();
    folder.close();
    assert!(root.left(1).is_empty());
    let folder = root.folder(2);
    folder.put(slip(), b"sealed").unwrap();
    folder.close();
    assert_eq!(root.left(2).len(), 1);
    folder.remove(process(2), slip());
    assert_eq!(root.left(2), [[]]);
}

#[test]
fn for_a_folder_that_cannot_be_read_nobody_speaks() {
    let root = Root::new("unreadable");
    let folder = root.folder(1);
    folder.open().unwrap();
    fs::create_dir(folder.of(process(1)).join(file_name(slip()))).unwrap();
    drop(folder);
    assert!(root.left(1).is_empty());
}

#[test]
fn a_folder_that_is_being_made_is_nobodys() {
    let root = Root::new("made");
    let folder = root.folder(1);
    let nameless = folder.of(process(1)).with_extension("new");
    fs::create_dir_all(&nameless).unwrap();
    fs::create_dir_all(folder.of(process(2))).unwrap();
    assert!(root.folder(0).legacies().is_empty(), "no lock, no word");
    folder.open().unwrap();
    assert!(!nameless.exists());
}

#[test]
fn another_stores_folders_are_not_seen_and_those_of_earlier_releases_are() {
    let root = Root::new("stores");
    let of = |store: &str, number| Folder::of_store(root.0.clone(), store, process(number));
    let old = root.folder(1);
    old.put(slip(), b"old").unwrap();
    let ours = of("ours", 2);
    ours.put(slip(), b"ours").unwrap();
    let theirs = of("theirs", 3);
    theirs.open().unwrap();
    drop((old, ours, theirs));
    let heir = of("ours", 4);
    let seen = |heir: &Folder| -> Vec<_> { heir.legacies().iter().map(|it| it.process).collect() };
    assert_eq!(seen(&heir), [process(1), process(2)]);
    for legacy in heir.legacies() {
        heir.remove(legacy.process, slip());
        heir.bury(legacy);
    }
    assert!(seen(&heir).is_empty());
    assert_eq!(seen(&of("theirs", 5)), [process(3)]);
}
