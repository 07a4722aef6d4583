-- Clinical resources of packages, and which of them were entered in error; charges of acts that were.
SET LOCAL ROLE ledger_owner;

CREATE TABLE clinical_resources (
    id         uuid CONSTRAINT clinical_resources_taken PRIMARY KEY,
    kind       text NOT NULL,
    patient    uuid NOT NULL,
    encounter  uuid,  -- NULL: recorded by itself, not in an encounter package
    episode    uuid
);

CREATE TABLE resources_in_error (
    id         uuid CONSTRAINT resources_in_error_once PRIMARY KEY,
    encounter  uuid
);

CREATE TABLE withdrawn_charges (
    charge    uuid CONSTRAINT withdrawn_charges_once PRIMARY KEY,
    position  bigint NOT NULL
);

SELECT refuse_changes_of(name::regclass)
FROM unnest(ARRAY['clinical_resources', 'resources_in_error', 'withdrawn_charges']) AS name;

GRANT SELECT, INSERT ON clinical_resources, resources_in_error, withdrawn_charges TO ledger_writer;
GRANT SELECT ON clinical_resources, resources_in_error, withdrawn_charges TO ledger_reader;
