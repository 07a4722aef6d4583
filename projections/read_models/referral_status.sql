-- Most rows are written three times; the room left on each page keeps the new versions beside the old.
CREATE TABLE referral_status (
    referral uuid PRIMARY KEY,
    document text NOT NULL
) WITH (fillfactor = 60);
