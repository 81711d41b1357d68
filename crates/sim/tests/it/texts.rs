//! One set of SQL texts for both databases.

use evergrant_service::store::sql::all;
use tokio_postgres::Column;
use tokio_postgres::types::Type;

use crate::bed::{Bed, contracts, run, with_postgres};

contracts! {
    every_text_is_understood,
}

async fn every_text_is_understood(bed: Bed) {
    let store = bed.open().await;
    for text in all() {
        store.engine().prepare(text).await.unwrap();
    }
    assert!(
        store
            .engine()
            .prepare("SELECT 1 FROM no_such_table")
            .await
            .is_err()
    );
}

/// PostgreSQL infers what a parameter is; a text that leaves it to guess fails only when it runs.
#[test]
fn every_parameter_is_of_a_type_that_values_have() {
    with_postgres(|server| {
        run(async {
            let bed = Bed::postgres(server);
            drop(bed.open().await);
            let url = bed.url.clone().unwrap();
            let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls)
                .await
                .unwrap();
            tokio::spawn(connection);
            for text in all() {
                let prepared = client.prepare(text).await.unwrap();
                let known = |it: &Type| [Type::INT8, Type::TEXT, Type::BYTEA].contains(it);
                assert!(
                    prepared.params().iter().all(known),
                    "{:?}: {text}",
                    prepared.params()
                );
                let columns = prepared.columns().iter();
                assert!(columns.map(Column::type_).all(known), "{text}");
            }
        });
    });
}
