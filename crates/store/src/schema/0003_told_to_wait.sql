-- Whether the provider itself said how long a connection waits: nothing shortens that.
ALTER TABLE connections ADD COLUMN told_to_wait BIGINT NOT NULL DEFAULT 0;
