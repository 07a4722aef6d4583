-- Roles are the server's, not the database's: several deployments may share them.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['ledger_owner', 'ledger_writer', 'ledger_reader'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another deployment made it
        END;
    END LOOP;
END
$$;

-- Auditors and `db status` read what was applied.
GRANT SELECT ON migrations TO ledger_writer, ledger_reader;

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO ledger_owner, ledger_writer, ledger_reader', current_schema());
    EXECUTE format('GRANT CREATE ON SCHEMA %I TO ledger_owner', current_schema());
END
$$;
