-- The log: records (headers and digests), bodies and envelopes (sealed blobs), one head a log.
-- Docs: docs/adr/0001-formats.md. Everything here is written once; nothing is updated but heads.
SET LOCAL ROLE ledger_owner;

CREATE TABLE heads (
    log          text COLLATE "C" PRIMARY KEY CHECK (log ~ '^[a-z][a-z0-9_]*$'),
    ledger       uuid NOT NULL,
    position     bigint NOT NULL CHECK (position >= 0),
    chain_value  bytea NOT NULL CHECK (octet_length(chain_value) = 32),
    recorded_at  bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE records (
    log              text COLLATE "C" NOT NULL,
    position         bigint NOT NULL,
    ledger           uuid NOT NULL,
    command_id       uuid NOT NULL,
    fact_index       bigint NOT NULL,
    fact_count       bigint NOT NULL,
    stream_id        uuid NOT NULL,
    stream_version   bigint NOT NULL,
    topic            text NOT NULL CHECK (position('\' IN topic) = 0),
    recorded_at      bigint NOT NULL,
    key_id           uuid NOT NULL,
    body_digest      bytea NOT NULL,
    envelope_digest  bytea NOT NULL,
    previous         bytea NOT NULL,
    chain_value      bytea NOT NULL,
    CONSTRAINT records_position_taken PRIMARY KEY (log, position),
    CONSTRAINT records_stream_version_taken UNIQUE (stream_id, stream_version)
);

-- Beside the records, not in them: reading a header must not drag its blob along.
CREATE TABLE bodies (
    log       text COLLATE "C" NOT NULL,
    position  bigint NOT NULL,
    blob      bytea NOT NULL,
    PRIMARY KEY (log, position)
) PARTITION BY RANGE (log, position);

-- Once a command, at the position of its first fact.
CREATE TABLE envelopes (
    log         text COLLATE "C" NOT NULL,
    position    bigint NOT NULL,
    command_id  uuid NOT NULL,
    key_id      uuid NOT NULL,
    blob        bytea NOT NULL,
    PRIMARY KEY (log, position)
) PARTITION BY RANGE (log, position);

-- Sealed bytes do not compress; partitions inherit this.
ALTER TABLE bodies ALTER COLUMN blob SET STORAGE EXTERNAL;
ALTER TABLE envelopes ALTER COLUMN blob SET STORAGE EXTERNAL;

-- What every caller was promised. Its primary key is the guard "one command, once".
CREATE TABLE receipts (
    command_id      uuid CONSTRAINT receipts_command_taken PRIMARY KEY,
    log             text COLLATE "C" NOT NULL,
    first_position  bigint NOT NULL,
    last_position   bigint NOT NULL,
    chain_value     bytea NOT NULL,
    recorded_at     bigint NOT NULL,
    batch_index     bigint NOT NULL,
    batch_size      bigint NOT NULL,
    path            bytea NOT NULL,
    signature       bytea NOT NULL
);

-- Certificates of staff, trust stores and revocation lists: stored once, named by their SHA-256.
CREATE TABLE evidence (
    digest  bytea PRIMARY KEY,
    kind    text NOT NULL CHECK (kind IN ('certificate', 'trust_store', 'revocation_list')),
    bytes   bytea NOT NULL,
    CONSTRAINT evidence_digest_wrong CHECK (digest = sha256(bytes))
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the ledger only grows', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE FUNCTION refuse_changes_of(protected regclass) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    EXECUTE format(
        'CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON %s
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', protected);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER only_grows', protected);
END
$$;

SELECT refuse_changes_of(name::regclass)
FROM unnest(ARRAY['records', 'bodies', 'envelopes', 'receipts', 'evidence']) AS name;

-- A statement trigger of a partitioned table does not fire for its partitions: each is protected by itself.
CREATE FUNCTION provide_partitions(wanted_log text, upto bigint) RETURNS void
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
                PERFORM refuse_changes_of(quote_ident(name)::regclass);
            END IF;
        END LOOP;
    END LOOP;
END
$$;
SELECT provide_partitions('records', 0);

-- The second implementation of the record format; the first is ehealth_ledger/chain/record.py.
-- decode(text, 'escape') is the text's bytes where it holds no backslash (see the CHECKs); unlike convert_to it is
-- immutable, so the planner inlines the function: a third of the cost.

CREATE FUNCTION record_bytes(r records) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT '\x00000010656865616c74682f7265636f72642f31'::bytea  -- sized("ehealth/record/1")
        || '\x00000010'::bytea || uuid_send(r.ledger)
        || int4send(octet_length(r.log)) || decode(r.log, 'escape')
        || '\x00000008'::bytea || int8send(r.position)
        || '\x00000010'::bytea || uuid_send(r.command_id)
        || '\x00000008'::bytea || int8send(r.fact_index)
        || '\x00000008'::bytea || int8send(r.fact_count)
        || '\x00000010'::bytea || uuid_send(r.stream_id)
        || '\x00000008'::bytea || int8send(r.stream_version)
        || int4send(octet_length(r.topic)) || decode(r.topic, 'escape')
        || '\x00000008'::bytea || int8send(r.recorded_at)
        || '\x00000010'::bytea || uuid_send(r.key_id)
        || int4send(octet_length(r.body_digest)) || r.body_digest
        || int4send(octet_length(r.envelope_digest)) || r.envelope_digest
        || int4send(octet_length(r.previous)) || r.previous
$$;

CREATE FUNCTION genesis_value(ledger uuid, log text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256('\x00000011656865616c74682f67656e657369732f31'::bytea
        || '\x00000010'::bytea || uuid_send(ledger)
        || int4send(octet_length(log)) || decode(log, 'escape'))
$$;

-- Every batch is hashed again by the database before it is accepted: links, digests, positions, whole commands.
CREATE FUNCTION verify_new_records() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    bad record;
BEGIN
    SELECT checked.position,
           CASE
               WHEN checked.head_position IS NULL THEN 'the log has no head'
               WHEN checked.ledger <> checked.head_ledger THEN 'the record is of another ledger'
               WHEN checked.position <> checked.head_position + checked.row_number THEN 'the position does not follow'
               WHEN checked.previous <> checked.expected_previous THEN 'the record does not link to the one before'
               WHEN checked.chain_value <> checked.recomputed THEN 'the chain value is not the hash of the record'
               WHEN checked.body IS NULL OR sha256(checked.body) <> checked.body_digest
                   THEN 'the body is not the one the record binds'
               WHEN checked.envelope IS NULL OR sha256(checked.envelope) <> checked.envelope_digest
                   THEN 'the envelope is not the one the record binds'
               WHEN checked.recorded_at < checked.recorded_before THEN 'the clock runs backwards'
               WHEN checked.fact_index < 0 OR checked.fact_index >= checked.fact_count
                   OR checked.whole IS NOT TRUE THEN 'the command is not whole'
               WHEN checked.stream_version < 0 THEN 'the stream version is negative'
           END AS reason
    INTO bad
    FROM (
        SELECT n.*,
               h.ledger AS head_ledger,
               h.position AS head_position,
               row_number() OVER w AS row_number,
               coalesce(lag(n.chain_value) OVER w, h.chain_value) AS expected_previous,
               coalesce(lag(n.recorded_at) OVER w, h.recorded_at) AS recorded_before,
               sha256('\x00'::bytea || record_bytes(ROW(
                   n.log, n.position, n.ledger, n.command_id, n.fact_index, n.fact_count, n.stream_id,
                   n.stream_version, n.topic, n.recorded_at, n.key_id, n.body_digest, n.envelope_digest,
                   n.previous, n.chain_value)::records)) AS recomputed,
               b.blob AS body,
               e.blob AS envelope,
               CASE WHEN n.fact_index = 0
                   THEN lag(n.fact_index + 1) OVER w IS NOT DISTINCT FROM lag(n.fact_count) OVER w
                   ELSE lag(n.command_id) OVER w = n.command_id AND lag(n.fact_index) OVER w = n.fact_index - 1
                       AND lag(n.fact_count) OVER w = n.fact_count
               END AND (lead(n.position) OVER w IS NOT NULL OR n.fact_index = n.fact_count - 1) AS whole
        FROM new_records n
        LEFT JOIN heads h ON h.log = n.log
        LEFT JOIN bodies b ON b.log = n.log AND b.position = n.position
        LEFT JOIN envelopes e ON e.log = n.log AND e.position = n.position - n.fact_index
            AND e.command_id = n.command_id
        WINDOW w AS (PARTITION BY n.log ORDER BY n.position)
    ) AS checked
    WHERE checked.head_position IS NULL
       OR checked.ledger <> checked.head_ledger
       OR checked.position <> checked.head_position + checked.row_number
       OR checked.previous <> checked.expected_previous
       OR checked.chain_value <> checked.recomputed
       OR checked.body IS NULL OR sha256(checked.body) <> checked.body_digest
       OR checked.envelope IS NULL OR sha256(checked.envelope) <> checked.envelope_digest
       OR checked.recorded_at < checked.recorded_before
       OR checked.fact_index < 0 OR checked.fact_index >= checked.fact_count OR checked.whole IS NOT TRUE
       OR checked.stream_version < 0
    ORDER BY checked.position
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'record % is refused: %', bad.position, bad.reason
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER verified AFTER INSERT ON records REFERENCING NEW TABLE AS new_records
    FOR EACH STATEMENT EXECUTE FUNCTION verify_new_records();
ALTER TABLE records ENABLE ALWAYS TRIGGER verified;

-- A head moves only forward, and only to the last record just written.
CREATE FUNCTION verify_head() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.position <> 0 OR NEW.chain_value <> genesis_value(NEW.ledger, NEW.log) THEN
            RAISE EXCEPTION 'a log begins at position 0 with its genesis value'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF NEW.log <> OLD.log OR NEW.ledger <> OLD.ledger OR NEW.position <= OLD.position
        OR NOT EXISTS (
            SELECT FROM records r
            WHERE r.log = NEW.log AND r.position = NEW.position AND r.chain_value = NEW.chain_value
              AND r.recorded_at = NEW.recorded_at)
        OR EXISTS (SELECT FROM records r WHERE r.log = NEW.log AND r.position > NEW.position)
    THEN
        RAISE EXCEPTION 'a head moves only to the last record just written'
            USING ERRCODE = 'integrity_constraint_violation';
    ELSIF (NEW.position + 1000000) / 16777216 <> (OLD.position + 1000000) / 16777216 THEN
        PERFORM provide_partitions(NEW.log, NEW.position + 1000000);  -- a million records before they are needed
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER verified BEFORE INSERT OR UPDATE ON heads FOR EACH ROW EXECUTE FUNCTION verify_head();
ALTER TABLE heads ENABLE ALWAYS TRIGGER verified;
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON heads FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE heads ENABLE ALWAYS TRIGGER stays;

GRANT SELECT, INSERT ON heads, records, bodies, envelopes, receipts, evidence TO ledger_writer;
GRANT UPDATE (position, chain_value, recorded_at) ON heads TO ledger_writer;
GRANT EXECUTE ON FUNCTION provide_partitions(text, bigint) TO ledger_writer;
GRANT SELECT ON heads, records, bodies, envelopes, receipts, evidence TO ledger_reader;
