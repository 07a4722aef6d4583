-- What a month of a contract has come to is summed under the head's lock: the index alone answers.
SET LOCAL ROLE ledger_owner;

DROP INDEX charges_of_period;
CREATE INDEX charges_of_period ON charges (contract, package, period, position) INCLUDE (amount, charge);
