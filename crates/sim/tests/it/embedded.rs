//! What is SQLite's alone: its files, its group commit, a disk that is full or damaged.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use evergrant_service::core::id::TeamId;
use evergrant_service::core::issued::Reason;
use evergrant_service::core::people::Team;
use evergrant_service::core::{Change, Digest};
use evergrant_service::store::engine::sqlite::{Options, Sqlite};
use evergrant_service::store::engine::{Expect, Statement};
use evergrant_service::store::{CommitError, Engine as _, Value};

use crate::bed::{Bed, Folder, number, run, value};
use crate::world::{NOW, World, ended};

#[test]
fn its_files_are_their_owners_alone() {
    run(async {
        let world = World::new(Bed::sqlite()).await;
        let mut names = Vec::new();
        for file in fs::read_dir(world.bed.folder.path()).unwrap().flatten() {
            let mode = file.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", file.path().display());
            names.push(file.file_name().into_string().unwrap());
        }
        names.sort();
        let expected = [
            "evergrant.db",
            "evergrant.db-shm",
            "evergrant.db-wal",
            "master.key",
        ];
        assert_eq!(names, expected);
        let World { store, bed, .. } = world;
        drop(store);
        // Closed, it is one file, which can be copied.
        assert!(!bed.file().with_extension("db-wal").exists());
    });
}

#[test]
fn it_writes_ahead_and_erases_what_it_deletes() {
    run(async {
        let world = World::new(Bed::sqlite()).await;
        let mode = value(
            world.engine(),
            "SELECT journal_mode FROM pragma_journal_mode",
        )
        .await;
        assert_eq!(mode, Value::Text("wal".into()));
        let digest = Digest::of(b"a session that ends");
        let mut session = world.session();
        session.digest = digest;
        world
            .commit(vec![Change::SessionOpened(Box::new(session))])
            .await
            .unwrap();
        world
            .commit(vec![Change::SessionEnded { digest }])
            .await
            .unwrap();
        let World { store, bed, .. } = world;
        drop(store);
        let bytes = fs::read(bed.file()).unwrap();
        assert!(memchr::memmem::find(&bytes, &digest.0).is_none());
    });
}

/// What SQLite writes lies beside the database itself. An old index beside a link to it says the
/// same for ever.
#[test]
fn through_a_link_commits_are_seen_too() {
    run(async {
        let world = World::new(Bed::sqlite()).await;
        let (file, link) = (world.bed.file(), world.bed.folder.path().join("link.db"));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let index = |database: &Path| database.with_extension("db-shm");
        fs::copy(index(&file), index(&link)).unwrap();
        let linked = Sqlite::open(&link, Options::default()).unwrap();
        let before = linked.version();
        assert_eq!(linked.version(), before);
        let opened = Change::SessionOpened(Box::new(world.session()));
        world.commit(vec![opened]).await.unwrap();
        assert_ne!(linked.version(), before);
    });
}

/// Many commits are in one group; those that fail take nobody with them.
#[test]
fn one_that_fails_disturbs_nobody_in_its_group() {
    run(async {
        let world = World::new(Bed::sqlite()).await;
        let dead = world.begun().await;
        world
            .commit(vec![ended(dead.id, Reason::RevokedByUser)])
            .await
            .unwrap();
        let mut rows = Vec::new();
        for _ in 0..300 {
            rows.push(world.begun().await);
        }
        let team = Team {
            id: TeamId::new(NOW, world.chance()),
            ..world.team.clone()
        };
        let mut group = tokio::task::JoinSet::new();
        for (index, row) in rows.iter().enumerate() {
            let (rotated, after) = world.rotation(row);
            let (changes, stands) = match index % 5 {
                0 => (vec![rotated], true),
                1 => (vec![rotated, ended(dead.id, Reason::ReuseDetected)], false),
                2 => (
                    vec![rotated, Change::TeamMade(Box::new(world.team.clone()))],
                    false,
                ),
                3 => (vec![ended(dead.id, Reason::ReuseDetected)], false),
                _ => (vec![rotated, ended(row.id, Reason::RevokedByUser)], false),
            };
            // A rotated grant may end in the same commit: that stands, and the row moved.
            let ends = index % 5 == 4;
            let (store, commit) = (world.store.clone(), world.commit_of(changes));
            let expected = if stands || ends { after } else { row.clone() };
            group.spawn(async move { (store.commit(&commit).await, stands || ends, expected) });
        }
        // A text that no database understands, among them.
        let strange = Statement {
            text: "UPDATE nowhere",
            values: vec![],
            expect: Expect::Any,
        };
        let broken = world.engine().commit(vec![strange]).await;
        assert!(matches!(broken, Err(CommitError::Outage(_))), "{broken:?}");
        for (outcome, stands, expected) in group.join_all().await {
            assert_eq!(
                outcome,
                if stands {
                    Ok(())
                } else {
                    Err(CommitError::Conflict)
                }
            );
            let found = world.load(expected.id).await;
            assert_eq!(found.rotation, expected.rotation);
        }
        assert_eq!(world.store.team(team.id).await.unwrap(), None);
    });
}

#[test]
fn a_full_disk_is_an_outage_and_writes_nothing() {
    run(async {
        let world = World::new(Bed::sqlite()).await;
        let statement = |text| Statement {
            text,
            values: vec![],
            expect: Expect::Any,
        };
        // The writer's own limit, set on its connection, stands in for the disk's.
        world
            .engine()
            .commit(vec![statement("CREATE TABLE pad (b BYTEA)")])
            .await
            .unwrap();
        let pages = number(world.engine(), "SELECT page_count FROM pragma_page_count").await;
        let limit = format!("PRAGMA max_page_count = {};", pages + 4);
        world.engine().script(&limit).await.unwrap();
        let fill = "INSERT INTO pad (b) VALUES (zeroblob(100000))";
        let outcome = world.engine().commit(vec![statement(fill)]).await;
        assert!(
            matches!(outcome, Err(CommitError::Outage(_))),
            "{outcome:?}"
        );
        assert_eq!(number(world.engine(), "SELECT COUNT(*) FROM pad").await, 0);
        world
            .engine()
            .script("PRAGMA max_page_count = 100000;")
            .await
            .unwrap();
        world.engine().commit(vec![statement(fill)]).await.unwrap();
        assert_eq!(number(world.engine(), "SELECT COUNT(*) FROM pad").await, 1);
    });
}

#[test]
fn what_is_no_database_is_refused() {
    let folder = Folder::new();
    let path = folder.path().join("evergrant.db");
    fs::write(&path, "this is a letter, not a database\n".repeat(200)).unwrap();
    assert!(Sqlite::open(&path, Options::default()).is_err());
    let nowhere = folder.path().join("no/such/folder/evergrant.db");
    let error = Sqlite::open(&nowhere, Options::default()).err().unwrap();
    assert!(error.0.contains("no/such/folder"), "{error}");
}
