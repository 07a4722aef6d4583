-- One row a record that changed a statement; written once, read by position for ever.
CREATE TABLE statement_change (
    change uuid PRIMARY KEY,
    position bigint NOT NULL UNIQUE,
    contract uuid NOT NULL,
    package text NOT NULL,
    period text NOT NULL,
    provider uuid NOT NULL,
    document text NOT NULL
);

CREATE INDEX statement_change_of_contract ON statement_change (contract, position);
CREATE INDEX statement_change_of_provider ON statement_change (provider, position);

-- Whose set a charge or a statement belongs to, so that what becomes of it later is told of the set.
CREATE TABLE statement_change_thread (
    stream uuid PRIMARY KEY,
    statement uuid,  -- itself, where the thread is a statement's
    contract uuid NOT NULL,
    package text NOT NULL,
    period text NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 60);

CREATE INDEX statement_change_thread_of_set ON statement_change_thread (contract, package, period)
    WHERE statement IS NOT NULL;
