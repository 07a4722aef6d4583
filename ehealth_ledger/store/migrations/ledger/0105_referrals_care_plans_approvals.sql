-- Referrals that can be given back, care plans, approvals.
SET LOCAL ROLE ledger_owner;

-- A redemption has a number: one more than the times its referral was given back.
ALTER TABLE redemptions DROP CONSTRAINT redemptions_once, ADD COLUMN attempt bigint NOT NULL;
ALTER TABLE redemptions ADD CONSTRAINT redemptions_once PRIMARY KEY (referral, attempt);

CREATE TABLE open_care_plans (
    care_plan  uuid PRIMARY KEY,
    patient    uuid NOT NULL
);
CREATE INDEX open_care_plans_of_patient ON open_care_plans (patient);

CREATE TABLE live_approvals (
    approval  uuid PRIMARY KEY,
    patient   uuid NOT NULL
);
CREATE INDEX live_approvals_of_patient ON live_approvals (patient);

GRANT SELECT, INSERT, UPDATE, DELETE ON open_care_plans, live_approvals TO ledger_writer;
GRANT SELECT ON open_care_plans, live_approvals TO ledger_reader;
