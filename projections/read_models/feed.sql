-- One row a record and institution it concerns; written once, read by position for ever.
CREATE TABLE feed (
    entry uuid PRIMARY KEY,
    legal_entity uuid NOT NULL,
    position bigint NOT NULL,
    about uuid NOT NULL,  -- the thing; an erased patient's entries go
    document text NOT NULL
);

CREATE UNIQUE INDEX feed_of_legal_entity ON feed (legal_entity, position);
CREATE INDEX feed_about ON feed (about);

-- Whom a thing concerns, so that what others do to it later reaches them.
CREATE TABLE feed_thread (
    stream uuid PRIMARY KEY,
    document text NOT NULL
) WITH (fillfactor = 60);
