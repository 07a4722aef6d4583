-- Most rows are written twice; the room left on each page keeps the new version beside the old.
CREATE TABLE declarations (
    declaration uuid PRIMARY KEY,
    begun_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    patient uuid NOT NULL,
    doctor uuid NOT NULL,
    party uuid NOT NULL,
    legal_entity uuid NOT NULL,
    status text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    ended_on date,
    document text NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX declarations_of_doctor ON declarations (doctor, begun_position);
CREATE INDEX declarations_of_party ON declarations (party, begun_position);
CREATE INDEX declarations_of_entity ON declarations (legal_entity, begun_position);
CREATE INDEX declarations_of_patient ON declarations (patient, begun_position);
