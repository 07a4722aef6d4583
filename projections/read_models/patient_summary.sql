CREATE TABLE patient_summary (
    patient uuid PRIMARY KEY,
    document text NOT NULL
) WITH (fillfactor = 80);
