-- name: tallies_add
-- One more or one less in a list. A ref that comes and goes before a fold has one row.
INSERT INTO tallies (organisation, list, ref, shard, part, millisecond, change)
VALUES (:organisation, :list, :ref, :shard, :part, :millisecond, :change)
ON CONFLICT (organisation, list, ref, shard, part) DO UPDATE
SET change = tallies.change + excluded.change;

-- name: tallies_total
-- How long a list is: what was folded at the top level, and what wasn't folded yet.
SELECT
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

-- name: tallies_slices
-- How many of a list are in each slice of time, from one slice to another.
SELECT slice, sum(size)
FROM (
    SELECT prefix AS slice, size
    FROM tally_nodes
    WHERE organisation = :organisation AND list = :list AND level = :level
        AND prefix BETWEEN :first AND :last
    UNION ALL
    SELECT millisecond / :width AS slice, change AS size
    FROM tallies
    WHERE organisation = :organisation AND list = :list AND ref > :after AND ref < :before
) AS sizes
GROUP BY slice
ORDER BY slice;

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
