CREATE TABLE care_plans (
    care_plan uuid PRIMARY KEY,
    created_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    patient uuid NOT NULL,
    legal_entity uuid NOT NULL,
    status text NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 60);

CREATE INDEX care_plans_of_patient ON care_plans (patient, created_position);
CREATE INDEX care_plans_of_institution ON care_plans (legal_entity, created_position);
