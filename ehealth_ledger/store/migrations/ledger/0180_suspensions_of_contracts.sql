-- On which days nothing is paid under a contract: whoever prices an act asks of the day of the act, however late.
-- The topics of the log say when each was suspended and resumed; the moment is the record's own.
SET LOCAL ROLE ledger_owner;

CREATE TABLE contract_suspensions (
    contract   uuid NOT NULL,
    position   bigint NOT NULL,
    suspended  boolean NOT NULL,
    PRIMARY KEY (contract, position)
);
INSERT INTO contract_suspensions
SELECT stream_id, position, topic = 'contract.suspended.v1' FROM records
WHERE log = 'records' AND topic IN ('contract.suspended.v1', 'contract.resumed.v1');

ALTER TABLE contracts DROP COLUMN suspended;

SELECT refuse_changes_of('contract_suspensions'::regclass);

GRANT SELECT, INSERT ON contract_suspensions TO ledger_writer;
GRANT SELECT ON contract_suspensions TO ledger_reader;
