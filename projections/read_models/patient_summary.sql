CREATE TABLE patient_summary (
    patient uuid PRIMARY KEY,
    document text NOT NULL
) WITH (fillfactor = 80);

-- Every encounter and clinical resource that still counts; what is entered in error leaves.
-- `place` orders a patient's rows as they were recorded and never changes: pages follow it.
CREATE TABLE patient_resource (
    resource uuid PRIMARY KEY,
    patient uuid NOT NULL,
    kind text NOT NULL,
    standing text NOT NULL,
    place bigint NOT NULL,
    document text NOT NULL
);

CREATE INDEX patient_resource_of_kind ON patient_resource (patient, kind, place);
CREATE INDEX patient_resource_standing ON patient_resource (patient, kind, standing, place);

CREATE TABLE patient_referral (
    referral uuid PRIMARY KEY,
    patient uuid NOT NULL,
    place bigint NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 60);

CREATE INDEX patient_referral_of_patient ON patient_referral (patient, place);
