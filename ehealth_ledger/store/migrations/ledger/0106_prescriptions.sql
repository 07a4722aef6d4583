-- Prescriptions: numbers, treatments under their blind index, and what is held or handed out of each.
SET LOCAL ROLE ledger_owner;

CREATE TABLE prescriptions (
    prescription  uuid PRIMARY KEY,
    number        text NOT NULL CONSTRAINT prescriptions_number_taken UNIQUE,
    quantity      bigint NOT NULL CHECK (quantity > 0)
);

CREATE TABLE treatments (
    prescription  uuid PRIMARY KEY,
    treatment     text NOT NULL,
    started_on    date NOT NULL,
    ended_on      date NOT NULL
);
CREATE INDEX treatments_of ON treatments (treatment);

CREATE TABLE live_dispenses (
    dispense      uuid PRIMARY KEY,
    prescription  uuid NOT NULL,
    quantity      bigint NOT NULL CHECK (quantity > 0)
);
CREATE INDEX live_dispenses_of ON live_dispenses (prescription);

-- Never more than was prescribed, whoever writes: holds and what was handed out are summed after each statement.
-- The writer drops freed holds before it puts new ones, and holds the log's head, so no other sum is under way.
CREATE FUNCTION verify_dispensed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    bad record;
BEGIN
    SELECT d.prescription, sum(d.quantity) AS live, p.quantity AS prescribed INTO bad
    FROM live_dispenses d LEFT JOIN prescriptions p USING (prescription)
    WHERE d.prescription IN (SELECT n.prescription FROM new_dispenses n)
    GROUP BY d.prescription, p.quantity
    HAVING p.quantity IS NULL OR sum(d.quantity) > p.quantity
    ORDER BY d.prescription LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'of prescription % live are %, prescribed %', bad.prescription, bad.live, bad.prescribed
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dispenses_within_prescribed';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER within_prescribed_put AFTER INSERT ON live_dispenses REFERENCING NEW TABLE AS new_dispenses
    FOR EACH STATEMENT EXECUTE FUNCTION verify_dispensed();
CREATE TRIGGER within_prescribed_replaced AFTER UPDATE ON live_dispenses REFERENCING NEW TABLE AS new_dispenses
    FOR EACH STATEMENT EXECUTE FUNCTION verify_dispensed();
ALTER TABLE live_dispenses ENABLE ALWAYS TRIGGER within_prescribed_put;
ALTER TABLE live_dispenses ENABLE ALWAYS TRIGGER within_prescribed_replaced;

SELECT refuse_changes_of('prescriptions'::regclass);

GRANT SELECT, INSERT ON prescriptions, treatments, live_dispenses TO ledger_writer;
GRANT UPDATE, DELETE ON treatments, live_dispenses TO ledger_writer;
GRANT SELECT ON prescriptions, treatments, live_dispenses TO ledger_reader;
