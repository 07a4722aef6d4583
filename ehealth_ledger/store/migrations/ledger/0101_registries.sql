-- The registries' part of what the laws look up (store/indexes/registry.py).
SET LOCAL ROLE ledger_owner;

CREATE TABLE employments (
    employee      uuid PRIMARY KEY,
    legal_entity  uuid NOT NULL
);
CREATE INDEX employments_of_entity ON employments (legal_entity);

CREATE TABLE healthcare_services (
    division             uuid NOT NULL,
    category             text NOT NULL,
    speciality           text NOT NULL,
    providing_condition  text NOT NULL,
    healthcare_service   uuid NOT NULL,
    CONSTRAINT healthcare_services_once PRIMARY KEY (division, category, speciality, providing_condition)
);

CREATE TABLE employee_roles (
    employee            uuid NOT NULL,
    healthcare_service  uuid NOT NULL,
    employee_role       uuid NOT NULL,
    CONSTRAINT employee_roles_once PRIMARY KEY (employee, healthcare_service)
);

SELECT refuse_changes_of(name::regclass) FROM unnest(ARRAY['healthcare_services', 'employee_roles']) AS name;

GRANT SELECT, INSERT ON employments, healthcare_services, employee_roles TO ledger_writer;
GRANT UPDATE, DELETE ON employments TO ledger_writer;
GRANT SELECT ON employments, healthcare_services, employee_roles TO ledger_reader;
