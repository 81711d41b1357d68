//! The texts of held grants.

macro_rules! integration_columns {
    () => {
        "i.id, i.team_id, i.name, i.provider, i.client_id, \
         CASE WHEN i.secret IS NULL THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END, \
         i.scopes, i.overrides, i.created_at"
    };
}

macro_rules! connection_columns {
    () => {
        "c.id, c.team_id, c.name, c.integration_id, c.owner, c.scopes, c.account_id, \
         c.account_label, c.grant_id, c.created_at, c.state, c.since, c.failures, c.retry_at, \
         c.told_to_wait, c.due_at, c.cause, c.party, c.confidence, c.evidence, \
         c.also_possible, c.transient, c.advice, c.dates, c.code, c.failed_at, c.version"
    };
}

macro_rules! held_grant_columns {
    () => {
        "g.id, g.team_id, g.connection_id, g.generation, g.scopes, g.consented_at, \
         g.renewed_at, g.access, g.access_until, g.refreshable, g.refresh_expires_at, \
         g.refresh_at, g.has_runner_up"
    };
}

macro_rules! attempt_columns {
    () => {
        "a.id, a.connection_id, a.grant_id, a.generation, a.kind, a.phase, a.claimed_by, \
         a.claimed_at, a.sends, a.ended_at, a.cause, a.party, a.confidence, a.evidence, \
         a.also_possible, a.transient, a.advice, a.dates, a.code, a.failed_at, a.revision"
    };
}

macro_rules! consent_columns {
    () => {
        "o.state, o.team_id, o.integration_id, o.connection_id, o.grant_id, o.redirect_uri, \
         o.browser, o.created_at, o.expires_at, o.spent_at, o.secrets"
    };
}

/// Connection, grant, integration, and the attempt that may be missing: last, so that nothing
/// stands behind what is not there.
macro_rules! loaded_columns {
    () => {
        concat!(
            connection_columns!(),
            ", ",
            held_grant_columns!(),
            ", ",
            integration_columns!(),
            ", ",
            attempt_columns!()
        )
    };
}

macro_rules! loaded_tables {
    () => {
        " FROM connections c JOIN held_grants g ON g.id = c.grant_id \
         JOIN integrations i ON i.id = c.integration_id \
         LEFT JOIN attempts a ON a.grant_id = g.id AND a.generation = g.generation \
         AND a.binding = 1"
    };
}

