-- What the log was signed to be: checkpoints (C2SP tlog-checkpoint), and the witnesses' lines beneath them.
-- Nothing is decided from these rows: the signer keeps what it signed last outside the database.
SET LOCAL ROLE ledger_owner;

CREATE TABLE checkpoints (
    log   text COLLATE "C" NOT NULL,
    size  bigint NOT NULL,
    note  bytea NOT NULL,  -- the signed note, as it was first given away
    PRIMARY KEY (log, size)
);

CREATE TABLE cosignatures (
    log      text COLLATE "C" NOT NULL,
    size     bigint NOT NULL,
    witness  text COLLATE "C" NOT NULL,  -- the name of its key
    line     text NOT NULL,
    PRIMARY KEY (log, size, witness)
);

SELECT refuse_changes_of(name::regclass) FROM unnest(ARRAY['checkpoints', 'cosignatures']) AS name;
GRANT SELECT, INSERT ON checkpoints, cosignatures TO ledger_writer;
GRANT SELECT ON checkpoints, cosignatures TO ledger_reader;
