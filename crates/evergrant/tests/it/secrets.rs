//! Nothing secret reaches a log, an error, a metric or the disk (DESIGN section 8).
//!
//! 1. [`proxy`] stands before the server and keeps every request and answer that goes through;
//! 2. [`run`] does all that clients and people do, and much that they should not; [`odd`] puts
//!    tokens where none belong: into addresses, headers and the wrong parameters;
//! 3. [`ledger`] knows every secret that was used, and the forms in which it could be found;
//! 4. here all that the server left behind is searched for each of them: its output at the most
//!    verbose level, its answers but for the one place that hands a secret out, and its files.
//!
//! `held::secrets` does the same for the grants that we hold.

pub(crate) mod exchange;
pub(crate) mod ledger;
mod manage;
mod odd;
pub(crate) mod proxy;
mod run;

use std::fs;
use std::path::Path;

use rusqlite::types::ValueRef;

use run::Run;

/// A place that was searched, and what is there.
pub(crate) type Place = (String, Vec<u8>);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_left_behind_with_logs_as_text() {
    nothing_is_left_behind("text").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_secret_is_left_behind_with_logs_as_json() {
    nothing_is_left_behind("json").await;
}

async fn nothing_is_left_behind(format: &str) {
    let mut run = Run::begin(format).await;
    run.all_that_is_right().await;
    run.all_that_is_wrong().await;
    odd::places(&run).await;
    let mut places = vec![("metrics".to_owned(), run.metrics().await)];
    // While it runs, the database has its log beside it.
    places.extend(files(&run.bed.data()));
    places.extend(run.ended().await);
    places.extend(files(&run.bed.data()));
    places.extend(rows(&run.bed.data().join("evergrant.db")));
    let ledger = run.ledger();
    // Where secrets are handed out they are found, or the search would be blind.
    assert!(ledger.found_in(&run.answers).len() > 100);
    assert!(ledger.len() > 60, "only {} secrets were used", ledger.len());
    assert!(
        places.len() > 150,
        "only {} places were searched",
        places.len()
    );
    let mut found: Vec<_> = places
        .iter()
        .flat_map(|(place, bytes)| {
            let all = ledger.found_in(bytes).into_iter();
            all.map(move |secret| format!("{secret} in {place}"))
        })
        .collect();
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The files of the database, its log and its index; not the key, which is one.
pub(crate) fn files(directory: &Path) -> Vec<Place> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let of_database = entries.filter(|entry| {
        let name = entry.file_name();
        name.to_string_lossy().starts_with("evergrant.db")
    });
    of_database
        .map(|entry| {
            let path = entry.path();
            let name = format!("file {}", entry.file_name().to_string_lossy());
            (name, fs::read(path).unwrap())
        })
        .collect()
}

/// Every value of every table: in the file a long one may lie in two pieces.
pub(crate) fn rows(database: &Path) -> Vec<Place> {
    let database = rusqlite::Connection::open(database).unwrap();
    let mut tables = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .unwrap();
    let names: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(names.iter().any(|name| name == "audit"));
    names
        .iter()
        .map(|name| {
            let mut all = database.prepare(&format!("SELECT * FROM {name}")).unwrap();
            let width = all.column_count();
            let mut rows = all.query([]).unwrap();
            let mut values = Vec::new();
            while let Some(row) = rows.next().unwrap() {
                for column in 0..width {
                    match row.get_ref(column).unwrap() {
                        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => values.extend(bytes),
                        _ => {}
                    }
                    values.push(b'\n');
                }
            }
            (format!("table {name}"), values)
        })
        .collect()
}
