-- A contract is amended, suspended and ended: its rows come and go, and the exclusion constraint holds for those
-- that stand. Nobody has signed version 1 for anything but medical services.
SET LOCAL ROLE ledger_owner;

ALTER TABLE contracts ADD COLUMN kind text NOT NULL DEFAULT 'MEDICAL_SERVICES';
ALTER TABLE contracts ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE contracts ADD COLUMN suspended bigint NOT NULL DEFAULT 0;
ALTER TABLE contracts ALTER COLUMN suspended DROP DEFAULT;
DROP TRIGGER only_grows ON contracts;
GRANT UPDATE, DELETE ON contracts TO ledger_writer;
