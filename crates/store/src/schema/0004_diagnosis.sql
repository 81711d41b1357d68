-- What a diagnosis says beside its cause, and what the history of a grant is read from.
ALTER TABLE connections ADD COLUMN also_possible TEXT;
ALTER TABLE connections ADD COLUMN transient BIGINT;
ALTER TABLE connections ADD COLUMN advice TEXT;
ALTER TABLE connections ADD COLUMN dates TEXT;
ALTER TABLE connections ADD COLUMN code TEXT;
ALTER TABLE connections ADD COLUMN failed_at BIGINT;
ALTER TABLE attempts ADD COLUMN also_possible TEXT;
ALTER TABLE attempts ADD COLUMN transient BIGINT;
ALTER TABLE attempts ADD COLUMN advice TEXT;
ALTER TABLE attempts ADD COLUMN dates TEXT;
ALTER TABLE attempts ADD COLUMN code TEXT;
ALTER TABLE attempts ADD COLUMN failed_at BIGINT;
ALTER TABLE integrations ADD COLUMN secret_set_at BIGINT;

CREATE INDEX connections_failed ON connections (integration_id, code, failed_at)
    WHERE failed_at IS NOT NULL;
CREATE INDEX connections_by_account ON connections (integration_id, account_id)
    WHERE account_id IS NOT NULL;
CREATE INDEX attempts_refused ON attempts (connection_id, id) WHERE phase = 'refused';
