-- What was recorded outside encounter packages: reports, procedures, specimens, conclusions.
CREATE TABLE diagnostics (
    resource uuid PRIMARY KEY,
    first_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    patient uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    referral uuid,
    number text,
    document text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX diagnostics_of_patient ON diagnostics (patient, first_position);
CREATE INDEX diagnostics_of_referral ON diagnostics (referral, first_position) WHERE referral IS NOT NULL;
CREATE INDEX diagnostics_of_number ON diagnostics (number) WHERE number IS NOT NULL;
