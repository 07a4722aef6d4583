-- Erasure of a patient: who was erased, and the one way by which a blob leaves.
SET LOCAL ROLE ledger_owner;

CREATE TABLE erasures (
    patient   uuid PRIMARY KEY,
    position  bigint NOT NULL
);
CREATE INDEX erasures_by_position ON erasures (position);
SELECT refuse_changes_of('erasures'::regclass);
GRANT SELECT, INSERT ON erasures TO ledger_writer;
GRANT SELECT ON erasures TO ledger_reader;

-- Nobody is erased without the record that says so.
CREATE FUNCTION verify_erasure() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM records r
        WHERE r.log = 'records' AND r.position = NEW.position AND r.topic = 'patient.erased.v1'
          AND r.stream_id = NEW.patient AND r.key_id = r.ledger)
    THEN
        RAISE EXCEPTION 'no record at position % erases this patient', NEW.position
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER recorded BEFORE INSERT ON erasures FOR EACH ROW EXECUTE FUNCTION verify_erasure();
ALTER TABLE erasures ENABLE ALWAYS TRIGGER recorded;

-- The second wall behind the law: nothing is recorded under the key of an erased patient.
CREATE FUNCTION refuse_records_of_erased() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM erasures e WHERE e.patient IN (SELECT n.key_id FROM new_records n)) THEN
        RAISE EXCEPTION 'a record is about an erased patient'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'records_of_erased_patient';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER not_of_erased AFTER INSERT ON records REFERENCING NEW TABLE AS new_records
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_records_of_erased();
ALTER TABLE records ENABLE ALWAYS TRIGGER not_of_erased;

-- Only erase_blobs removes, and a blob leaves when its key is an erased patient's and never otherwise, whoever asks.
-- The setting keeps accidents away; what decides, row by row, is the log, so a session that sets it gains nothing.
CREATE FUNCTION refuse_change_of_blobs() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('ehealth.erasing', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% of % is refused: the ledger only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE FUNCTION refuse_loss_of_body() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM records r JOIN erasures e ON e.patient = r.key_id
        WHERE r.log = OLD.log AND r.position = OLD.position)
    THEN
        RAISE EXCEPTION 'DELETE of % is refused: the ledger only grows', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE FUNCTION refuse_loss_of_envelope() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM records r JOIN erasures e ON e.patient = r.key_id
        WHERE r.log = OLD.log AND r.position >= OLD.position AND r.command_id = OLD.command_id
          AND r.position < OLD.position + r.fact_count AND r.key_id = OLD.key_id)
    THEN
        RAISE EXCEPTION 'DELETE of % is refused: the ledger only grows', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN OLD;
END
$$;

CREATE FUNCTION refuse_changes_of_blobs(protected regclass, loss regproc) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_blobs()', protected);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER only_grows', protected);
    EXECUTE format(
        'CREATE TRIGGER leaves_when_erased BEFORE DELETE ON %s FOR EACH ROW EXECUTE FUNCTION %s()', protected, loss);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER leaves_when_erased', protected);
END
$$;

-- The parents hold no row; each partition is protected by itself.
DO $$
DECLARE
    parent text;
    part   regclass;
BEGIN
    FOREACH parent IN ARRAY ARRAY['bodies', 'envelopes'] LOOP
        EXECUTE format('DROP TRIGGER only_grows ON %I', parent);
        EXECUTE format(
            'CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
             FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_blobs()', parent);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER only_grows', parent);
        FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = parent::regclass LOOP
            EXECUTE format('DROP TRIGGER only_grows ON %s', part);
            PERFORM refuse_changes_of_blobs(
                part, CASE parent WHEN 'bodies' THEN 'refuse_loss_of_body' ELSE 'refuse_loss_of_envelope' END::regproc);
        END LOOP;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION provide_partitions(wanted_log text, upto bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    width  constant bigint := 16777216;
    parent text;
    first  bigint;
    name   text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ehealth partitions'));
    FOREACH parent IN ARRAY ARRAY['bodies', 'envelopes'] LOOP
        FOR first IN SELECT generate_series(0, upto, width) LOOP
            name := format('%s_%s_%s', parent, wanted_log, first / width);
            IF to_regclass(quote_ident(name)) IS NULL THEN
                EXECUTE format(
                    'CREATE TABLE %I (LIKE %I INCLUDING STORAGE)
                     WITH (toast_tuple_target = 8160)',  -- a blob that fits a page stays in its row
                    name, parent);
                -- Attached, not created as a partition: that would wait for every reader of the table.
                EXECUTE format(
                    'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L, %s) TO (%L, %s)',
                    parent, name, wanted_log, first, wanted_log, first + width);
                PERFORM refuse_changes_of_blobs(
                    quote_ident(name)::regclass,
                    CASE parent WHEN 'bodies' THEN 'refuse_loss_of_body' ELSE 'refuse_loss_of_envelope' END::regproc);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

-- The one way out: the bodies and envelopes under an erased patient's key. Running it again removes nothing more.
CREATE FUNCTION erase_blobs(erased uuid) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    bodies_gone    bigint;
    envelopes_gone bigint;
BEGIN
    IF NOT EXISTS (
        SELECT FROM erasures e
        JOIN records r ON r.log = 'records' AND r.position = e.position
        WHERE e.patient = erased AND r.topic = 'patient.erased.v1' AND r.stream_id = erased)
    THEN
        RAISE EXCEPTION 'no record erases this patient' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    PERFORM set_config('ehealth.erasing', 'on', true);
    DELETE FROM envelopes e USING records r
    WHERE r.key_id = erased AND e.log = r.log AND e.position = r.position - r.fact_index AND e.key_id = erased;
    GET DIAGNOSTICS envelopes_gone = ROW_COUNT;
    DELETE FROM bodies b USING records r
    WHERE r.key_id = erased AND b.log = r.log AND b.position = r.position;
    GET DIAGNOSTICS bodies_gone = ROW_COUNT;
    PERFORM set_config('ehealth.erasing', 'off', true);
    RETURN envelopes_gone + bodies_gone;
END
$$;
REVOKE ALL ON FUNCTION erase_blobs(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_blobs(uuid) TO ledger_writer;
