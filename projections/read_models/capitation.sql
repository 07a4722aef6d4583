-- One row a contract and month: how many were declared, and the lines that were charged.
CREATE TABLE capitation_month (
    month uuid PRIMARY KEY,
    counted_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    contract uuid NOT NULL,
    provider uuid NOT NULL,
    period text NOT NULL,
    status text NOT NULL,
    document text NOT NULL
);

CREATE INDEX capitation_month_of_contract ON capitation_month (contract, counted_position);
CREATE INDEX capitation_month_of_provider ON capitation_month (provider, counted_position);
CREATE INDEX capitation_month_of_period ON capitation_month (period, counted_position);
CREATE INDEX capitation_month_that_waits ON capitation_month (counted_position) WHERE status = 'withheld';
