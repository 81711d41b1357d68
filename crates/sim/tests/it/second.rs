//! A second process on the same database: it sees what was committed, and neither loses what the
//! other did.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use evergrant_service::core::id::GrantId;
use evergrant_service::core::issued::Reason;
use evergrant_service::store::engine::sqlite::{Options, Sqlite};
use evergrant_service::store::{CommitError, Store, Target};

use crate::bed::{Bed, Folder, contracts, run};
use crate::world::{NOW, World, ended};

contracts! {
    a_second_way_in_sees_every_commit,
}

async fn a_second_way_in_sees_every_commit(bed: Bed) {
    let world = World::new(bed).await;
    let other = world.bed.open().await;
    let mut row = world.begun().await;
    for round in 0..20 {
        let (change, after) = world.rotation(&row);
        let (here, there) = if round % 2 == 0 {
            (&world.store, &other)
        } else {
            (&other, &world.store)
        };
        here.commit(&world.commit_of(vec![change])).await.unwrap();
        row = after;
        assert_eq!(there.grant(row.id).await.unwrap().unwrap().grant, row);
    }
    world
        .commit(vec![ended(row.id, Reason::RevokedByUser)])
        .await
        .unwrap();
    let stale = other
        .commit(&world.commit_of(vec![world.rotation(&row).0]))
        .await;
    assert_eq!(stale, Err(CommitError::Conflict));
}

const FOLDER: &str = "EVERGRANT_TEST_FOLDER";
const GRANT: &str = "EVERGRANT_TEST_GRANT";

fn spawn(world: &World, grant: GrantId) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "second::child"])
        .env(FOLDER, world.bed.folder.path())
        .env(GRANT, grant.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Rotates one grant, `count` times successfully, against whoever else does, and tells each time.
async fn rotate(
    world: &World,
    (store, grant): (&Store, GrantId),
    count: usize,
    tell: impl Fn(u64),
) {
    let mut done = 0;
    while done < count {
        let row = store.grant(grant).await.unwrap().unwrap().grant;
        let (change, after) = world.rotation(&row);
        match store.commit(&world.commit_of(vec![change])).await {
            Ok(()) => {
                done += 1;
                tell(after.rotation.generation);
            }
            Err(CommitError::Conflict) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

/// The parent reads this while we run.
fn tell_parent(generation: u64) {
    use std::io::Write as _;
    let mut out = std::io::stdout();
    writeln!(out, "generation {generation}").unwrap();
    out.flush().unwrap();
}

/// The second process: this very test, started by another.
#[test]
#[ignore = "started by the tests below, as their second process"]
#[expect(clippy::disallowed_methods, reason = "what the parent says")]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let grant = GrantId::parse(&std::env::var(GRANT).unwrap()).unwrap();
    run(async {
        // In the parent's folder, for who is killed cleans nothing up.
        let own = format!("child-{}", std::process::id());
        let bed = Bed {
            folder: Folder::at(Path::new(&folder).join(own)),
            url: None,
        };
        let target = Target::in_directory(folder.as_ref());
        let key = Path::new(&folder).join("master.key");
        let key = evergrant_service::store::seal::MasterKeySource::File(key);
        let store = evergrant_service::store::open(&target, &key, NOW)
            .await
            .unwrap();
        // For its nonces only, which must not be the parent's.
        let world = World::new(bed).await;
        for _ in 0..1_000_000 {
            world.chance();
        }
        rotate(&world, (&store, grant), 300, tell_parent).await;
    });
}

#[test]
fn two_processes_lose_nothing_of_each_other() {
    run(async {
        let world = World::new(Bed::sqlite()).await;
        let row = world.begun().await;
        let mut child = spawn(&world, row.id);
        let output = child.stdout.take().unwrap();
        let reading = std::thread::spawn(move || BufReader::new(output).lines().count());
        rotate(&world, (&world.store, row.id), 300, |_| ()).await;
        assert!(child.wait().unwrap().success());
        assert!(reading.join().unwrap() >= 300);
        assert_eq!(world.load(row.id).await.rotation.generation, 1 + 600);
    });
}

#[test]
fn what_a_killed_process_was_told_is_there() {
    run(async {
        let world = World::new(Bed::sqlite()).await;
        let row = world.begun().await;
        for lines in [3, 40, 90] {
            let mut child = spawn(&world, row.id);
            let mut told = 0;
            let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
            let mut seen = 0;
            while seen < lines {
                let line = output.next().unwrap().unwrap();
                if let Some(generation) = line.strip_prefix("generation ") {
                    told = generation.parse().unwrap();
                    seen += 1;
                }
            }
            child.kill().unwrap();
            child.wait().unwrap();
            for line in output.map_while(Result::ok) {
                if let Some(generation) = line.strip_prefix("generation ") {
                    told = generation.parse().unwrap_or(told);
                }
            }
            let found = world.load(row.id).await.rotation.generation;
            // At most one commit was done and not yet told.
            assert!(
                found == told || found == told + 1,
                "told {told}, found {found}"
            );
        }
        let (change, _) = world.rotation(&world.load(row.id).await);
        world.commit(vec![change]).await.unwrap();
        assert!(Sqlite::open(&world.bed.file(), Options::default()).is_ok());
    });
}
