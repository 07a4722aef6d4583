-- What a month withheld for want of a tariff is settled once a package.
SET LOCAL ROLE ledger_owner;

CREATE TABLE settled_months (
    contract  uuid NOT NULL,
    period    text NOT NULL,
    package   text NOT NULL,
    position  bigint NOT NULL,
    CONSTRAINT settled_months_once PRIMARY KEY (contract, period, package)
);

SELECT refuse_changes_of('settled_months'::regclass);

GRANT SELECT, INSERT ON settled_months TO ledger_writer;
GRANT SELECT ON settled_months TO ledger_reader;
