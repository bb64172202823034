-- name: tallies_add
-- One more or one less in a list. A ref that comes and goes before a fold has one row.
INSERT INTO tallies (organisation, list, ref, shard, part, millisecond, change)
VALUES (:organisation, :list, :ref, :shard, :part, :millisecond, :change)
ON CONFLICT (organisation, list, ref, shard, part) DO UPDATE
SET change = tallies.change + excluded.change;

-- name: tallies_total
-- How long a list is: what was folded at the top level, and what wasn't folded yet. Before it,
-- whether anything is hidden, which no count knows of.
SELECT
    EXISTS (SELECT 1 FROM deletions WHERE organisation = :organisation),
    coalesce((
        SELECT sum(size) FROM tally_nodes
        WHERE organisation = :organisation AND list = :list AND level = :level
    ), 0)
    + coalesce((
        SELECT sum(change) FROM tallies WHERE organisation = :organisation AND list = :list
    ), 0);

-- name: tallies_parts
-- How long the parts of a list are, those that are empty left out.
SELECT part, sum(size)
FROM (
    SELECT part, size
    FROM tally_parts
    WHERE organisation = :organisation AND list = :list
    UNION ALL
    SELECT part, change AS size
    FROM tallies
    WHERE organisation = :organisation AND list = :list
) AS sizes
GROUP BY part
HAVING sum(size) <> 0
ORDER BY part;

-- name: tallies_walk
-- As tallies_total, and where in the tree an offset lies, from the earliest on or, with a
-- `sign` of -1, from the latest: the finest level that counts there, a slice of it, and how
-- many of that are still to be left out.
--
-- Each step goes down a level, into 64 slices, the first into all 256 of the top: to the last
-- of them with no more than the offset before it. `found` has its place among them in the
-- lowest 8 bits, and above them what is still to be left out; while the greatest place is
-- looked for, it is the other way round, with 48 bits for the rest. Of the finest level, there
-- are only slices of seconds that are divided.
SELECT
    EXISTS (SELECT 1 FROM deletions WHERE organisation = :organisation),
    coalesce((
        SELECT sum(size) FROM tally_nodes
        WHERE organisation = :organisation AND list = :list AND level = 5
    ), 0)
    + coalesce((
        SELECT sum(change) FROM tallies WHERE organisation = :organisation AND list = :list
    ), 0),
    level,
    first + (found & 255),
    found >> 8
FROM (
    WITH RECURSIVE walk (level, first, found) AS (
        SELECT 6, CAST(0 AS bigint), CAST(:skip AS bigint) << 8
        UNION ALL
        SELECT walk.level - 1, (walk.first + (walk.found & 255)) << 6, (
            SELECT ((best & 281474976710655) << 8) + :sign * (best >> 48)
            FROM (
                SELECT max(
                    place * :sign * 281474976710656 + (walk.found >> 8) - CAST(before AS bigint)
                ) AS best
                FROM (
                    SELECT place, coalesce(sum(size) OVER (
                        ORDER BY place * :sign
                        GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                    ), 0) AS before
                    FROM (
                        SELECT prefix - ((walk.first + (walk.found & 255)) << 6) AS place, size
                        FROM tally_nodes
                        WHERE organisation = :organisation AND list = :list
                            AND level = walk.level - 1
                            AND prefix >= (walk.first + (walk.found & 255)) << 6
                            AND prefix < (walk.first + (walk.found & 255)
                                + CASE walk.level WHEN 6 THEN 4 ELSE 1 END) << 6
                        UNION ALL
                        SELECT (millisecond >> 4 + 6 * walk.level)
                            - ((walk.first + (walk.found & 255)) << 6), change
                        FROM tallies
                        WHERE organisation = :organisation AND list = :list
                            AND ref > unhex(printf('%012x',
                                walk.first + (walk.found & 255) << 10 + 6 * walk.level))
                            AND ref < unhex(printf('%012xff',
                                (walk.first + (walk.found & 255)
                                    + CASE walk.level WHEN 6 THEN 4 ELSE 1 END
                                    << 10 + 6 * walk.level) - 1))
                            AND (walk.level > 0 OR EXISTS (
                                SELECT 1
                                FROM tally_nodes
                                WHERE organisation = :organisation AND list = :list
                                    AND level = -1
                                    AND prefix >= (walk.first + (walk.found & 255)) << 6
                                    AND prefix < walk.first + (walk.found & 255) + 1 << 6
                            ))
                    ) AS counts
                ) AS sums
                WHERE before <= walk.found >> 8
            ) AS packed
        )
        FROM walk
        WHERE walk.level > -1 AND walk.found IS NOT NULL
    )
    SELECT level, first, found
    FROM walk
    WHERE found IS NOT NULL
    ORDER BY level
    LIMIT 1
) AS walk;

