-- The records about one subject: what the past of one patient is folded from, and what an erasure touches.
SET LOCAL ROLE ledger_owner;

CREATE INDEX records_of_key ON records (key_id, position);
