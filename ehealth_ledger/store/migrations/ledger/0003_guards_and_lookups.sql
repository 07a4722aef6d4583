-- What the laws look up, written in the transaction that appends, and what must not happen twice.
-- The laws decide first; each named constraint is the second wall, and store/guards.py gives its refusal code.
SET LOCAL ROLE ledger_owner;

CREATE TABLE ids (
    id        uuid CONSTRAINT ids_taken PRIMARY KEY,
    position  bigint NOT NULL
);

CREATE TABLE legal_entities (
    edrpou        text CONSTRAINT legal_entities_edrpou_taken PRIMARY KEY,
    legal_entity  uuid NOT NULL
);

-- What falls due, until it is settled: what `tick` asks about.
CREATE TABLE deadlines (
    kind    text NOT NULL,
    id      uuid NOT NULL,
    due_at  bigint NOT NULL,
    PRIMARY KEY (kind, id)
);
CREATE INDEX deadlines_due ON deadlines (due_at, kind, id);

CREATE TABLE redemptions (
    referral  uuid CONSTRAINT redemptions_once PRIMARY KEY,
    position  bigint NOT NULL
);

CREATE TABLE tariffs (
    tariff      uuid PRIMARY KEY,
    package     text NOT NULL,
    service     text NOT NULL,
    first_day   date NOT NULL,
    last_day    date NOT NULL,
    unit_price  bigint NOT NULL CHECK (unit_price >= 0),
    CONSTRAINT tariffs_no_overlap
        EXCLUDE USING gist (service WITH =, daterange(first_day, last_day, '[]') WITH &&)
);

CREATE TABLE contracts (
    contract   uuid NOT NULL,
    payer      uuid NOT NULL,
    provider   uuid NOT NULL,
    package    text NOT NULL,
    first_day  date NOT NULL,
    last_day   date NOT NULL,
    PRIMARY KEY (contract, package),
    CONSTRAINT contracts_no_overlap
        EXCLUDE USING gist (provider WITH =, package WITH =, daterange(first_day, last_day, '[]') WITH &&)
);

CREATE TABLE cut_offs (
    period  text PRIMARY KEY,
    at      bigint NOT NULL
);

CREATE TABLE charges (
    charge        uuid PRIMARY KEY,
    position      bigint NOT NULL,
    act_position  bigint NOT NULL,
    package       text NOT NULL,
    attempt       bigint NOT NULL,
    contract      uuid NOT NULL,
    period        text NOT NULL,
    amount        bigint NOT NULL CHECK (amount >= 0),
    CONSTRAINT charges_one_live UNIQUE (act_position, package, attempt)
);
CREATE INDEX charges_of_period ON charges (contract, package, period, position);

CREATE TABLE statements (
    statement  uuid PRIMARY KEY,
    contract   uuid NOT NULL,
    package    text NOT NULL,
    period     text NOT NULL,
    CONSTRAINT statements_once UNIQUE (contract, package, period)
);

CREATE TABLE payments (
    bank_reference  text CONSTRAINT payments_reference_taken PRIMARY KEY,
    statement       uuid NOT NULL,
    amount          bigint NOT NULL CHECK (amount > 0)
);

CREATE TABLE postings (
    position      bigint NOT NULL,
    line          bigint NOT NULL,
    owner         uuid NOT NULL,
    account       text NOT NULL,
    counterparty  uuid NOT NULL,
    currency      text NOT NULL,
    amount        bigint NOT NULL,
    PRIMARY KEY (position, line)
);

CREATE FUNCTION verify_new_postings() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    bad record;
BEGIN
    SELECT p.position, p.currency, sum(p.amount) AS total INTO bad
    FROM new_postings p GROUP BY p.position, p.currency HAVING sum(p.amount) <> 0
    ORDER BY p.position LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the postings of record % sum to % %', bad.position, bad.total, bad.currency
            USING ERRCODE = 'check_violation', CONSTRAINT = 'postings_balanced';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER balanced AFTER INSERT ON postings REFERENCING NEW TABLE AS new_postings
    FOR EACH STATEMENT EXECUTE FUNCTION verify_new_postings();
ALTER TABLE postings ENABLE ALWAYS TRIGGER balanced;

SELECT refuse_changes_of(name::regclass)
FROM unnest(ARRAY[
    'ids', 'legal_entities', 'redemptions', 'tariffs', 'contracts', 'charges', 'statements', 'payments', 'postings'
]) AS name;

GRANT SELECT, INSERT ON
    ids, legal_entities, deadlines, redemptions, tariffs, contracts, cut_offs, charges, statements,
    payments, postings TO ledger_writer;
GRANT UPDATE, DELETE ON deadlines, cut_offs TO ledger_writer;
GRANT SELECT ON
    ids, legal_entities, deadlines, redemptions, tariffs, contracts, cut_offs, charges, statements,
    payments, postings TO ledger_reader;
