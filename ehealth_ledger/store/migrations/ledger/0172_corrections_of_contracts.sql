-- Which corrections of a package's tariffs apply under a contract: their codes, parted by spaces, which no code has.
-- Nobody could name any before.
SET LOCAL ROLE ledger_owner;

ALTER TABLE contracts ADD COLUMN corrections text NOT NULL DEFAULT '';
ALTER TABLE contracts ALTER COLUMN corrections DROP DEFAULT;
