-- A role of the signer's own: the committer, who writes the log, cannot put anything among the checkpoints of it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ledger_signer') THEN
        BEGIN
            CREATE ROLE ledger_signer NOLOGIN;
            -- A user who may create roles may not become one for that; whoever is a superuser becomes any.
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                EXECUTE format('GRANT ledger_signer TO %I', current_user);
            END IF;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;  -- another deployment made it
        END;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO ledger_signer', current_schema());
END
$$;

SET LOCAL ROLE ledger_owner;

REVOKE INSERT ON checkpoints, cosignatures, super_log FROM ledger_writer;
GRANT SELECT, INSERT ON checkpoints, cosignatures, super_log TO ledger_signer;
GRANT SELECT ON heads, records, tiles TO ledger_signer;  -- what it signs for
