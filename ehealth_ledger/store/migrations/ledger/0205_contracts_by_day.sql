-- An amendment counts from a day: a contract has a row for each package and span of days on which its terms buy it.
-- The rows that stand cover all the days of their contracts, as amendments did before.
SET LOCAL ROLE ledger_owner;

ALTER TABLE contracts DROP CONSTRAINT contracts_pkey;
ALTER TABLE contracts ADD PRIMARY KEY (contract, package, first_day);
