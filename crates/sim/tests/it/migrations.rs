//! The tables: made once, by whoever is first, whole or not at all.

use evergrant_service::core::id::{Chance, TeamId};
use evergrant_service::store::engine::Statement;
use evergrant_service::store::engine::{Expect, Query};
use evergrant_service::store::schema::{SchemaError, migrate};
use evergrant_service::store::{OpenError, Outage};
use evergrant_sim::faults::{CommitFault, Faulty};

use crate::bed::{Bed, contracts, number};
use crate::world::{NOW, World};

contracts! {
    a_second_opening_changes_nothing,
    the_first_tables_keep_their_rows,
    several_at_once_make_the_tables_once,
    a_newer_schema_is_refused_and_left_alone,
    a_migration_that_fails_leaves_nothing_behind,
    a_lost_answer_is_looked_into,
    a_script_cut_off_leaves_nothing_behind,
}

const VERSION: &str = "SELECT MAX(version) FROM schema_versions";
const VERSIONS: &str = "SELECT COUNT(*) FROM schema_versions";
const DATA_KEYS: &str = "SELECT COUNT(*) FROM data_keys";
const FACTS: &str = "SELECT COUNT(*) FROM store_facts";

async fn a_second_opening_changes_nothing(bed: Bed) {
    let world = World::new(bed).await;
    let again = world.bed.open().await;
    assert_eq!(
        again.first_team().await.unwrap().as_ref(),
        Some(&world.team)
    );
    assert_eq!(
        number(again.engine(), VERSIONS).await,
        number(again.engine(), VERSION).await
    );
    assert_eq!(number(again.engine(), DATA_KEYS).await, 1);
    assert_eq!(number(again.engine(), FACTS).await, 1);
    assert_eq!(again.master_key(), world.store.master_key());
}

/// A store as the release with the issued half alone left it.
async fn the_first_tables_keep_their_rows(bed: Bed) {
    let engine = bed.engine().await;
    let first = format!(
        "CREATE TABLE schema_versions (version BIGINT PRIMARY KEY); {} \
         INSERT INTO schema_versions (version) VALUES (1); \
         INSERT INTO teams (id, name, created_at) VALUES ('{}', 'Old', 1);",
        include_str!("../../../store/src/schema/0001_issued.sql"),
        TeamId::new(NOW, Chance([7; 16]))
    );
    engine.script(&first).await.unwrap();
    let store = bed.open().await;
    assert_eq!(store.first_team().await.unwrap().unwrap().name, "Old");
    assert_eq!(number(engine.as_ref(), VERSIONS).await, 5);
    assert_eq!(store.next_due().await.unwrap(), None);
}

async fn several_at_once_make_the_tables_once(bed: Bed) {
    let mut nodes = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let engine = bed.engine().await;
        nodes.spawn(async move { migrate(engine.as_ref()).await });
    }
    while let Some(outcome) = nodes.join_next().await {
        outcome.unwrap().unwrap();
    }
    let engine = bed.engine().await;
    assert_eq!(
        number(engine.as_ref(), VERSIONS).await,
        number(engine.as_ref(), VERSION).await
    );
    assert_eq!(number(engine.as_ref(), FACTS).await, 1);
}

async fn a_newer_schema_is_refused_and_left_alone(bed: Bed) {
    let world = World::new(bed).await;
    let engine = world.engine();
    let known = number(engine, VERSION).await;
    let newer = "INSERT INTO schema_versions (version) SELECT MAX(version) + 1 FROM \
                 schema_versions";
    let statement = Statement {
        text: newer,
        values: Vec::new(),
        expect: Expect::Changed,
    };
    engine.commit(vec![statement]).await.unwrap();
    let error = world.bed.try_open().await.err().unwrap();
    let OpenError::Schema(SchemaError::Newer { found, known: ours }) = &error else {
        panic!("{error}");
    };
    assert_eq!(
        (*found, *ours),
        (usize::try_from(known).unwrap() + 1, *found - 1)
    );
    assert!(
        error.to_string().contains("use the release that wrote it"),
        "{error}"
    );
    assert_eq!(number(engine, VERSION).await, known + 1);
    assert_eq!(
        world.store.first_team().await.unwrap().as_ref(),
        Some(&world.team)
    );
}

async fn a_migration_that_fails_leaves_nothing_behind(bed: Bed) {
    let engine = bed.engine().await;
    // The last table of the script is there already, so the script fails at its end.
    engine
        .script("CREATE TABLE audit (strange BIGINT);")
        .await
        .unwrap();
    for _ in 0..2 {
        let error = migrate(engine.as_ref()).await.unwrap_err();
        assert!(matches!(error, SchemaError::Outage(_)), "{error}");
        let query = Query {
            text: FACTS,
            values: Vec::new(),
        };
        assert!(
            engine.read(&[query]).await.is_err(),
            "the first tables were left behind"
        );
        assert_eq!(number(engine.as_ref(), VERSIONS).await, 0);
    }
    engine.script("DROP TABLE audit;").await.unwrap();
    migrate(engine.as_ref()).await.unwrap();
}

async fn a_lost_answer_is_looked_into(bed: Bed) {
    let engine = Faulty::over(bed.engine().await);
    engine.commit_at(2, CommitFault::LostRequest);
    assert!(migrate(engine.as_ref()).await.is_err());
    assert_eq!(number(engine.as_ref(), VERSIONS).await, 0);
    engine.next_commit(CommitFault::LostAnswer);
    migrate(engine.as_ref()).await.unwrap();
    assert_eq!(number(engine.as_ref(), FACTS).await, 1);
}

/// The process dies in the middle: the connection goes while its transaction is open.
async fn a_script_cut_off_leaves_nothing_behind(bed: Bed) {
    drop(bed.engine().await);
    let half = "BEGIN; CREATE TABLE store_facts (id BIGINT); INSERT INTO store_facts VALUES (1);";
    match &bed.url {
        None => {
            let connection = rusqlite::Connection::open(bed.file()).unwrap();
            connection.execute_batch(half).unwrap();
        }
        Some(url) => {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
                .await
                .unwrap();
            let connection = tokio::spawn(connection);
            client.batch_execute(half).await.unwrap();
            connection.abort();
            assert!(connection.await.unwrap_err().is_cancelled());
        }
    }
    let world = World::new(bed).await;
    assert_eq!(number(world.engine(), FACTS).await, 1);
    let gone: Result<_, Outage> = world.engine().read(&[]).await;
    assert!(gone.is_ok_and(|answers| answers.is_empty()));
}
