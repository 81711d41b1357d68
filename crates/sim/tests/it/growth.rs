//! A refresh makes nothing larger: rows are grants, whatever their traffic.

use evergrant_service::core::issued::Grant;
use evergrant_service::store::engine::Query;

use crate::bed::{Bed, contracts, number, run, with_own_postgres};
use crate::world::World;

contracts! {
    readers_never_wait_for_a_writer,
}

const GRANTS: usize = 100;

/// Every row is rotated once in each round.
async fn rotate_all(world: &World, rows: &mut [Grant]) {
    let mut commits = tokio::task::JoinSet::new();
    for row in rows {
        let (change, after) = world.rotation(row);
        let (store, commit) = (world.store.clone(), world.commit_of(vec![change]));
        commits.spawn(async move { store.commit(&commit).await });
        *row = after;
    }
    assert!(commits.join_all().await.iter().all(Result::is_ok));
}

async fn grants_rotated(bed: Bed) -> (World, Vec<Grant>) {
    let world = World::new(bed).await;
    let mut rows = Vec::new();
    for _ in 0..GRANTS {
        rows.push(world.begun().await);
    }
    for _ in 0..10 {
        rotate_all(&world, &mut rows).await;
    }
    (world, rows)
}

async fn all_are_there(world: &World, rows: &[Grant]) {
    for row in rows {
        assert_eq!(&world.load(row.id).await, row);
    }
}

#[test]
fn ten_thousand_refreshes_take_no_page_of_sqlite() {
    run(async {
        let (world, mut rows) = grants_rotated(Bed::sqlite()).await;
        let pages = "SELECT page_count FROM pragma_page_count";
        let before = number(world.engine(), pages).await;
        for _ in 0..100 {
            rotate_all(&world, &mut rows).await;
        }
        assert_eq!(number(world.engine(), pages).await, before);
        let log = world.bed.file().with_extension("db-wal");
        let log = std::fs::metadata(log).unwrap().len();
        assert!(log < 20_000_000, "the log has {log} bytes");
        all_are_there(&world, &rows).await;
    });
}

/// Dead versions go when their page is next full and nobody can see them, so a few pages come first
/// and then no more. A server of its own: a transaction anywhere in a cluster holds up all of it.
#[test]
fn refreshes_reuse_their_pages_in_postgres() {
    with_own_postgres(async |server| {
        let (world, mut rows) = grants_rotated(Bed::postgres(&server)).await;
        let size = "SELECT pg_total_relation_size('grants')";
        let before = number(world.engine(), size).await;
        for _ in 0..50 {
            rotate_all(&world, &mut rows).await;
        }
        let after = number(world.engine(), size).await;
        let written = 5_000 * 1_500;
        assert!(
            after < written / 3,
            "{before} bytes grew to {after} of {written} written"
        );
        all_are_there(&world, &rows).await;
    });
}

/// A second hand on the database holds a write open while we read.
async fn readers_never_wait_for_a_writer(bed: Bed) {
    let world = World::new(bed).await;
    let row = world.begun().await;
    let hold = "BEGIN; UPDATE grants SET generation = 9; UPDATE users SET email = 'x@y';";
    let read = async || {
        for _ in 0..50 {
            let store = world.store.clone();
            let id = row.id;
            let reading = tokio::spawn(async move { store.grant(id).await });
            let soon = std::time::Duration::from_secs(2);
            let found = tokio::time::timeout(soon, reading)
                .await
                .expect("a reader waited");
            assert_eq!(found.unwrap().unwrap().unwrap().grant, row);
        }
        let user = world.store.user(world.user.id).await.unwrap();
        assert_eq!(user.as_ref(), Some(&world.user));
    };
    match &world.bed.url {
        None => {
            let other = rusqlite::Connection::open(world.bed.file()).unwrap();
            other.execute_batch(hold).unwrap();
            read().await;
            other.execute_batch("ROLLBACK").unwrap();
        }
        Some(url) => {
            let (other, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            other.batch_execute(hold).await.unwrap();
            read().await;
            other.batch_execute("ROLLBACK").await.unwrap();
        }
    }
    let query = Query {
        text: "SELECT generation FROM grants",
        values: Vec::new(),
    };
    assert_eq!(world.engine().read(&[query]).await.unwrap()[0].len(), 1);
    let (change, _) = world.rotation(&row);
    world.commit(vec![change]).await.unwrap();
}
