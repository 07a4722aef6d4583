-- The acts on a patient: every package names a condition, and what stands outside packages names no encounter.
-- Other members of packages would only repeat their encounter, so they are not in the index.
SET LOCAL ROLE ledger_owner;

CREATE INDEX clinical_resources_of_patient ON clinical_resources (patient)
    WHERE kind = 'Condition' OR encounter IS NULL;
