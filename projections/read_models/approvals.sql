CREATE TABLE approvals (
    approval uuid PRIMARY KEY,
    requested_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    patient uuid NOT NULL,
    legal_entity uuid NOT NULL,
    status text NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 60);

CREATE INDEX approvals_of_patient ON approvals (patient, requested_position);
CREATE INDEX approvals_of_institution ON approvals (legal_entity, requested_position);
