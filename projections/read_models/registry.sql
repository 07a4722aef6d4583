CREATE TABLE registry_legal_entity (
    legal_entity uuid PRIMARY KEY,
    registered_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    edrpou text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    verdict text NOT NULL,
    document text NOT NULL
);
CREATE INDEX registry_legal_entity_by_code ON registry_legal_entity (edrpou);

CREATE TABLE registry_division (
    division uuid PRIMARY KEY,
    registered_position bigint NOT NULL UNIQUE,
    legal_entity uuid NOT NULL,
    type text NOT NULL,
    status text NOT NULL,
    document text NOT NULL
);
CREATE INDEX registry_division_of_entity ON registry_division (legal_entity, registered_position);

CREATE TABLE registry_licence (
    licence uuid PRIMARY KEY,
    registered_position bigint NOT NULL UNIQUE,
    legal_entity uuid NOT NULL,
    document text NOT NULL
);
CREATE INDEX registry_licence_of_entity ON registry_licence (legal_entity, registered_position);

CREATE TABLE registry_healthcare_service (
    healthcare_service uuid PRIMARY KEY,
    registered_position bigint NOT NULL UNIQUE,
    legal_entity uuid NOT NULL,
    division uuid NOT NULL,
    speciality text NOT NULL,
    status text NOT NULL,
    document text NOT NULL
);
CREATE INDEX registry_healthcare_service_of_entity ON registry_healthcare_service (legal_entity, registered_position);
CREATE INDEX registry_healthcare_service_of_division ON registry_healthcare_service (division, registered_position);

CREATE TABLE registry_employee (
    employee uuid PRIMARY KEY,
    registered_position bigint NOT NULL UNIQUE,
    legal_entity uuid NOT NULL,
    party uuid NOT NULL,
    type text NOT NULL,
    speciality text,
    status text NOT NULL,
    document text NOT NULL
);
CREATE INDEX registry_employee_of_entity ON registry_employee (legal_entity, registered_position);
CREATE INDEX registry_employee_of_party ON registry_employee (party, registered_position);

CREATE TABLE registry_employee_role (
    employee_role uuid PRIMARY KEY,
    registered_position bigint NOT NULL UNIQUE,
    employee uuid NOT NULL,
    healthcare_service uuid NOT NULL,
    document text NOT NULL
);
CREATE INDEX registry_employee_role_of_employee ON registry_employee_role (employee, registered_position);
CREATE INDEX registry_employee_role_of_service ON registry_employee_role (healthcare_service, registered_position);

-- What the state registers say of people at work; of most they say nothing.
CREATE TABLE registry_party (
    party uuid PRIMARY KEY,
    document text NOT NULL
);
