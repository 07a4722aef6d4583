-- Corrections of lines of closed months: lines of the month that was open when they were made.
SET LOCAL ROLE ledger_owner;

CREATE TABLE adjustments (
    adjustment  uuid PRIMARY KEY,
    position    bigint NOT NULL,
    charge      uuid NOT NULL,
    contract    uuid NOT NULL,
    package     text NOT NULL,
    period      text NOT NULL,
    amount      bigint NOT NULL CHECK (amount <> 0)
);
CREATE INDEX adjustments_of_period ON adjustments (contract, package, period, position);

SELECT refuse_changes_of('adjustments'::regclass);

GRANT SELECT, INSERT ON adjustments TO ledger_writer;
GRANT SELECT ON adjustments TO ledger_reader;
