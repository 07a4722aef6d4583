-- What kind of tariff a charge rests on. A month of capitation is one act with a charge for each doctor and
-- band of ages; every other act is in one live charge only.
SET LOCAL ROLE ledger_owner;

ALTER TABLE charges ADD COLUMN kind text NOT NULL DEFAULT 'service';
ALTER TABLE charges ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE charges DROP CONSTRAINT charges_one_live;
CREATE UNIQUE INDEX charges_one_live ON charges (act_position, package, attempt) WHERE kind <> 'capitation';
