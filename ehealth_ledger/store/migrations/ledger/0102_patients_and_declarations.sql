-- Who is registered, by keyed blind indexes, and which declarations are live.
-- The laws decide first; each named constraint is the second wall, and store/guards.py gives its refusal code.
SET LOCAL ROLE ledger_owner;

CREATE TABLE patients (
    patient     uuid PRIMARY KEY,
    tax_index   text CONSTRAINT patients_tax_id_taken UNIQUE,
    name_index  text NOT NULL
);
CREATE INDEX patients_by_name ON patients (name_index);
-- Two people of one name and birth date are told apart by their tax ids, or not at all.
CREATE UNIQUE INDEX patients_name_taken ON patients (name_index) WHERE tax_index IS NULL;

CREATE TABLE patient_phones (
    patient      uuid PRIMARY KEY,
    phone_index  text NOT NULL
);
CREATE INDEX patient_phones_by_phone ON patient_phones (phone_index);

CREATE TABLE live_declarations (
    declaration   uuid PRIMARY KEY,
    patient       uuid NOT NULL,
    doctor        uuid NOT NULL,
    party         uuid NOT NULL,
    legal_entity  uuid NOT NULL,
    status        text NOT NULL CHECK (status IN ('active', 'pending_verification'))
);
CREATE UNIQUE INDEX declarations_one_live ON live_declarations (patient);
CREATE INDEX live_declarations_by_doctor ON live_declarations (doctor);
CREATE INDEX live_declarations_by_party ON live_declarations (party);

GRANT SELECT, INSERT, UPDATE, DELETE ON patients, patient_phones, live_declarations TO ledger_writer;
GRANT SELECT ON patients, patient_phones, live_declarations TO ledger_reader;
