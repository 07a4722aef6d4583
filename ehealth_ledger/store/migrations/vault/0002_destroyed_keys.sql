-- A patient's key can be destroyed, once and for ever: the row stays as a tombstone, so the id never gets another.
ALTER TABLE subject_keys ALTER COLUMN wrapped DROP NOT NULL;
ALTER TABLE subject_keys ADD COLUMN destroyed_at timestamptz;
ALTER TABLE subject_keys ADD CONSTRAINT subject_keys_destroyed
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL) AND (destroyed_at IS NULL OR kind = 'patient'));

CREATE FUNCTION only_destroys() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.wrapped IS NOT NULL AND NEW.wrapped IS NULL
        AND (NEW.key_id, NEW.kind, NEW.created_at) = (OLD.key_id, OLD.kind, OLD.created_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% of key % is refused: a key is made once and destroyed once', TG_OP, OLD.key_id
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER only_destroys BEFORE UPDATE OR DELETE ON subject_keys
    FOR EACH ROW EXECUTE FUNCTION only_destroys();
ALTER TABLE subject_keys ENABLE ALWAYS TRIGGER only_destroys;

CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE of % is refused', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER stays BEFORE TRUNCATE ON subject_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
ALTER TABLE subject_keys ENABLE ALWAYS TRIGGER stays;

-- The version of the row that held the key is a dead one: it goes at the next look, not after a share of the table.
ALTER TABLE subject_keys SET (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);

GRANT UPDATE (wrapped, destroyed_at) ON subject_keys TO vault_writer;
