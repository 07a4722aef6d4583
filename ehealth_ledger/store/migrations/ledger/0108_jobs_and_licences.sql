-- In what a person is employed over all jobs (rule 9), and under which licences an institution works (rule 59):
-- store/indexes/registry.py.
SET LOCAL ROLE ledger_owner;

CREATE TABLE jobs (
    employee      uuid PRIMARY KEY,
    party         uuid NOT NULL,
    specialities  text NOT NULL
);
CREATE INDEX jobs_of_party ON jobs (party);

CREATE TABLE licences (
    licence       uuid PRIMARY KEY,
    legal_entity  uuid NOT NULL
);
CREATE INDEX licences_of_entity ON licences (legal_entity);

SELECT refuse_changes_of('licences'::regclass);

GRANT SELECT, INSERT ON jobs, licences TO ledger_writer;
GRANT UPDATE, DELETE ON jobs TO ledger_writer;
GRANT SELECT ON jobs, licences TO ledger_reader;
