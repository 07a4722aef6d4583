-- Keys of subjects, wrapped by a master key that is kept outside every database.
DO $$
BEGIN
    BEGIN
        CREATE ROLE vault_writer NOLOGIN;
    EXCEPTION
        WHEN duplicate_object OR unique_violation THEN NULL;  -- another deployment made it
    END;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO vault_writer', current_schema());
END
$$;

CREATE TABLE subject_keys (
    key_id      uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('patient', 'party', 'ledger', 'index')),
    wrapped     bytea NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

-- A person at work is found by the keyed blind index of the tax id; the tax id itself is nowhere.
CREATE TABLE parties (
    tax_index  bytea PRIMARY KEY,
    party      uuid NOT NULL UNIQUE REFERENCES subject_keys (key_id)
);

GRANT SELECT, INSERT ON subject_keys, parties TO vault_writer;
