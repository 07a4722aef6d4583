-- Procedures of one package may each earn a charge though they answer no referral: all name the package's record.
-- What keeps one of them from two is the charge's id, which follows from the procedure's.
SET LOCAL ROLE ledger_owner;

ALTER TABLE charges ADD COLUMN unreferred boolean NOT NULL DEFAULT false;
ALTER TABLE charges ALTER COLUMN unreferred DROP DEFAULT;
DROP INDEX charges_one_live;
CREATE UNIQUE INDEX charges_one_live ON charges (act_position, package, attempt)
    WHERE kind <> 'capitation' AND NOT unreferred;
