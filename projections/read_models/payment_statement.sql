CREATE TABLE payment_statement (
    statement uuid PRIMARY KEY,
    formed_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    contract uuid NOT NULL,
    package text NOT NULL,
    period text NOT NULL,
    provider uuid NOT NULL,
    status text NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX payment_statement_of_provider ON payment_statement (provider, formed_position);
CREATE INDEX payment_statement_of_contract ON payment_statement (contract, formed_position);
CREATE INDEX payment_statement_of_period ON payment_statement (period, formed_position);

-- Each contract, package and month that ever had a charge or a correction, and the statement that adds it up.
CREATE TABLE payment_set (
    set_id uuid PRIMARY KEY,
    begun_position bigint NOT NULL,  -- never changes: pages follow it
    contract uuid NOT NULL,
    package text NOT NULL,
    period text NOT NULL,
    provider uuid NOT NULL,
    statement uuid,
    document text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX payment_set_due ON payment_set (begun_position) WHERE statement IS NULL;

-- When each month closes.
CREATE TABLE payment_cut_off (
    cut_off_of uuid PRIMARY KEY,
    period text NOT NULL UNIQUE,
    closes_at_us bigint NOT NULL,
    document text NOT NULL
);

-- What acts earned, or why nothing prices them yet; contract and period stay empty for the latter, and package until
-- it is known.
CREATE TABLE payment_charge (
    charge uuid PRIMARY KEY,
    position bigint NOT NULL UNIQUE,
    status text NOT NULL,
    contract uuid,
    package text,
    period text,
    provider uuid NOT NULL,
    document text NOT NULL
);

CREATE INDEX payment_charge_of_set ON payment_charge (contract, package, period, position);
CREATE INDEX payment_charge_of_provider ON payment_charge (provider, position);
-- What is reimbursed in a month, and what corrects lines in it.
CREATE INDEX payment_charge_medicines ON payment_charge (period, contract)
    WHERE document::jsonb ->> 'kind' = 'medicine';
CREATE INDEX payment_charge_adjustments ON payment_charge (period, contract) WHERE status = 'adjustment';
CREATE INDEX payment_charge_withheld ON payment_charge (position) WHERE status = 'withheld';
