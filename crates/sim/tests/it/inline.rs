//! The engine in memory keeps what the others keep; and the number by which anybody may see that
//! nothing was committed.

use std::sync::Arc;

use evergrant_service::core::held::State;
use evergrant_service::store::engine::sqlite::Inline;
use evergrant_service::store::{CommitError, Engine, open_engine};

use crate::bed::{Bed, contracts, run};
use crate::held_world::{HeldWorld, claim, moved};
use crate::world::{NOW, World};

contracts! {
    the_version_tells_of_every_commit,
}

async fn the_version_tells_of_every_commit(bed: Bed) {
    let it = HeldWorld::new(bed).await;
    let mine = it.world.engine();
    let theirs = it.world.bed.engine().await;
    if it.world.bed.url.is_some() {
        assert_eq!((mine.version(), theirs.version()), (None, None));
        return;
    }
    let other = it.world.bed.open().await;
    for round in 0..5 {
        let before = (mine.version().unwrap(), theirs.version().unwrap());
        assert!(it.world.store.next_due().await.is_ok());
        let same = (mine.version().unwrap(), theirs.version().unwrap());
        assert_eq!(same, before, "a read is no commit");
        let (connection, grant) = it.connection(&format!("c{round}"));
        if round % 2 == 0 {
            it.make(&connection, &grant).await;
        } else {
            let attempt = claim(&it.attempt(&grant));
            other
                .commit(&it.world.commit_of(vec![attempt]))
                .await
                .unwrap();
        }
        assert_ne!(mine.version().unwrap(), before.0);
        assert_ne!(theirs.version().unwrap(), before.1);
    }
}

async fn in_memory() -> (Arc<Inline>, HeldWorld) {
    let bed = Bed::sqlite();
    let engine = Arc::new(Inline::new().unwrap());
    let store = open_engine(engine.clone(), &bed.key(), NOW).await.unwrap();
    (engine, HeldWorld::of(World::of(bed, store).await).await)
}

#[test]
fn in_memory_a_commit_is_whole_or_not_at_all() {
    run(async {
        let (engine, it) = in_memory().await;
        let (connection, grant) = it.made("whole").await;
        let before = engine.version();
        let mut to = connection.standing.clone();
        to.state = State::Suspended;
        let changes = vec![
            moved(&connection, 0, &to),
            claim(&it.attempt(&grant)),
            moved(&connection, 0, &to),
        ];
        assert_eq!(it.commit(changes).await, Err(CommitError::Conflict));
        let loaded = it.world.store.connection(connection.id).await.unwrap();
        let loaded = loaded.unwrap();
        assert_eq!((loaded.connection, loaded.attempt), (connection, None));
        it.claimed(&grant).await;
        assert_ne!(engine.version(), before);
        let seen = engine.version();
        assert!(it.world.store.next_due().await.is_ok());
        assert_eq!(engine.version(), seen);
    });
}

#[test]
fn a_copy_goes_its_own_way() {
    run(async {
        let (engine, it) = in_memory().await;
        let (connection, grant) = it.made("copied").await;
        let copy: Arc<dyn Engine> = Arc::new(engine.copy().unwrap());
        let copy = open_engine(copy, &it.world.bed.key(), NOW).await.unwrap();
        let (later, _) = it.made("later").await;
        let found = copy.readable(connection.team, "copied").await.unwrap();
        let original = it.world.store.readable(connection.team, "copied").await;
        assert_eq!(found, original.unwrap());
        assert_eq!(copy.connection(later.id).await.unwrap(), None);
        let claimed = it.world.commit_of(vec![claim(&it.attempt(&grant))]);
        copy.commit(&claimed).await.unwrap();
        it.claimed(&grant).await;
    });
}
