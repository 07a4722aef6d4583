-- The super-log: the logs' checkpoints in the order of signing, one root over all logs. Its own checkpoints stand in
-- `checkpoints` under the log `super`. The tree needs no tiles: beside each leaf stand the complete subtrees that it
-- ends, and every complete subtree ends with some leaf.
SET LOCAL ROLE ledger_owner;

CREATE TABLE super_log (
    index  bigint PRIMARY KEY CHECK (index >= 0),
    log    text COLLATE "C" NOT NULL,
    size   bigint NOT NULL,
    nodes  bytea NOT NULL CHECK (octet_length(nodes) % 32 = 0 AND octet_length(nodes) > 0),  -- joined, the leaf first
    UNIQUE (log, size),
    FOREIGN KEY (log, size) REFERENCES checkpoints (log, size)
);

SELECT refuse_changes_of('super_log');
GRANT SELECT, INSERT ON super_log TO ledger_writer;
GRANT SELECT ON super_log TO ledger_reader;
