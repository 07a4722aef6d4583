CREATE TABLE contract (
    contract uuid PRIMARY KEY,
    concluded_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    provider uuid NOT NULL,
    payer uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX contract_of_provider ON contract (provider, concluded_position);
CREATE INDEX contract_of_package ON contract USING gin ((document::jsonb -> 'packages'));

CREATE TABLE contract_request (
    request uuid PRIMARY KEY,
    requested_position bigint NOT NULL UNIQUE,
    provider uuid NOT NULL,
    status text NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX contract_request_of_provider ON contract_request (provider, requested_position);
-- What waits for a signature is few among what was ever asked for.
CREATE INDEX contract_request_waiting ON contract_request (status, requested_position)
    WHERE status IN ('requested', 'signed');

-- Who an institution was, by its code and its names in the order it bore them: what is printed of a
-- contract or statement names it as it was called then.
CREATE TABLE contract_party (
    legal_entity uuid PRIMARY KEY,
    document text NOT NULL
);
