-- Held grants. What is sealed is bound to table, row and generation.

CREATE TABLE integrations (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    provider TEXT NOT NULL,
    client_id TEXT NOT NULL,
    secret BYTEA,
    scopes TEXT NOT NULL,
    overrides TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE UNIQUE INDEX integrations_by_name ON integrations (team_id, name)
    WHERE removed_at IS NULL;

CREATE TABLE connections (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    name TEXT NOT NULL,
    integration_id TEXT NOT NULL,
    owner TEXT,
    scopes TEXT NOT NULL,
    account_id TEXT,
    account_label TEXT,
    grant_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    retry_at BIGINT,
    due_at BIGINT,
    cause TEXT,
    party TEXT,
    confidence TEXT,
    evidence TEXT,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX connections_by_name ON connections (team_id, name)
    WHERE state <> 'revoked';
CREATE INDEX connections_by_integration ON connections (integration_id, id);
CREATE INDEX connections_due ON connections (integration_id, due_at)
    WHERE due_at IS NOT NULL;
CREATE INDEX connections_revoked ON connections (since) WHERE state = 'revoked';

-- The runner-up is the second answer to the refresh that made this generation.
CREATE TABLE held_grants (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    scopes TEXT,
    consented_at BIGINT NOT NULL,
    renewed_at BIGINT NOT NULL,
    access TEXT NOT NULL,
    access_until BIGINT,
    refreshable BIGINT NOT NULL,
    refresh_expires_at BIGINT,
    refresh_at BIGINT,
    has_runner_up BIGINT NOT NULL,
    tokens BYTEA,
    runner_up BYTEA
);
CREATE INDEX held_grants_by_connection ON held_grants (connection_id);

-- binding, unjudged and open_by say again what phase and sends say, for the indexes.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    connection_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    kind TEXT NOT NULL,
    phase TEXT NOT NULL,
    claimed_by TEXT NOT NULL,
    claimed_at BIGINT NOT NULL,
    sends TEXT NOT NULL,
    ended_at BIGINT,
    cause TEXT,
    party TEXT,
    confidence TEXT,
    evidence TEXT,
    revision BIGINT NOT NULL,
    binding BIGINT NOT NULL,
    unjudged BIGINT NOT NULL,
    open_by TEXT
);
-- What makes one send of a generation safe: no second attempt while one binds it.
CREATE UNIQUE INDEX attempts_binding ON attempts (grant_id, generation) WHERE binding = 1;
CREATE INDEX attempts_by_grant ON attempts (grant_id, id);
CREATE INDEX attempts_by_connection ON attempts (connection_id, id);
CREATE INDEX attempts_open ON attempts (id) WHERE open_by IS NOT NULL;
CREATE INDEX attempts_unjudged ON attempts (id) WHERE unjudged = 1;

CREATE TABLE answers (
    attempt_id TEXT NOT NULL,
    send BIGINT NOT NULL,
    at BIGINT NOT NULL,
    answer BYTEA NOT NULL,
    PRIMARY KEY (attempt_id, send)
);

CREATE TABLE consents (
    state BYTEA PRIMARY KEY,
    team_id TEXT NOT NULL,
    integration_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    browser BYTEA,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    spent_at BIGINT,
    secrets BYTEA NOT NULL
);
CREATE INDEX consents_by_connection ON consents (connection_id, created_at);
CREATE INDEX consents_by_expiry ON consents (expires_at);

CREATE TABLE revocations (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    integration_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    tokens BYTEA,
    tries BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    ended_at BIGINT,
    done BIGINT
);
CREATE INDEX revocations_due ON revocations (due_at) WHERE ended_at IS NULL;
CREATE INDEX revocations_ended ON revocations (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE reads (
    connection_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    generation BIGINT NOT NULL,
    reader TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (connection_id, grant_id, generation, reader)
);
CREATE INDEX reads_by_time ON reads (last_at);
