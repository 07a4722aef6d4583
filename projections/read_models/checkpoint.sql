-- How far each model has read; written in the transaction that writes its rows.
CREATE TABLE IF NOT EXISTS checkpoint (
    model text PRIMARY KEY,
    version integer NOT NULL,
    log text NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    chain_value bytea NOT NULL CHECK (octet_length(chain_value) = 32),
    recorded_at bigint NOT NULL,  -- of the record at `position`, microseconds UTC; 0 before the first
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    rows bigint NOT NULL CHECK (rows >= 0)
);
