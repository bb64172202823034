-- name: tallies_add
-- One more or one less in a list. A ref that comes and goes before a fold has one row.
INSERT INTO tallies (organisation, list, ref, shard, millisecond, change)
VALUES (:organisation, :list, :ref, :shard, :millisecond, :change)
ON CONFLICT (organisation, list, ref, shard) DO UPDATE
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

-- name: tallies_take
-- Some of what wasn't folded yet, taken away to be summed up.
DELETE FROM tallies
WHERE (organisation, list, ref, shard) <= (
    SELECT organisation, list, ref, shard
    FROM (
        SELECT organisation, list, ref, shard
        FROM tallies
        ORDER BY organisation, list, ref, shard
        LIMIT :limit
    ) AS taken
    ORDER BY organisation DESC, list DESC, ref DESC, shard DESC
    LIMIT 1
)
RETURNING organisation, list, millisecond, change;

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