-- name: tallies_density
-- How many were folded into a slice of the lowest level, and whether it is divided.
SELECT
    coalesce((
        SELECT size FROM tally_nodes
        WHERE organisation = :organisation AND list = :list AND level = 0 AND prefix = :prefix
    ), 0),
    EXISTS (
        SELECT 1 FROM tally_nodes
        WHERE organisation = :organisation AND list = :list AND level = -1
            AND prefix BETWEEN :first AND :last
    );

-- name: tallies_between
-- What wasn't folded yet of a list, between two refs.
SELECT coalesce(sum(change), 0)
FROM tallies
WHERE organisation = :organisation AND list = :list AND ref > :after AND ref < :before;

-- name: tally_nodes_total
-- What was folded into slices of a level, from one to another.
SELECT coalesce(sum(size), 0)
FROM tally_nodes
WHERE organisation = :organisation AND list = :list AND level = :level
    AND prefix BETWEEN :first AND :last;

-- name: tallies_take
-- Some of what wasn't folded yet, taken away to be summed up.
DELETE FROM tallies
WHERE (organisation, list, ref, shard, part) <= (
    SELECT organisation, list, ref, shard, part
    FROM (
        SELECT organisation, list, ref, shard, part
        FROM tallies
        ORDER BY organisation, list, ref, shard, part
        LIMIT :limit
    ) AS taken
    ORDER BY organisation DESC, list DESC, ref DESC, shard DESC, part DESC
    LIMIT 1
)
RETURNING organisation, list, part, millisecond, change;

-- name: orders_moments
-- How many orders were made in each millisecond between two refs, hidden or not; those that
-- weren't folded yet are taken off again. Milliseconds are the first 6 bytes of refs.
SELECT substr(ref, 1, 6), count(*)
FROM orders
WHERE organisation = :organisation AND ref > :after AND ref < :before
GROUP BY substr(ref, 1, 6)
UNION ALL
SELECT substr(ref, 1, 6), -sum(change)
FROM tallies
WHERE organisation = :organisation AND list = :list AND ref > :after AND ref < :before
GROUP BY substr(ref, 1, 6);

-- name: guests_moments
-- As orders_moments, of guests.
SELECT substr(ref, 1, 6), count(*)
FROM guests
WHERE organisation = :organisation AND ref > :after AND ref < :before
GROUP BY substr(ref, 1, 6)
UNION ALL
SELECT substr(ref, 1, 6), -sum(change)
FROM tallies
WHERE organisation = :organisation AND list = :list AND ref > :after AND ref < :before
GROUP BY substr(ref, 1, 6);

-- name: guests_of_type_moments
-- As orders_moments, of the guests of a type.
SELECT substr(ref, 1, 6), count(*)
FROM guests
WHERE organisation = :organisation AND guest_type = :guest_type AND ref > :after AND ref < :before
GROUP BY substr(ref, 1, 6)
UNION ALL
SELECT substr(ref, 1, 6), -sum(change)
FROM tallies
WHERE organisation = :organisation AND list = :list AND ref > :after AND ref < :before
GROUP BY substr(ref, 1, 6);

-- name: tally_nodes_add
-- More or less in one slice of a level.
INSERT INTO tally_nodes (organisation, list, level, prefix, size)
VALUES (:organisation, :list, :level, :prefix, :change)
ON CONFLICT (organisation, list, level, prefix) DO UPDATE
SET size = tally_nodes.size + excluded.size;

-- name: tally_nodes_prune
-- A slice with nothing in it deleted.
DELETE FROM tally_nodes
WHERE organisation = :organisation AND list = :list AND level = :level AND prefix = :prefix
    AND size = 0;

-- name: tally_parts_add
-- More or less in one part of a list.
INSERT INTO tally_parts (organisation, list, part, size)
VALUES (:organisation, :list, :part, :change)
ON CONFLICT (organisation, list, part) DO UPDATE
SET size = tally_parts.size + excluded.size;

-- name: tally_parts_prune
-- A part with nothing in it deleted.
DELETE FROM tally_parts
WHERE organisation = :organisation AND list = :list AND part = :part AND size = 0;
