-- The Merkle tree over the records (RFC 9162; a leaf is a chain value): a log's head keeps the right edge, which the
-- writer extends; full tiles of 256 hashes (C2SP tlog-tiles) are cut here, from the records, when the head passes them.
-- Both are derived from the records alone, so the functions below are also what plants the tree of an older ledger.
SET LOCAL ROLE ledger_owner;

CREATE TABLE tiles (
    log     text COLLATE "C" NOT NULL,
    level   smallint NOT NULL CHECK (level BETWEEN 0 AND 6),
    index   bigint NOT NULL CHECK (index >= 0),
    hashes  bytea NOT NULL,  -- 256 of them, joined: chain values at level 0, roots of the level below above it
    root    bytea NOT NULL,  -- of these hashes: one hash of the level above
    PRIMARY KEY (log, level, index)
);
ALTER TABLE tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;  -- hashes do not compress
SELECT refuse_changes_of('tiles');

-- The roots of the complete subtrees, the largest first: 32 bytes for each bit that is set in the position.
ALTER TABLE heads ADD COLUMN edge bytea NOT NULL DEFAULT '';

-- The root of 2^n joined hashes: two neighbours stand side by side, as a node hashes them.
CREATE FUNCTION tree_root(hashes bytea) RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    level bytea := hashes;
BEGIN
    WHILE octet_length(level) > 32 LOOP
        SELECT string_agg(sha256('\x01'::bytea || substr(level, at, 64)), ''::bytea ORDER BY at) INTO level
        FROM generate_series(1, octet_length(level), 64) AS at;
    END LOOP;
    RETURN level;
END
$$;

-- Write the tiles that became full between two sizes of the tree.
CREATE FUNCTION cut_tiles(grown_log text, old_size bigint, new_size bigint) RETURNS void
    LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    first bigint := old_size >> 8;
    past  bigint := new_size >> 8;
    above smallint := 0;
BEGIN
    INSERT INTO tiles (log, level, index, hashes, root)
    SELECT grown_log, 0, cut.index, cut.hashes, tree_root(cut.hashes)
    FROM (
        SELECT (r.position - 1) >> 8 AS index, string_agg(r.chain_value, ''::bytea ORDER BY r.position) AS hashes
        FROM records r WHERE r.log = grown_log AND r.position > first << 8 AND r.position <= past << 8
        GROUP BY 1
    ) AS cut;
    LOOP
        above := above + 1;
        first := first >> 8;
        past := past >> 8;
        EXIT WHEN past = first;
        INSERT INTO tiles (log, level, index, hashes, root)
        SELECT grown_log, above, cut.index, cut.hashes, tree_root(cut.hashes)
        FROM (
            SELECT t.index >> 8 AS index, string_agg(t.root, ''::bytea ORDER BY t.index) AS hashes
            FROM tiles t
            WHERE t.log = grown_log AND t.level = above - 1 AND t.index >= first << 8 AND t.index < past << 8
            GROUP BY 1
        ) AS cut;
    END LOOP;
END
$$;

-- The edge of the tree of so many records, from the records and the tiles that are full in it.
CREATE FUNCTION edge_of(grown_log text, size bigint) RETURNS bytea
    LANGUAGE plpgsql STABLE SET search_path FROM CURRENT AS $$
DECLARE
    edge   bytea := '';
    hashes bytea;
    first  bigint := 0;
    count  bigint;
    tiers  int;
BEGIN
    FOR height IN REVERSE 62..0 LOOP
        CONTINUE WHEN (size >> height) & 1 = 0;
        tiers := height / 8;
        count := 1::bigint << height % 8;
        IF tiers = 0 THEN
            SELECT string_agg(r.chain_value, ''::bytea ORDER BY r.position) INTO hashes
            FROM records r WHERE r.log = grown_log AND r.position > first AND r.position <= first + count;
        ELSE
            SELECT string_agg(t.root, ''::bytea ORDER BY t.index) INTO hashes
            FROM tiles t
            WHERE t.log = grown_log AND t.level = tiers - 1
              AND t.index >= first >> 8 * tiers AND t.index < (first >> 8 * tiers) + count;
        END IF;
        edge := edge || tree_root(hashes);
        first := first + (1::bigint << height);
    END LOOP;
    RETURN edge;
END
$$;

-- What a head may say of its tree. Whole trees are compared by `verify`; here it is what costs nothing: the edge's
-- width, its last leaf, that subtrees which were complete before stand as they stood, and each tile just cut.
CREATE FUNCTION grow_tree() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    height int;
    cut    bytea;
    kept   int;
BEGIN
    IF octet_length(NEW.edge) <> 32 * bit_count(int8send(NEW.position))
        OR NEW.position & 1 = 1 AND right_hash(NEW.edge) <> NEW.chain_value
    THEN
        RAISE EXCEPTION 'the edge is not that of a tree of % records', NEW.position
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NULL;
    END IF;
    height := length(ltrim((OLD.position # NEW.position)::bit(64)::text, '0'));  -- above it, no bit has changed
    kept := 32 * bit_count(int8send(NEW.position >> height));
    IF substr(NEW.edge, 1, kept) <> substr(OLD.edge, 1, kept) THEN
        RAISE EXCEPTION 'the edge changes a subtree that was complete at % records', OLD.position
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.position >> 8 = NEW.position >> 8 THEN
        RETURN NULL;
    END IF;
    PERFORM cut_tiles(NEW.log, OLD.position, NEW.position);
    FOR tiers IN 1..7 LOOP
        height := 8 * tiers;
        EXIT WHEN OLD.position >> height = NEW.position >> height;
        CONTINUE WHEN (NEW.position >> height) & 1 = 0;
        SELECT t.root INTO cut FROM tiles t
        WHERE t.log = NEW.log AND t.level = tiers - 1 AND t.index = (NEW.position >> height) - 1;
        IF cut IS DISTINCT FROM right_hash(substr(NEW.edge, 1, 32 * bit_count(int8send(NEW.position >> height))::int))
        THEN
            RAISE EXCEPTION 'the edge is not the root of the tile just cut at level %', tiers - 1
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION right_hash(hashes bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT substr(hashes, octet_length(hashes) - 31, 32)
$$;

-- A ledger that was written before this: its tree is planted from its records. The head stays where it stands, which
-- its trigger has no word for.
SELECT cut_tiles(log, 0, position) FROM heads ORDER BY log;
ALTER TABLE heads DISABLE TRIGGER verified;
UPDATE heads SET edge = edge_of(log, position) WHERE position > 0;
ALTER TABLE heads ENABLE ALWAYS TRIGGER verified;

CREATE TRIGGER tree_grown AFTER INSERT OR UPDATE ON heads FOR EACH ROW EXECUTE FUNCTION grow_tree();
ALTER TABLE heads ENABLE ALWAYS TRIGGER tree_grown;

GRANT UPDATE (edge) ON heads TO ledger_writer;
GRANT SELECT ON tiles TO ledger_writer, ledger_reader;
