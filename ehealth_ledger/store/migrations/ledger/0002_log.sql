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
-- The guard "one command, once": every command is whole (see `verified`), so it has one first fact.
CREATE UNIQUE INDEX records_command_taken ON records (command_id) WHERE fact_index = 0;

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

-- What callers were promised: one signature for the commands that were written together. Each command's receipt is
-- this row and what `records` says of its neighbours up to `last_position`.
CREATE TABLE receipts (
    log             text COLLATE "C" NOT NULL,
    first_position  bigint NOT NULL,
    last_position   bigint NOT NULL,
    size            bigint NOT NULL,  -- commands, not records
    signature       bytea NOT NULL,
    PRIMARY KEY (log, first_position)
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
-- Innermost, each row is hashed with its blobs; what goes on from there is narrow. Then each row is compared with the
-- one before it, the first of a log with the head, which stands where a whole command ended.
-- The blobs are read as one stretch of their index. The plan is kept for a connection's life, and one made while the
-- tables were small would read them whole: the settings rule that out.
CREATE FUNCTION verify_new_records() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
    SET enable_seqscan = off SET enable_nestloop = off AS $$
DECLARE
    span record;
    head heads;
    bad record;
BEGIN
    FOR span IN
        SELECT log, min(position) AS first, max(position) AS last, min(position - fact_index) AS first_envelope
        FROM new_records GROUP BY log
    LOOP
        SELECT * INTO head FROM heads WHERE log = span.log;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'record % is refused: the log has no head', span.first
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        SELECT judged.position, judged.reason INTO bad
        FROM (
            SELECT o.position,
                   CASE
                       WHEN o.ledger <> head.ledger THEN 'the record is of another ledger'
                       WHEN o.position <> head.position + o.row_number THEN 'the position does not follow'
                       WHEN o.previous <> o.chain_before THEN 'the record does not link to the one before'
                       WHEN o.chain_value <> o.recomputed THEN 'the chain value is not the hash of the record'
                       WHEN o.body_is_bound IS NOT TRUE THEN 'the body is not the one the record binds'
                       WHEN o.envelope_is_bound IS NOT TRUE THEN 'the envelope is not the one the record binds'
                       WHEN o.recorded_at < o.recorded_before THEN 'the clock runs backwards'
                       WHEN o.fact_index < 0 OR o.fact_index >= o.fact_count
                           OR o.position = span.last AND o.fact_index <> o.fact_count - 1
                           OR CASE WHEN o.fact_index = 0
                               THEN o.index_before + 1 <> o.count_before
                               ELSE (o.command_before = o.command_id AND o.index_before = o.fact_index - 1
                                   AND o.count_before = o.fact_count) IS NOT TRUE
                           END THEN 'the command is not whole'
                       WHEN o.stream_version < 0 THEN 'the stream version is negative'
                   END AS reason
            FROM (
                SELECT hashed.*,
                       row_number() OVER w AS row_number,
                       lag(hashed.chain_value, 1, head.chain_value) OVER w AS chain_before,
                       lag(hashed.recorded_at, 1, head.recorded_at) OVER w AS recorded_before,
                       lag(hashed.command_id) OVER w AS command_before,
                       lag(hashed.fact_index) OVER w AS index_before,
                       lag(hashed.fact_count) OVER w AS count_before
                FROM (
                    SELECT n.position, n.ledger, n.command_id, n.fact_index, n.fact_count, n.stream_version,
                           n.recorded_at, n.previous, n.chain_value,
                           sha256('\x00'::bytea || record_bytes(ROW(
                               n.log, n.position, n.ledger, n.command_id, n.fact_index, n.fact_count, n.stream_id,
                               n.stream_version, n.topic, n.recorded_at, n.key_id, n.body_digest, n.envelope_digest,
                               n.previous, n.chain_value)::records)) AS recomputed,
                           sha256(b.blob) = n.body_digest AS body_is_bound,
                           sha256(e.blob) = n.envelope_digest AS envelope_is_bound
                    FROM new_records n
                    LEFT JOIN bodies b
                        ON b.log = span.log AND b.position BETWEEN span.first AND span.last AND b.position = n.position
                    LEFT JOIN envelopes e
                        ON e.log = span.log AND e.position BETWEEN span.first_envelope AND span.last
                        AND e.position = n.position - n.fact_index AND e.command_id = n.command_id
                    WHERE n.log = span.log
                    OFFSET 0  -- hashed once, below the sorting
                ) AS hashed
                WINDOW w AS (ORDER BY hashed.position)
            ) AS o
        ) AS judged
        WHERE judged.reason IS NOT NULL
        ORDER BY judged.position
        LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'record % is refused: %', bad.position, bad.reason
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
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
