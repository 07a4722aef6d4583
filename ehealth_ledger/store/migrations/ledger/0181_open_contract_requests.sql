-- Which requests for contracts still wait for a signature: whoever ends as an institution signs none of them any more.
SET LOCAL ROLE ledger_owner;

CREATE TABLE open_contract_requests (
    request   uuid PRIMARY KEY,
    provider  uuid NOT NULL
);
CREATE INDEX open_contract_requests_of ON open_contract_requests (provider);

GRANT SELECT, INSERT, UPDATE, DELETE ON open_contract_requests TO ledger_writer;
GRANT SELECT ON open_contract_requests TO ledger_reader;
