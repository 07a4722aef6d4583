CREATE TABLE episode (
    episode uuid PRIMARY KEY,
    opened bigint NOT NULL UNIQUE,  -- the position of its first record, never changes: pages follow it
    patient uuid NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX episode_of_patient ON episode (patient, opened);

-- What each encounter diagnosed, by the encounter: the history of an episode's diagnoses.
CREATE TABLE episode_diagnoses (
    encounter uuid PRIMARY KEY,
    episode uuid NOT NULL,
    made bigint NOT NULL,
    standing text NOT NULL,
    document text NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX episode_diagnoses_of_episode ON episode_diagnoses (episode, made);
