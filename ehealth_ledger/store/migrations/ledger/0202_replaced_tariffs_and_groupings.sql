-- A tariff, or a release of the rules of grouping, is replaced from a day on: its row then ends on the day before.
-- One that holds on no day any more keeps its row, without a last day: its id and its version stay taken.
-- Nothing else of a row changes, and none goes.
SET LOCAL ROLE ledger_owner;

-- Without a last day the range is empty, and overlaps nothing; the index still finds every row of a service.
ALTER TABLE tariffs
    ALTER COLUMN last_day DROP NOT NULL,
    DROP CONSTRAINT tariffs_no_overlap,
    ADD CONSTRAINT tariffs_no_overlap
        EXCLUDE USING gist (service WITH =, daterange(first_day, coalesce(last_day + 1, first_day)) WITH &&);
ALTER TABLE groupings
    ALTER COLUMN last_day DROP NOT NULL,
    DROP CONSTRAINT groupings_no_overlap,
    ADD CONSTRAINT groupings_no_overlap
        EXCLUDE USING gist (daterange(first_day, coalesce(last_day + 1, first_day)) WITH &&);

CREATE FUNCTION refuse_but_earlier_end() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF to_jsonb(NEW) - 'last_day' <> to_jsonb(OLD) - 'last_day'
        OR (NEW.last_day <= OLD.last_day OR OLD.last_day IS NOT NULL AND NEW.last_day IS NULL) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'UPDATE of % is refused: a row only ends earlier', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION let_end_earlier(moving regclass) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format('DROP TRIGGER only_grows ON %s', moving);
    EXECUTE format(
        'CREATE TRIGGER only_grows BEFORE DELETE OR TRUNCATE ON %s
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', moving);
    EXECUTE format(
        'CREATE TRIGGER only_ends_earlier BEFORE UPDATE ON %s
         FOR EACH ROW EXECUTE FUNCTION refuse_but_earlier_end()', moving);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER only_grows', moving);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER only_ends_earlier', moving);
END
$$;
SELECT let_end_earlier(name::regclass) FROM unnest(ARRAY['tariffs', 'groupings']) AS name;

GRANT UPDATE ON tariffs, groupings TO ledger_writer;
