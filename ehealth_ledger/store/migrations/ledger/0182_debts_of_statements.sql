-- What a statement that was accepted leaves owed, and what makes less of it: below zero, the provider owes it back.
-- Neither side ever gives more than it owed, whatever a law believes.
SET LOCAL ROLE ledger_owner;

CREATE TABLE statement_debts (
    statement  uuid CONSTRAINT statement_debts_once PRIMARY KEY,
    amount     bigint NOT NULL
);

CREATE TABLE debts_settled (
    position   bigint PRIMARY KEY,
    statement  uuid NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('payment', 'offset', 'recovery', 'refund')),
    amount     bigint NOT NULL CHECK (amount > 0)
);
CREATE INDEX debts_settled_of ON debts_settled (statement);

-- An older ledger's rows: a statement's stream is its id, and the account says which side owes. Of an offset only the
-- payer's side posts; the provider's is the fact behind it.
INSERT INTO statement_debts
SELECT r.stream_id, coalesce(-sum(p.amount) FILTER (WHERE p.account IN ('payable', 'receivable')), 0)
FROM records r LEFT JOIN postings p USING (position)
WHERE r.log = 'records'
  AND r.topic IN ('statement.accepted.v1', 'statement.accepted.v2', 'statement.reviewed.v1', 'statement.reviewed.v2')
GROUP BY r.stream_id;
INSERT INTO debts_settled
SELECT r.position, r.stream_id, k.kind, abs(p.amount)
FROM records r
JOIN (VALUES
    ('payment.recorded.v1', 'payment', 'payable', 0), ('refund.recorded.v1', 'refund', 'receivable', 0),
    ('statement.offset.v1', 'offset', 'payable', 0), ('statement.recovered.v1', 'recovery', 'payable', 1)
) AS k (topic, kind, account, behind) USING (topic)
JOIN postings p ON p.position = r.position - k.behind AND p.account = k.account
WHERE r.log = 'records';

-- Summed after each statement; the writer holds the log's head, so no other sum is under way. What is owed comes first.
CREATE FUNCTION verify_settled() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    bad record;
BEGIN
    SELECT n.kind, n.statement, settled.amount AS settled, d.amount AS owed INTO bad
    FROM new_settled n
    LEFT JOIN statement_debts d USING (statement)
    CROSS JOIN LATERAL (
        SELECT sum(s.amount) AS amount FROM debts_settled s
        WHERE s.statement = n.statement
          AND (s.kind IN ('payment', 'offset')) = (n.kind IN ('payment', 'offset'))
    ) settled
    WHERE d.amount IS NULL
       OR settled.amount > greatest(0, CASE WHEN n.kind IN ('payment', 'offset') THEN d.amount ELSE -d.amount END)
    ORDER BY n.position LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'of statement % are settled %, owed %', bad.statement, bad.settled, bad.owed
            USING ERRCODE = 'check_violation', CONSTRAINT = bad.kind || '_within_debt';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER within_debt AFTER INSERT ON debts_settled REFERENCING NEW TABLE AS new_settled
    FOR EACH STATEMENT EXECUTE FUNCTION verify_settled();
ALTER TABLE debts_settled ENABLE ALWAYS TRIGGER within_debt;

SELECT refuse_changes_of(each::regclass) FROM unnest(ARRAY['statement_debts', 'debts_settled']) AS each;

GRANT SELECT, INSERT ON statement_debts, debts_settled TO ledger_writer;
GRANT SELECT ON statement_debts, debts_settled TO ledger_reader;
