-- What the system does by itself: which record made it due, and the key it signs under. Previews.
SET LOCAL ROLE ledger_owner;

ALTER TABLE deadlines ADD COLUMN position bigint NOT NULL;

ALTER TABLE evidence DROP CONSTRAINT evidence_kind_check;
ALTER TABLE evidence ADD CONSTRAINT evidence_kind_check
    CHECK (kind IN ('certificate', 'trust_store', 'revocation_list', 'ledger_key'));

-- Content held for its signature: sealed, named by the digest of an id that only the caller knows, and
-- gone with its time. No part of the ledger's truth: never in the write-ahead log, nor in a backup.
CREATE UNLOGGED TABLE previews (
    named       bytea PRIMARY KEY CHECK (octet_length(named) = 32),
    blob        bytea NOT NULL,
    expires_at  bigint NOT NULL
);
CREATE INDEX previews_by_time ON previews (expires_at);
GRANT SELECT, INSERT, DELETE ON previews TO ledger_writer;
