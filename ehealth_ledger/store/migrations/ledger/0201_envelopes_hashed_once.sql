-- An envelope is hashed once for its command, however many facts it led to: by the command's first record. Every later one
-- names the same digest as the one before it, which is of the same command, or the command is not whole. Hashed for each of
-- a few thousand facts, a large command would hold the head for half a minute.
SET LOCAL ROLE ledger_owner;

CREATE OR REPLACE FUNCTION verify_new_records() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT
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
                       WHEN CASE WHEN o.fact_index = 0
                           THEN o.envelope_is_bound IS NOT TRUE
                           ELSE o.command_before = o.command_id AND o.envelope_digest <> o.envelope_digest_before
                       END THEN 'the envelope is not the one the record binds'
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
                       lag(hashed.envelope_digest) OVER w AS envelope_digest_before,
                       lag(hashed.command_id) OVER w AS command_before,
                       lag(hashed.fact_index) OVER w AS index_before,
                       lag(hashed.fact_count) OVER w AS count_before
                FROM (
                    SELECT n.position, n.ledger, n.command_id, n.fact_index, n.fact_count, n.stream_version,
                           n.recorded_at, n.previous, n.chain_value, n.envelope_digest,
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
                        AND e.position = n.position AND n.fact_index = 0 AND e.command_id = n.command_id
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