texts! {
    // Integrations.
    INTEGRATION_ADD = "INSERT INTO integrations (id, team_id, name, provider, client_id, secret, \
                       scopes, overrides, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    // Who makes a connection and who removes its registration wait here for each other.
    INTEGRATION_ALONE = "UPDATE integrations SET name = name WHERE id = $1 AND removed_at IS NULL";
    INTEGRATION_REMOVE = "UPDATE integrations SET removed_at = $1 \
                          WHERE id = $2 AND removed_at IS NULL AND NOT EXISTS \
                          (SELECT 1 FROM connections c WHERE c.integration_id = integrations.id \
                          AND c.state <> 'revoked')";
    INTEGRATION_SECRET_SET = "UPDATE integrations SET secret = $1, secret_set_at = $2 \
                              WHERE id = $3 AND removed_at IS NULL";
    INTEGRATION_SECRET = "SELECT id, secret FROM integrations WHERE id = $1";
    // What was sent, and what is to be ended, may need the secret of a removed registration.
    INTEGRATIONS_SHRED = "UPDATE integrations SET secret = NULL \
                          WHERE removed_at IS NOT NULL AND secret IS NOT NULL AND NOT EXISTS \
                          (SELECT 1 FROM revocations r WHERE r.integration_id = integrations.id \
                          AND r.ended_at IS NULL) AND NOT EXISTS \
                          (SELECT 1 FROM attempts a JOIN connections c ON c.id = a.connection_id \
                          WHERE (a.open_by IS NOT NULL OR a.unjudged = 1) \
                          AND c.integration_id = integrations.id)";
    INTEGRATIONS_SWEEP = "DELETE FROM integrations WHERE removed_at < $1 AND secret IS NULL \
                          AND NOT EXISTS (SELECT 1 FROM connections c \
                          WHERE c.integration_id = integrations.id)";
    INTEGRATION = concat!("SELECT ", integration_columns!(), " FROM integrations i \
                          WHERE i.id = $1");
    INTEGRATION_NAMED = concat!("SELECT ", integration_columns!(), " FROM integrations i \
                          WHERE i.team_id = $1 AND i.name = $2 AND i.removed_at IS NULL");
    INTEGRATIONS = concat!("SELECT ", integration_columns!(), " FROM integrations i \
                          WHERE i.team_id = $1 AND i.removed_at IS NULL AND i.name > $2 \
                          ORDER BY i.name LIMIT $3");

    // Connections and their grants.
    CONNECTION_MAKE = "INSERT INTO connections (id, team_id, name, integration_id, owner, scopes, \
                       account_id, account_label, grant_id, created_at, state, since, failures, \
                       retry_at, told_to_wait, due_at, cause, party, confidence, evidence, \
                       also_possible, transient, advice, dates, code, failed_at, version) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
                       $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)";
    CONNECTION_MOVE = "UPDATE connections SET state = $1, since = $2, failures = $3, \
                       retry_at = $4, told_to_wait = $5, due_at = $6, cause = $7, party = $8, \
                       confidence = $9, evidence = $10, also_possible = $11, \
                       transient = $12, advice = $13, dates = $14, code = $15, \
                       failed_at = $16, version = version + 1 \
                       WHERE id = $17 AND version = $18";
    CONNECTION_BIND = "UPDATE connections SET account_id = $1, account_label = $2, \
                       version = version + 1 WHERE id = $3 AND version = $4";
    CONNECTION = concat!("SELECT ", loaded_columns!(), loaded_tables!(), " WHERE c.id = $1");
    CONNECTION_NAMED = concat!("SELECT ", loaded_columns!(), loaded_tables!(),
                       " WHERE c.team_id = $1 AND c.name = $2 AND c.state <> 'revoked'");
    CONNECTION_READABLE = concat!("SELECT g.tokens, g.runner_up, ", loaded_columns!(),
                       loaded_tables!(),
                       " WHERE c.team_id = $1 AND c.name = $2 AND c.state <> 'revoked'");
    CONNECTIONS = concat!("SELECT ", loaded_columns!(), loaded_tables!(),
                       " WHERE c.team_id = $1 AND c.state <> 'revoked' AND c.name > $2 \
                       ORDER BY c.name LIMIT $3");
    CONNECTIONS_OF = concat!("SELECT ", loaded_columns!(), loaded_tables!(),
                       " WHERE c.integration_id = $1 AND c.state <> 'revoked' AND c.id > $2 \
                       ORDER BY c.id LIMIT $3");
    CONNECTION_OF_GRANT = concat!("SELECT ", loaded_columns!(), " FROM held_grants g \
                       JOIN connections c ON c.id = g.connection_id \
                       JOIN integrations i ON i.id = c.integration_id \
                       LEFT JOIN attempts a ON a.grant_id = g.id \
                       AND a.generation = g.generation AND a.binding = 1 WHERE g.id = $1");
    CONNECTIONS_DUE = "SELECT c.id FROM connections c WHERE c.integration_id = $1 \
                       AND c.due_at <= $2 ORDER BY c.due_at LIMIT $3";
    // Those that wait for nothing but their own backoff.
    CONNECTIONS_WAITING = "SELECT c.id FROM connections c WHERE c.integration_id = $1 \
                       AND c.due_at > $2 AND c.due_at <= $3 AND c.failures > 0 \
                       AND c.told_to_wait = 0 AND c.retry_at = c.due_at \
                       ORDER BY c.due_at LIMIT $4";
    // A subquery of one value is never turned into a join: one probe for each integration.
    INTEGRATIONS_DUE = "SELECT i.id FROM integrations i WHERE (SELECT MIN(c.due_at) \
                        FROM connections c WHERE c.integration_id = i.id \
                        AND c.due_at IS NOT NULL) <= $1";
    NEXT_DUE = "SELECT MIN(d.due_at) FROM (SELECT (SELECT MIN(c.due_at) FROM connections c \
                WHERE c.integration_id = i.id AND c.due_at IS NOT NULL) AS due_at \
                FROM integrations i) d";
    CONNECTIONS_REVOKED = "SELECT c.id FROM connections c WHERE c.state = 'revoked' \
                        AND c.since < $1 AND NOT EXISTS (SELECT 1 FROM attempts a \
                        WHERE a.connection_id = c.id AND a.unjudged = 1) \
                        ORDER BY c.since LIMIT 50";
    CONNECTION_FORGET = "DELETE FROM connections WHERE id = $1 AND state = 'revoked'";
    HELD_GRANTS_FORGET = "DELETE FROM held_grants WHERE connection_id = $1";
    ATTEMPTS_FORGET = "DELETE FROM attempts WHERE connection_id = $1";
    ANSWERS_FORGET = "DELETE FROM answers WHERE attempt_id IN \
                      (SELECT id FROM attempts WHERE connection_id = $1)";

    HELD_GRANT_MAKE = "INSERT INTO held_grants (generation, scopes, consented_at, renewed_at, \
                       access, access_until, refreshable, refresh_expires_at, refresh_at, \
                       has_runner_up, tokens, id, team_id, connection_id) \
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    TOKENS_APPLY = "UPDATE held_grants SET generation = $1, scopes = $2, consented_at = $3, \
                    renewed_at = $4, access = $5, access_until = $6, refreshable = $7, \
                    refresh_expires_at = $8, refresh_at = $9, has_runner_up = $10, tokens = $11, \
                    runner_up = NULL WHERE id = $12 AND generation = $13";
    RUNNER_UP_KEEP = "UPDATE held_grants SET generation = $1, scopes = $2, consented_at = $3, \
                      renewed_at = $4, access = $5, access_until = $6, refreshable = $7, \
                      refresh_expires_at = $8, refresh_at = $9, has_runner_up = $10, \
                      runner_up = $11 WHERE id = $12 AND generation = $13";
    // The right sides of an UPDATE are of the row before it.
    RUNNER_UP_SWAP = "UPDATE held_grants SET generation = $1, scopes = $2, consented_at = $3, \
                      renewed_at = $4, access = $5, access_until = $6, refreshable = $7, \
                      refresh_expires_at = $8, refresh_at = $9, has_runner_up = $10, \
                      runner_up = tokens, tokens = $11 WHERE id = $12 AND generation = $13";
    TOKENS_SHRED = "UPDATE held_grants SET tokens = NULL, runner_up = NULL, has_runner_up = 0 \
                    WHERE id = $1";
    TOKENS_KEPT = "SELECT tokens, runner_up FROM held_grants WHERE id = $1 AND generation = $2";

    // The journal.
    ATTEMPT_CLAIM = "INSERT INTO attempts (phase, claimed_by, claimed_at, sends, ended_at, cause, \
                     party, confidence, evidence, also_possible, transient, advice, dates, code, \
                     failed_at, revision, binding, unjudged, open_by, id, \
                     connection_id, grant_id, generation, kind) VALUES ($1, $2, $3, $4, $5, $6, \
                     $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, \
                     $23, $24)";
    ATTEMPT_ADVANCE = "UPDATE attempts SET phase = $1, claimed_by = $2, claimed_at = $3, \
                       sends = $4, ended_at = $5, cause = $6, party = $7, confidence = $8, \
                       evidence = $9, also_possible = $10, transient = $11, advice = $12, \
                       dates = $13, code = $14, failed_at = $15, revision = $16, \
                       binding = $17, unjudged = $18, open_by = $19 \
                       WHERE id = $20 AND revision = $21";
    // Never what waits to be judged, nor what binds the generation there is.
    ANSWERS_PRUNE = "DELETE FROM answers WHERE attempt_id IN (SELECT a.id FROM attempts a \
                     WHERE a.grant_id = $1 AND a.unjudged = 0 \
                     AND (a.binding = 0 OR a.generation < $2) \
                     AND a.id <= (SELECT b.id FROM attempts b WHERE b.grant_id = $1 \
                     ORDER BY b.id DESC LIMIT 1 OFFSET 50))";
    ATTEMPTS_PRUNE = "DELETE FROM attempts WHERE grant_id = $1 AND unjudged = 0 \
                      AND (binding = 0 OR generation < $2) \
                      AND id <= (SELECT b.id FROM attempts b WHERE b.grant_id = $1 \
                      ORDER BY b.id DESC LIMIT 1 OFFSET 50)";
    ATTEMPT = concat!("SELECT ", attempt_columns!(), " FROM attempts a WHERE a.id = $1");
    ATTEMPTS_UNJUDGED = "SELECT id FROM attempts WHERE unjudged = 1 ORDER BY id LIMIT $1";
    // More than one process may have an open send in an attempt.
    ATTEMPTS_OPEN = "SELECT id FROM attempts WHERE open_by IS NOT NULL \
                     AND open_by LIKE '%' || $1 || '%' ORDER BY id";
    ATTEMPTS_OF = concat!("SELECT ", attempt_columns!(), " FROM attempts a \
                     WHERE a.connection_id = $1 AND a.id < $2 ORDER BY a.id DESC LIMIT $3");
    ANSWER_KEEP = "INSERT INTO answers (attempt_id, send, at, answer) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (attempt_id, send) DO NOTHING";
    ANSWER_SHRED = "DELETE FROM answers WHERE attempt_id = $1 AND send = $2";
    ANSWER = "SELECT answer FROM answers WHERE attempt_id = $1 AND send = $2";

    // What the history of a grant is read from, beside its own rows.
    SECRET_SET = "SELECT secret_set_at FROM integrations WHERE id = $1";
    CONSENTS_SINCE = "SELECT COUNT(*) FROM (SELECT g.id FROM connections c \
                      JOIN held_grants g ON g.connection_id = c.id WHERE c.integration_id = $1 \
                      AND c.account_id = $2 AND g.generation > 0 AND g.consented_at > $3 \
                      LIMIT 1000) d";
    // Of other accounts: that all of one account's fail alike says nothing of the app.
    FAILED_ALIKE = "SELECT COUNT(*) FROM (SELECT c.id FROM connections c \
                    WHERE c.integration_id = $1 AND c.code = $2 AND c.failed_at >= $3 \
                    AND c.id <> $4 AND (c.account_id IS NULL OR c.account_id <> $5) LIMIT 100) d";
    LIVES = "SELECT g.consented_at, a.ended_at FROM attempts a \
             JOIN held_grants g ON g.id = a.grant_id WHERE a.connection_id = $1 \
             AND a.phase = 'refused' AND a.kind = 'refresh' AND a.grant_id <> $2 \
             AND a.ended_at IS NOT NULL ORDER BY a.id DESC LIMIT 10";
    ATTEMPT_ON = concat!("SELECT ", attempt_columns!(), " FROM attempts a \
                  WHERE a.grant_id = $1 AND a.generation = $2 AND a.binding = 1");

    // Consents on their way.
    CONSENT_BEGIN = "INSERT INTO consents (state, team_id, integration_id, connection_id, \
                     grant_id, redirect_uri, browser, created_at, expires_at, spent_at, secrets) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    CONSENT_SPEND = "UPDATE consents SET spent_at = $1, secrets = $2 \
                     WHERE state = $3 AND spent_at IS NULL";
    CONSENT = concat!("SELECT ", consent_columns!(), " FROM consents o WHERE o.state = $1");
    CONSENT_OF = concat!("SELECT ", consent_columns!(), " FROM consents o \
                     WHERE o.connection_id = $1 ORDER BY o.created_at DESC LIMIT 1");
    CONSENTS_FORGET = "DELETE FROM consents WHERE connection_id = $1";
    CONSENTS_SWEEP = "DELETE FROM consents WHERE state IN \
                      (SELECT state FROM consents WHERE expires_at < $1 LIMIT 500)";

    // Grants that are to be ended at their providers.
    REVOCATION_DUE = "INSERT INTO revocations (id, team_id, connection_id, integration_id, \
                      grant_id, tokens, tries, created_at, due_at) VALUES ($1, \
                      (SELECT team_id FROM connections WHERE id = $2), $2, \
                      (SELECT integration_id FROM connections WHERE id = $2), \
                      $3, $4, 0, $5, $6)";
    // Whether a living connection beside this one has the same account, where 1 says so, or may
    // have it, where 0 does.
    REVOCATION_BESIDE = "SELECT CAST(MAX(CASE WHEN c.account_id = o.account_id THEN 1 \
                         WHEN c.account_id IS NULL OR o.account_id IS NULL THEN 0 END) AS BIGINT) \
                         FROM connections c, connections o WHERE o.id = $1 \
                         AND c.integration_id = $2 AND c.id <> $1 \
                         AND c.state NOT IN ('revoked', 'pending')";
    REVOCATION_PUT_OFF = "UPDATE revocations SET tries = $1, due_at = $2 \
                          WHERE id = $3 AND ended_at IS NULL";
    REVOCATION_END = "UPDATE revocations SET ended_at = $1, done = $2, tokens = NULL \
                      WHERE id = $3 AND ended_at IS NULL";
    REVOCATIONS_DUE = "SELECT id, team_id, connection_id, integration_id, grant_id, tokens, \
                       tries, created_at, due_at FROM revocations \
                       WHERE ended_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $2";
    REVOCATIONS_SWEEP = "DELETE FROM revocations WHERE id IN \
                         (SELECT id FROM revocations WHERE ended_at < $1 LIMIT 500)";

    // Texts that nothing matches.
    UNMATCHED_NOTE = "INSERT INTO unmatched (id, team_id, provider, status, digest, text, \
                      first_at, last_at, count) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1) \
                      ON CONFLICT (team_id, provider, digest) DO UPDATE SET \
                      count = unmatched.count + 1, status = excluded.status, last_at = \
                      CASE WHEN excluded.last_at > unmatched.last_at THEN excluded.last_at \
                      ELSE unmatched.last_at END";
    UNMATCHED_PRUNE = "DELETE FROM unmatched WHERE team_id = $1 AND (last_at, id) <= \
                       (SELECT o.last_at, o.id FROM unmatched o WHERE o.team_id = $1 \
                       ORDER BY o.last_at DESC, o.id DESC LIMIT 1 OFFSET $2)";
    UNMATCHED_OF = "SELECT id, provider, status, text, first_at, last_at, count FROM unmatched \
                    WHERE team_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    UNMATCHED_ONE = "SELECT id, provider, status, text, first_at, last_at, count FROM unmatched \
                     WHERE team_id = $1 AND id = $2";
    UNMATCHED_REMOVE = "DELETE FROM unmatched WHERE team_id = $1 AND id = $2";
    UNMATCHED_SWEEP = "DELETE FROM unmatched WHERE id IN \
                       (SELECT id FROM unmatched WHERE last_at < $1 LIMIT 500)";

    // The read ledger.
    READ_NOTE = "INSERT INTO reads (connection_id, grant_id, generation, reader, first_at, \
                 last_at, count) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                 ON CONFLICT (connection_id, grant_id, generation, reader) DO UPDATE SET \
                 count = reads.count + excluded.count, last_at = \
                 CASE WHEN excluded.last_at > reads.last_at THEN excluded.last_at \
                 ELSE reads.last_at END";
    READS_OF = "SELECT connection_id, grant_id, generation, reader, first_at, last_at, count \
                FROM reads WHERE connection_id = $1 \
                AND (grant_id, generation, reader) < ($2, $3, $4) \
                ORDER BY grant_id DESC, generation DESC, reader DESC LIMIT $5";
    READS_SWEEP = "DELETE FROM reads WHERE (connection_id, grant_id, generation, reader) IN \
                   (SELECT connection_id, grant_id, generation, reader FROM reads \
                   WHERE last_at < $1 LIMIT 500)";
}
