-- What a month that is paid as such is counted from: which declarations were in force when it began, and how old
-- their patients were. Rows come with the position of the record that gave them, so that any past moment
-- can be asked about. Of a birth date no more is kept than the month from whose first day an age counts.
SET LOCAL ROLE ledger_owner;

CREATE TABLE declarations (
    declaration  uuid PRIMARY KEY,
    position     bigint NOT NULL,
    patient      uuid NOT NULL,
    doctor       uuid NOT NULL,
    division     uuid NOT NULL
);
CREATE INDEX declarations_by_doctor ON declarations (doctor);

CREATE TABLE declaration_course (
    declaration  uuid NOT NULL,
    step         text NOT NULL CHECK (step IN ('holds', 'ended')),
    position     bigint NOT NULL,
    PRIMARY KEY (declaration, step)
);

CREATE TABLE patient_ages (
    patient    uuid NOT NULL,
    position   bigint NOT NULL,
    ages_from  date NOT NULL CONSTRAINT patient_ages_hold_no_birth_date CHECK (extract(day FROM ages_from) = 1),
    PRIMARY KEY (patient, position)
);

-- One run a contract and month.
CREATE TABLE contract_months (
    contract  uuid NOT NULL,
    period    text NOT NULL,
    position  bigint NOT NULL,
    CONSTRAINT contract_months_once PRIMARY KEY (contract, period)
);

SELECT refuse_changes_of(each::regclass)
FROM unnest(ARRAY['declarations', 'declaration_course', 'contract_months']) AS each;

GRANT SELECT, INSERT ON declarations, declaration_course, contract_months TO ledger_writer;
GRANT SELECT, INSERT, UPDATE, DELETE ON patient_ages TO ledger_writer;  -- a patient's leave with the erasure
GRANT SELECT ON declarations, declaration_course, patient_ages, contract_months TO ledger_reader;
