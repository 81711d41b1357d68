-- Texts of failures that nothing matches: masked, folded, and counted by their digest.
CREATE TABLE unmatched (
    id TEXT PRIMARY KEY,
    team_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    status BIGINT NOT NULL,
    digest TEXT NOT NULL,
    text TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    count BIGINT NOT NULL
);
CREATE UNIQUE INDEX unmatched_by_text ON unmatched (team_id, provider, digest);
CREATE INDEX unmatched_by_team ON unmatched (team_id, id);
CREATE INDEX unmatched_last ON unmatched (team_id, last_at, id);
CREATE INDEX unmatched_by_time ON unmatched (last_at);
