//! How SQLite goes about the texts of held grants: what is asked often never looks at rows that
//! the answer does not need.

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::held as sql;

/// The steps of a text's plan, as a connection of ours makes it.
fn plan(text: &str) -> Vec<String> {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .unwrap();
    for script in crate::schema::SCRIPTS {
        connection.execute_batch(script).unwrap();
    }
    let mut steps = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {text}"))
        .unwrap();
    let mut rows = steps.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        found.push(row.get::<_, String>(3).unwrap());
    }
    found
}

#[track_caller]
fn uses(text: &str, indexes: &[&str]) {
    let mut steps = plan(text);
    // What is counted of an answer that was cut to a limit.
    steps.retain(|it| it != "SCAN d");
    let plan = steps.join("\n");
    for index in indexes {
        let found = plan.contains(&format!("INDEX {index} "));
        assert!(found, "{index} is not used:\n{plan}");
    }
    for costly in ["SCAN ", "TEMP B-TREE"] {
        assert!(!plan.contains(costly), "{costly}in {text}\n{plan}");
    }
}

#[test]
fn what_is_due_is_found_by_its_index_in_its_order() {
    uses(sql::CONNECTIONS_DUE, &["connections_due"]);
    uses(sql::CONNECTIONS_WAITING, &["connections_due"]);
    for text in [sql::INTEGRATIONS_DUE, sql::NEXT_DUE] {
        let plan = plan(text).join("\n");
        // Of integrations there are few; of connections only the first is looked at.
        assert!(
            plan.contains("SEARCH c USING COVERING INDEX connections_due"),
            "{plan}"
        );
        assert!(!plan.contains("SCAN c"), "{plan}");
    }
    uses(sql::REVOCATIONS_DUE, &["revocations_due"]);
}

#[test]
fn a_connection_is_loaded_by_keys_alone() {
    for (text, index) in [
        (sql::CONNECTION, "sqlite_autoindex_connections_1"),
        (sql::CONNECTION_NAMED, "connections_by_name"),
        (sql::CONNECTION_READABLE, "connections_by_name"),
        (sql::CONNECTIONS, "connections_by_name"),
        (sql::CONNECTIONS_OF, "connections_by_integration"),
        (sql::CONNECTION_OF_GRANT, "sqlite_autoindex_held_grants_1"),
    ] {
        uses(text, &[index, "attempts_binding"]);
    }
}

#[test]
fn the_journal_is_read_by_its_indexes() {
    uses(sql::ATTEMPTS_OF, &["attempts_by_connection"]);
    uses(sql::ATTEMPTS_PRUNE, &["attempts_by_grant"]);
    uses(sql::ANSWERS_PRUNE, &["attempts_by_grant"]);
    uses(sql::ANSWERS_FORGET, &["attempts_by_connection"]);
    uses(sql::CONNECTIONS_REVOKED, &["connections_revoked"]);
    for text in [sql::ATTEMPTS_UNJUDGED, sql::ATTEMPTS_OPEN] {
        // An index of the few that wait: all of it is the answer.
        let plan = plan(text).join("\n");
        assert!(plan.starts_with("SCAN attempts USING "), "{plan}");
        assert!(
            plan.contains("INDEX attempts_unjudged") || plan.contains("INDEX attempts_open"),
            "{plan}"
        );
    }
}

#[test]
fn the_history_of_a_grant_is_read_by_indexes() {
    uses(sql::SECRET_SET, &["sqlite_autoindex_integrations_1"]);
    uses(
        sql::CONSENTS_SINCE,
        &["connections_by_account", "held_grants_by_connection"],
    );
    uses(sql::FAILED_ALIKE, &["connections_failed"]);
    uses(sql::LIVES, &["attempts_refused"]);
    uses(sql::ATTEMPT_ON, &["attempts_binding"]);
}

#[test]
fn texts_that_nothing_matches_are_found_by_keys() {
    uses(sql::UNMATCHED_PRUNE, &["unmatched_last"]);
    uses(sql::UNMATCHED_OF, &["unmatched_by_team"]);
    uses(sql::UNMATCHED_SWEEP, &["unmatched_by_time"]);
    for text in [sql::UNMATCHED_ONE, sql::UNMATCHED_REMOVE] {
        let plan = plan(text).join("\n");
        assert!(plan.starts_with("SEARCH unmatched USING "), "{plan}");
    }
}

#[test]
fn the_rest_is_found_by_keys() {
    uses(sql::CONSENT_OF, &["consents_by_connection"]);
    uses(sql::CONSENTS_SWEEP, &["consents_by_expiry"]);
    uses(sql::REVOCATIONS_SWEEP, &["revocations_ended"]);
    uses(sql::READS_SWEEP, &["reads_by_time"]);
    uses(sql::READS_OF, &["sqlite_autoindex_reads_1"]);
    uses(sql::INTEGRATION_REMOVE, &["connections_by_integration"]);
    uses(sql::HELD_GRANTS_FORGET, &["held_grants_by_connection"]);
}
