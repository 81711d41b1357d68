//! Every SQL text there is, once, in the words that SQLite and PostgreSQL share.
//!
//! A test prepares each of them on both. Parameters appear in ascending order, for SQLite numbers
//! them by their first appearance.

macro_rules! grant_columns {
    () => {
        "g.id, g.team_id, g.client_id, g.user_id, g.scope, g.resources, g.created_at, \
         g.absolute_expires_at, g.generation, g.nonce, g.previous_nonce, g.rotated_at, \
         g.previous_rotated_at, g.expires_at, g.mac_key, g.token_format, g.incarnation, \
         g.presented, g.retries, g.chain, g.access_floor, g.user_epoch, g.membership_epoch, \
         g.client_epoch, g.presenters, g.ended_at, g.end_reason"
    };
}

macro_rules! client_columns {
    () => {
        "c.id, c.team_id, c.name, c.secret, c.redirect_uris, c.scopes, c.grant_types, \
         c.replay_seconds, c.live_access_tokens, c.live_grants, c.access_ttl, c.idle_ttl, \
         c.absolute_ttl, c.introspect, c.on_two_holders, c.signing, c.epoch, c.created_at, \
         c.removed_at"
    };
}

macro_rules! user_columns {
    () => {
        "u.id, m.team_id, u.email, m.role, u.grants_epoch, u.personal_tokens_epoch, \
         u.sessions_epoch, m.epoch, u.created_at, u.suspended_at, u.removed_at"
    };
}

macro_rules! code_columns {
    () => {
        "o.digest, o.client_id, o.team_id, o.user_id, o.redirect_uri, o.redirect_uri_named, \
         o.scope, o.resources, o.challenge, o.user_epoch, o.membership_epoch, o.client_epoch, \
         o.created_at, o.expires_at, o.redeemed_at, o.grant_id"
    };
}

macro_rules! personal_token_columns {
    () => {
        "p.id, p.team_id, p.user_id, p.purpose, p.digest, p.hint, p.scopes, p.created_at, \
         p.expires_at, p.last_used_at, p.user_epoch, p.membership_epoch"
    };
}

macro_rules! incident_columns {
    () => {
        "i.id, i.team_id, i.grant_id, i.kind, i.generation, i.first_at, i.first_address, \
         i.first_user_agent, i.second_at, i.second_address, i.second_user_agent, i.story, \
         i.opened_at, i.count"
    };
}

/// The epochs of now beside those that `$remembering` (g or o) remembers, each with the cause of
/// the first raise after that; and the store as a whole.
macro_rules! standing_columns {
    ($it:literal) => {
        concat!(
            "u.grants_epoch, CASE WHEN u.grants_epoch <> ",
            $it,
            ".user_epoch THEN (SELECT r.cause FROM epoch_raises r WHERE r.subject = 'grants ' || ",
            $it,
            ".user_id AND r.epoch > ",
            $it,
            ".user_epoch ORDER BY r.epoch LIMIT 1) END, \
             m.epoch, CASE WHEN m.epoch <> ",
            $it,
            ".membership_epoch THEN (SELECT r.cause FROM epoch_raises r WHERE \
             r.subject = 'membership ' || ",
            $it,
            ".team_id || ' ' || ",
            $it,
            ".user_id AND r.epoch > ",
            $it,
            ".membership_epoch ORDER BY r.epoch LIMIT 1) END, \
             c.epoch, CASE WHEN c.epoch <> ",
            $it,
            ".client_epoch THEN (SELECT r.cause FROM epoch_raises r WHERE \
             r.subject = 'client ' || ",
            $it,
            ".client_id AND r.epoch > ",
            $it,
            ".client_epoch ORDER BY r.epoch LIMIT 1) END, \
             f.incarnation, f.absences"
        )
    };
}

macro_rules! standing_tables {
    ($it:literal) => {
        concat!(
            " JOIN clients c ON c.id = ",
            $it,
            ".client_id JOIN users u ON u.id = ",
            $it,
            ".user_id LEFT JOIN memberships m ON m.team_id = ",
            $it,
            ".team_id AND m.user_id = ",
            $it,
            ".user_id JOIN store_facts f ON f.id = 1"
        )
    };
}

macro_rules! texts {
    ($($name:ident = $text:expr;)*) => {
        $(pub(crate) const $name: &str = $text;)*

        pub(super) const TEXTS: &[&str] = &[$($name),*];
    };
}

pub(crate) mod held;
#[cfg(test)]
mod plans;

