-- One row a contract and month: how many were declared and the lines that were charged, or what was paid by global rates.
CREATE TABLE contract_month (
    month uuid PRIMARY KEY,
    counted_position bigint NOT NULL UNIQUE,  -- never changes: pages follow it
    kind text NOT NULL,
    contract uuid NOT NULL,
    provider uuid NOT NULL,
    period text NOT NULL,
    status text NOT NULL,
    document text NOT NULL
);

CREATE INDEX contract_month_of_contract ON contract_month (contract, counted_position);
CREATE INDEX contract_month_of_provider ON contract_month (provider, counted_position);
CREATE INDEX contract_month_of_period ON contract_month (period, counted_position);
CREATE INDEX contract_month_that_waits ON contract_month (counted_position) WHERE status <> 'counted';

-- What contracts of medical services bought, step by step: a month is told which packages found no rate.
CREATE TABLE month_contract (
    contract uuid PRIMARY KEY,
    document text NOT NULL
);

-- From when to when a package has a global rate.
CREATE TABLE month_rate (
    tariff uuid PRIMARY KEY,
    package text NOT NULL,
    first_day text NOT NULL,
    last_day text NOT NULL,
    document text NOT NULL
);

CREATE INDEX month_rate_of_package ON month_rate (package);
