CREATE TABLE medical_program (
    program uuid PRIMARY KEY,
    published_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    kind text NOT NULL,
    status text NOT NULL,
    document text NOT NULL
);

-- One row a pair of program and division; its id is the name of the pair's stream.
CREATE TABLE program_provision (
    provision uuid PRIMARY KEY,
    opened_position bigint NOT NULL UNIQUE,
    program uuid NOT NULL,
    division uuid NOT NULL,
    document text NOT NULL
);
CREATE INDEX program_provision_of_program ON program_provision (program, opened_position);
