-- Most rows are written three times; the room left on each page keeps the new versions beside the old.
CREATE TABLE prescription_status (
    prescription uuid PRIMARY KEY,
    issued_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    number text NOT NULL UNIQUE,
    patient uuid NOT NULL,
    legal_entity uuid NOT NULL,
    status text NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 60);
CREATE INDEX prescription_status_of_patient ON prescription_status (patient, issued_position);
CREATE INDEX prescription_status_of_entity ON prescription_status (legal_entity, issued_position);
CREATE INDEX prescription_status_by_status ON prescription_status (status, issued_position);
