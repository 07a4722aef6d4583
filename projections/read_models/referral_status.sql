-- Most rows are written three times; the room left on each page keeps the new versions beside the old.
CREATE TABLE referral_status (
    referral uuid PRIMARY KEY,
    issued_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    requisition text NOT NULL,               -- shared by what was asked for in one encounter
    patient uuid NOT NULL,
    legal_entity uuid NOT NULL,
    redeemed_by uuid,
    status text NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 60);

CREATE INDEX referral_status_of_requisition ON referral_status (requisition, issued_position);
CREATE INDEX referral_status_of_patient ON referral_status (patient, issued_position);
CREATE INDEX referral_status_of_issuer ON referral_status (legal_entity, issued_position);
CREATE INDEX referral_status_of_holder ON referral_status (redeemed_by, issued_position)
    WHERE redeemed_by IS NOT NULL;
