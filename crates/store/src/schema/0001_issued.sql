-- Times are microseconds since 1970 in UTC, lists are lines, secrets are digests or sealed.

CREATE TABLE store_facts (
    id BIGINT PRIMARY KEY,
    incarnation BIGINT NOT NULL,
    served_at BIGINT NOT NULL,
    absences TEXT NOT NULL,
    set_up BIGINT NOT NULL
);
INSERT INTO store_facts (id, incarnation, served_at, absences, set_up)
VALUES (1, 0, 0, '', 0);

CREATE TABLE data_keys (
    id TEXT PRIMARY KEY,
    master_key TEXT NOT NULL,
    wrapped BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    public TEXT,
    private BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    active_from BIGINT NOT NULL,
    retired_at BIGINT,
    verifies_until BIGINT
);

CREATE TABLE teams (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    password_hash TEXT,
    grants_epoch BIGINT NOT NULL,
    personal_tokens_epoch BIGINT NOT NULL,
    sessions_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    suspended_at BIGINT,
    removed_at BIGINT
);
CREATE UNIQUE INDEX users_by_email ON users (email) WHERE removed_at IS NULL;

CREATE TABLE memberships (
    team_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE epoch_raises (
    subject TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    cause TEXT NOT NULL,
    effect TEXT NOT NULL,
    raised_at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    PRIMARY KEY (subject, epoch)
);

CREATE TABLE sessions (
    digest BYTEA PRIMARY KEY,
    user_id TEXT NOT NULL,
    grants_epoch BIGINT NOT NULL,
    personal_tokens_epoch BIGINT NOT NULL,
    sessions_epoch BIGINT NOT NULL,
    membership_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE clients (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    secret BYTEA,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    grant_types TEXT NOT NULL,
    replay_seconds BIGINT NOT NULL,
    live_access_tokens BIGINT NOT NULL,
    live_grants BIGINT NOT NULL,
    access_ttl BIGINT NOT NULL,
    idle_ttl BIGINT NOT NULL,
    absolute_ttl BIGINT NOT NULL,
    introspect TEXT NOT NULL,
    on_two_holders TEXT NOT NULL,
    signing TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX clients_by_team ON clients (team_id, id);

CREATE TABLE codes (
    digest BYTEA PRIMARY KEY,
    client_id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    redirect_uri_named BIGINT NOT NULL,
    scope TEXT NOT NULL,
    resources TEXT NOT NULL,
    challenge BYTEA NOT NULL,
    user_epoch BIGINT NOT NULL,
    membership_epoch BIGINT NOT NULL,
    client_epoch BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    redeemed_at BIGINT,
    grant_id TEXT
);
CREATE INDEX codes_by_expiry ON codes (expires_at);

-- No index holds a column that a refresh changes: PostgreSQL can then update the row in its page.
CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    resources TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    absolute_expires_at BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    nonce BYTEA NOT NULL,
    previous_nonce BYTEA NOT NULL,
    rotated_at BIGINT NOT NULL,
    previous_rotated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    mac_key TEXT NOT NULL,
    token_format BIGINT NOT NULL,
    incarnation BIGINT NOT NULL,
    presented BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    chain BIGINT NOT NULL,
    access_floor BIGINT NOT NULL,
    user_epoch BIGINT NOT NULL,
    membership_epoch BIGINT NOT NULL,
    client_epoch BIGINT NOT NULL,
    presenters TEXT NOT NULL,
    ended_at BIGINT,
    end_reason TEXT
);
CREATE INDEX grants_by_client_and_user ON grants (client_id, user_id);
CREATE INDEX grants_by_user ON grants (user_id, id);
CREATE INDEX grants_by_team ON grants (team_id, id);

CREATE TABLE incidents (
    id TEXT NOT NULL,
    team_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    generation BIGINT NOT NULL,
    first_at BIGINT,
    first_address TEXT,
    first_user_agent TEXT,
    second_at BIGINT NOT NULL,
    second_address TEXT,
    second_user_agent TEXT NOT NULL,
    story TEXT NOT NULL,
    opened_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (grant_id, kind)
);
CREATE INDEX incidents_by_team ON incidents (team_id, id);

CREATE TABLE personal_tokens (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    digest BYTEA NOT NULL,
    hint TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    user_epoch BIGINT NOT NULL,
    membership_epoch BIGINT NOT NULL
);
CREATE UNIQUE INDEX personal_tokens_by_digest ON personal_tokens (digest);
CREATE INDEX personal_tokens_by_user ON personal_tokens (user_id, id);

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    team_id TEXT,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX audit_by_team ON audit (team_id, id);
CREATE INDEX audit_by_time ON audit (at);