/// Every text, for the test that prepares them.
pub fn all() -> impl Iterator<Item = &'static str> {
    TEXTS.iter().chain(held::TEXTS).copied()
}

texts! {
    // The store itself.
    SCHEMA_VERSION = "SELECT MAX(version) FROM schema_versions";
    STORE_FACTS = "SELECT served_at, incarnation, absences FROM store_facts WHERE id = 1";
    SERVED = "UPDATE store_facts SET served_at = $1, absences = $2 \
              WHERE id = 1 AND served_at = $3";
    DATA_KEYS = "SELECT id, master_key, wrapped, created_at FROM data_keys ORDER BY id";
    DATA_KEY_ALONE = "UPDATE store_facts SET id = id WHERE id = 1";
    DATA_KEY_MAKE = "INSERT INTO data_keys (id, master_key, wrapped, created_at) \
                     SELECT $1, $2, $3, $4 WHERE (SELECT COUNT(*) FROM data_keys) = $5";
    KEYS = "SELECT id, kind, public, private, created_at, active_from, retired_at, \
            verifies_until FROM keys ORDER BY id";
    KEY_MAKE = "INSERT INTO keys (id, kind, public, private, created_at, active_from) \
                VALUES ($1, $2, $3, $4, $5, $6)";
    KEY_RETIRE = "UPDATE keys SET retired_at = $1, verifies_until = $2 \
                  WHERE id = $3 AND retired_at IS NULL";
    KEYS_SWEEP = "DELETE FROM keys WHERE verifies_until < $1";

    // Teams and people.
    SET_UP = "UPDATE store_facts SET set_up = 1 WHERE id = 1 AND set_up = 0";
    TEAM_MAKE = "INSERT INTO teams (id, name, created_at) VALUES ($1, $2, $3)";
    TEAM_FIRST = "SELECT id, name, created_at FROM teams ORDER BY id LIMIT 1";
    TEAM = "SELECT id, name, created_at FROM teams WHERE id = $1";
    USER_ADD = "INSERT INTO users (id, email, password_hash, grants_epoch, \
                personal_tokens_epoch, sessions_epoch, created_at) \
                VALUES ($1, $2, $3, $4, $5, $6, $7)";
    MEMBERSHIP_ADD = "INSERT INTO memberships (team_id, user_id, role, epoch) \
                      VALUES ($1, $2, $3, $4)";
    MEMBERSHIP_REMOVE = "DELETE FROM memberships WHERE user_id = $1";
    MEMBERSHIP_ROLE = "UPDATE memberships SET role = $1 WHERE user_id = $2 AND team_id = $3";
    USER = concat!("SELECT ", user_columns!(), " FROM users u \
                    JOIN memberships m ON m.user_id = u.id WHERE u.id = $1 LIMIT 1");
    USER_BY_EMAIL = concat!("SELECT ", user_columns!(), ", u.password_hash FROM users u \
                    JOIN memberships m ON m.user_id = u.id \
                    WHERE u.email = $1 AND u.removed_at IS NULL LIMIT 1");
    OWNER = "SELECT m.user_id FROM memberships m WHERE m.team_id = $1 AND m.role = 'owner' \
             ORDER BY m.user_id LIMIT 1";
    USERS = concat!("SELECT ", user_columns!(), " FROM memberships m \
                    JOIN users u ON u.id = m.user_id \
                    WHERE m.team_id = $1 AND u.id > $2 ORDER BY u.id LIMIT $3");
    USER_PASSWORD = "UPDATE users SET password_hash = $1 \
                     WHERE id = $2 AND removed_at IS NULL";
    USER_SUSPEND = "UPDATE users SET suspended_at = $1 WHERE id = $2 AND removed_at IS NULL";
    USER_REMOVE = "UPDATE users SET removed_at = $1, password_hash = NULL \
                   WHERE id = $2 AND removed_at IS NULL";
    USER_EPOCH_GRANTS = "UPDATE users SET grants_epoch = grants_epoch + 1 \
                         WHERE id = $1 AND grants_epoch = $2";
    USER_EPOCH_PERSONAL = "UPDATE users SET personal_tokens_epoch = personal_tokens_epoch + 1 \
                           WHERE id = $1 AND personal_tokens_epoch = $2";
    USER_EPOCH_SESSIONS = "UPDATE users SET sessions_epoch = sessions_epoch + 1 \
                           WHERE id = $1 AND sessions_epoch = $2";
    MEMBERSHIP_EPOCH = "UPDATE memberships SET epoch = epoch + 1 \
                        WHERE team_id = $1 AND user_id = $2 AND epoch = $3";
    CLIENT_EPOCH = "UPDATE clients SET epoch = epoch + 1 WHERE id = $1 AND epoch = $2";
    EPOCH_RAISE = "INSERT INTO epoch_raises (subject, epoch, cause, effect, raised_at, actor) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
    KEEP_GRANTS_OF_USER = "UPDATE grants SET user_epoch = user_epoch + 1 \
                           WHERE user_id = $1 AND user_epoch = $2 AND ended_at IS NULL";
    KEEP_CODES_OF_USER = "UPDATE codes SET user_epoch = user_epoch + 1 \
                          WHERE user_id = $1 AND user_epoch = $2 AND redeemed_at IS NULL";
    KEEP_PERSONAL_OF_USER = "UPDATE personal_tokens SET user_epoch = user_epoch + 1 \
                             WHERE user_id = $1 AND user_epoch = $2";
    KEEP_SIGN_IN_FOR_GRANTS = "UPDATE sessions SET grants_epoch = grants_epoch + 1 \
                               WHERE user_id = $1 AND grants_epoch = $2";
    KEEP_SIGN_IN_FOR_PERSONAL = "UPDATE sessions SET \
                                 personal_tokens_epoch = personal_tokens_epoch + 1 \
                                 WHERE user_id = $1 AND personal_tokens_epoch = $2";
    KEEP_SESSIONS_OF_USER = "UPDATE sessions SET sessions_epoch = sessions_epoch + 1 \
                             WHERE user_id = $1 AND sessions_epoch = $2";
    KEEP_GRANTS_OF_CLIENT = "UPDATE grants SET client_epoch = client_epoch + 1 \
                             WHERE client_id = $1 AND client_epoch = $2 AND ended_at IS NULL";
    KEEP_CODES_OF_CLIENT = "UPDATE codes SET client_epoch = client_epoch + 1 \
                            WHERE client_id = $1 AND client_epoch = $2 AND redeemed_at IS NULL";
    KEEP_GRANTS_OF_MEMBERSHIP = "UPDATE grants SET membership_epoch = membership_epoch + 1 \
                             WHERE team_id = $1 AND user_id = $2 AND membership_epoch = $3 \
                             AND ended_at IS NULL";
    KEEP_CODES_OF_MEMBERSHIP = "UPDATE codes SET membership_epoch = membership_epoch + 1 \
                             WHERE team_id = $1 AND user_id = $2 AND membership_epoch = $3 \
                             AND redeemed_at IS NULL";
    KEEP_PERSONAL_OF_MEMBERSHIP = "UPDATE personal_tokens \
                             SET membership_epoch = membership_epoch + 1 \
                             WHERE team_id = $1 AND user_id = $2 AND membership_epoch = $3";
    // A session names no team: it is of the one team that its user is in.
    KEEP_SESSIONS_OF_MEMBERSHIP = "UPDATE sessions SET membership_epoch = membership_epoch + 1 \
                             WHERE EXISTS (SELECT 1 FROM memberships m WHERE m.team_id = $1 \
                             AND m.user_id = sessions.user_id) AND user_id = $2 \
                             AND membership_epoch = $3";
    SESSION_OPEN = "INSERT INTO sessions (digest, user_id, grants_epoch, \
                    personal_tokens_epoch, sessions_epoch, membership_epoch, created_at, \
                    expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    SESSION_END = "DELETE FROM sessions WHERE digest = $1";
    SESSION = concat!("SELECT s.digest, s.user_id, s.grants_epoch, s.personal_tokens_epoch, \
                       s.sessions_epoch, s.membership_epoch, s.created_at, s.expires_at, ",
                       user_columns!(),
                       " FROM sessions s JOIN users u ON u.id = s.user_id \
                       JOIN memberships m ON m.user_id = u.id WHERE s.digest = $1 LIMIT 1");
    SESSIONS_SWEEP = "DELETE FROM sessions WHERE digest IN \
                      (SELECT digest FROM sessions WHERE expires_at < $1 LIMIT 500)";

    // Clients.
    CLIENT = concat!("SELECT ", client_columns!(), " FROM clients c WHERE c.id = $1");
    CLIENTS = concat!("SELECT ", client_columns!(), " FROM clients c \
                       WHERE c.team_id = $1 AND c.id > $2 AND c.removed_at IS NULL \
                       ORDER BY c.id LIMIT $3");
    CLIENT_ADD = "INSERT INTO clients (id, team_id, name, secret, redirect_uris, scopes, \
                  grant_types, replay_seconds, live_access_tokens, live_grants, access_ttl, \
                  idle_ttl, absolute_ttl, introspect, on_two_holders, signing, epoch, \
                  created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
                  $13, $14, $15, $16, $17, $18)";
    CLIENT_SECRET = "UPDATE clients SET secret = $1 WHERE id = $2 AND removed_at IS NULL";
    CLIENT_REMOVE = "UPDATE clients SET removed_at = $1 WHERE id = $2 AND removed_at IS NULL";

    // Codes and grants.
    CODE_MAKE = "INSERT INTO codes (digest, client_id, team_id, user_id, redirect_uri, \
                 redirect_uri_named, scope, resources, challenge, user_epoch, \
                 membership_epoch, client_epoch, created_at, expires_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    CODE_REDEEM = "UPDATE codes SET redeemed_at = $1, grant_id = $2 \
                   WHERE digest = $3 AND redeemed_at IS NULL";
    CODES_SWEEP = "DELETE FROM codes WHERE digest IN \
                   (SELECT digest FROM codes WHERE expires_at < $1 LIMIT 500)";
    CODE_SNAPSHOT = concat!("SELECT ", code_columns!(), ", ", client_columns!(), ", ",
                    standing_columns!("o"), " FROM codes o", standing_tables!("o"),
                    " WHERE o.digest = $1");
    GRANTS_LIVE = "SELECT id FROM grants WHERE client_id = $1 AND user_id = $2 \
                   AND ended_at IS NULL AND expires_at > $3 AND user_epoch = $4 \
                   AND client_epoch = $5 ORDER BY rotated_at, id LIMIT 1000";
    GRANT_OF_CODE = concat!("SELECT ", grant_columns!(), " FROM codes o \
                    JOIN grants g ON g.id = o.grant_id WHERE o.digest = $1");
    GRANT_SNAPSHOT = concat!("SELECT ", grant_columns!(), ", ", client_columns!(), ", ",
                    standing_columns!("g"), " FROM grants g", standing_tables!("g"),
                    " WHERE g.id = $1");
    GRANT_PULSE = "SELECT g.team_id, g.client_id, g.generation, g.incarnation, g.access_floor, \
                   c.live_access_tokens, g.resources, g.expires_at, g.absolute_expires_at, \
                   CASE WHEN g.ended_at IS NULL AND u.grants_epoch = g.user_epoch \
                   AND m.epoch = g.membership_epoch AND c.epoch = g.client_epoch \
                   THEN CAST(0 AS BIGINT) ELSE CAST(1 AS BIGINT) END, f.incarnation FROM grants g \
                   JOIN clients c ON c.id = g.client_id JOIN users u ON u.id = g.user_id \
                   LEFT JOIN memberships m ON m.team_id = g.team_id AND m.user_id = g.user_id \
                   JOIN store_facts f ON f.id = 1 WHERE g.id = $1";
    GRANTS_OF_TEAM = concat!("SELECT ", grant_columns!(), ", ", client_columns!(), ", ",
                    standing_columns!("g"), ", u.email FROM grants g", standing_tables!("g"),
                    " WHERE g.team_id = $1 AND g.id > $2 ORDER BY g.id LIMIT $3");
    GRANTS_OF_USER = concat!("SELECT ", grant_columns!(), ", ", client_columns!(), ", ",
                    standing_columns!("g"), ", u.email FROM grants g", standing_tables!("g"),
                    " WHERE g.user_id = $1 AND g.id > $2 ORDER BY g.id LIMIT $3");
    GRANT_BEGIN = "INSERT INTO grants (id, team_id, client_id, user_id, scope, resources, \
                   created_at, absolute_expires_at, generation, nonce, previous_nonce, \
                   rotated_at, previous_rotated_at, expires_at, mac_key, token_format, \
                   incarnation, presented, retries, chain, access_floor, user_epoch, \
                   membership_epoch, client_epoch, presenters) VALUES ($1, $2, $3, $4, $5, \
                   $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
                   $21, $22, $23, $24, $25)";
    GRANT_ROTATE = "UPDATE grants SET generation = $1, nonce = $2, previous_nonce = $3, \
                    rotated_at = $4, previous_rotated_at = $5, expires_at = $6, mac_key = $7, \
                    token_format = $8, incarnation = $9, presented = $10, chain = $11, \
                    retries = 0, presenters = substr(presenters, 115) || $12 \
                    WHERE id = $13 AND generation = $14 AND nonce = $15 AND ended_at IS NULL \
                    AND CASE WHEN retries > 0 THEN 1 ELSE 0 END = CAST($16 AS BIGINT)";
    GRANT_RETRY = "UPDATE grants SET retries = retries + 1, \
                   presenters = substr(presenters, 115) || $1 \
                   WHERE id = $2 AND generation = $3 AND nonce = $4 AND ended_at IS NULL \
                   AND retries < $5";
    GRANT_END = "UPDATE grants SET ended_at = $1, end_reason = $2 \
                 WHERE id = $3 AND ended_at IS NULL";
    GRANT_FLOOR = "UPDATE grants SET access_floor = \
                   CASE WHEN access_floor < CAST($1 AS BIGINT) THEN CAST($1 AS BIGINT) \
                   ELSE access_floor END WHERE id = $2";
    GRANTS_AFTER = "SELECT id FROM grants WHERE id > $1 ORDER BY id LIMIT 500";
    GRANTS_SWEEP = "DELETE FROM grants WHERE id > $1 AND id <= $2 AND \
                    (expires_at < $3 OR absolute_expires_at < $4)";
    INCIDENT_SEE = "INSERT INTO incidents (id, team_id, grant_id, kind, generation, first_at, \
                    first_address, first_user_agent, second_at, second_address, \
                    second_user_agent, story, opened_at, last_seen_at, count) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1) \
                    ON CONFLICT (grant_id, kind) DO UPDATE SET \
                    count = incidents.count + 1, last_seen_at = excluded.last_seen_at";
    INCIDENTS = concat!("SELECT ", incident_columns!(), " FROM incidents i \
                    WHERE i.team_id = $1 AND i.id > $2 ORDER BY i.id LIMIT $3");
    INCIDENTS_OF_GRANT = concat!("SELECT ", incident_columns!(), " FROM incidents i \
                    WHERE i.grant_id = $1 ORDER BY i.id");
    INCIDENTS_SWEEP = "DELETE FROM incidents WHERE last_seen_at < $1";

    // Personal access tokens.
    PERSONAL_MAKE = "INSERT INTO personal_tokens (id, team_id, user_id, purpose, digest, hint, \
                     scopes, created_at, expires_at, user_epoch, membership_epoch) \
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    PERSONAL_BY_DIGEST = concat!("SELECT ", personal_token_columns!(), ", ", user_columns!(),
                     " FROM personal_tokens p JOIN users u ON u.id = p.user_id \
                     JOIN memberships m ON m.user_id = p.user_id AND m.team_id = p.team_id \
                     WHERE p.digest = $1");
    PERSONAL = concat!("SELECT ", personal_token_columns!(), " FROM personal_tokens p \
                     WHERE p.id = $1");
    PERSONAL_OF_USER = concat!("SELECT ", personal_token_columns!(), " FROM personal_tokens p \
                     WHERE p.user_id = $1 AND p.id > $2 ORDER BY p.id LIMIT $3");
    PERSONAL_USE = "UPDATE personal_tokens SET last_used_at = $1 WHERE id = $2";
    PERSONAL_DELETE = "DELETE FROM personal_tokens WHERE id = $1";
    PERSONAL_SWEEP = "DELETE FROM personal_tokens WHERE id IN (SELECT id FROM personal_tokens \
                     WHERE expires_at < $1 LIMIT 500)";

    // The audit journal.
    AUDIT_WRITE = "INSERT INTO audit (id, team_id, at, actor, act, subject, detail) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
    AUDIT = "SELECT id, team_id, at, actor, act, subject, detail FROM audit \
             WHERE team_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    AUDIT_SWEEP = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 LIMIT 500)";
}

#[cfg(test)]
mod tests {
    use evergrant_core::issued::presenter::SLOT;

    /// SQLite numbers parameters by their first appearance, PostgreSQL by their digits.
    #[test]
    fn parameters_appear_in_ascending_order() {
        for text in super::all() {
            let mut highest = 0;
            for part in text.split('$').skip(1) {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                let number: usize = digits.parse().unwrap();
                assert!(number <= highest + 1, "${number} comes too early in {text}");
                highest = highest.max(number);
            }
        }
    }

    #[test]
    fn the_texts_know_the_width_of_a_presenter() {
        let shift = format!("substr(presenters, {})", SLOT + 1);
        assert!(super::GRANT_ROTATE.contains(&shift) && super::GRANT_RETRY.contains(&shift));
    }
}
