-- Which rules group the treated cases that end on a day: one release a day, one release a version.
SET LOCAL ROLE ledger_owner;

CREATE TABLE groupings (
    grouping   uuid PRIMARY KEY,
    version    text NOT NULL CONSTRAINT groupings_version_taken UNIQUE,
    first_day  date NOT NULL,
    last_day   date NOT NULL,
    CONSTRAINT groupings_no_overlap EXCLUDE USING gist (daterange(first_day, last_day, '[]') WITH &&)
);

SELECT refuse_changes_of('groupings'::regclass);
GRANT SELECT, INSERT ON groupings TO ledger_writer;
GRANT SELECT ON groupings TO ledger_reader;

-- What cases are paid on a day is asked for by day: which package's, only the rules say.
CREATE INDEX tariffs_of_cases ON tariffs (last_day, first_day)
    WHERE starts_with(service, 'ehealth/tariffs/case');
