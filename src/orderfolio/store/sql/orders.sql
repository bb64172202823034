-- name: orders_document
-- An order as clients see it.
SELECT version, document
FROM visible_orders
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: orders_find_for_update
-- An order with its columns, held against other writers.
SELECT version, created_at, modified_at, document
FROM visible_orders
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: orders_nearest
-- The order of a reference within a window of time that is nearest to an instant.
SELECT ref
FROM visible_orders
WHERE organisation = :organisation AND reference_id = :reference_id AND shard = :shard
    AND ordered_at BETWEEN :earliest AND :latest
ORDER BY abs(ordered_at - :ordered_at), ordered_at, ref
LIMIT 1;

-- name: orders_insert
-- A new order.
INSERT INTO orders (
    organisation, ref, shard, version, created_at, modified_at, reference_id, ordered_at, status,
    channel, document
) VALUES (
    :organisation, :ref, :shard, :version, :created_at, :modified_at, :reference_id, :ordered_at,
    :status, :channel, :document
);

-- name: orders_update
-- What is kept of an order, replaced.
UPDATE orders
SET version = :version, modified_at = :modified_at, status = :status, channel = :channel,
    document = :document
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: orders_part
-- The status and the channel of an order, hidden or not.
SELECT status, channel
FROM orders
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: orders_delete
-- An order deleted, hidden or not; what is under it has statements of its own.
DELETE FROM orders
WHERE organisation = :organisation AND ref = :ref AND shard = :shard
RETURNING status, channel;

-- name: orders_page
-- Orders in the order of refs; those that are skipped are walked over by their keys alone.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END AS document
FROM visible_orders
WHERE organisation = :organisation AND ref < :before AND ref >= (
        SELECT ref
        FROM visible_orders
        WHERE organisation = :organisation AND ref > :after AND ref < :before
        ORDER BY ref
        LIMIT 1 OFFSET :skip
    )
ORDER BY ref
LIMIT :limit;

-- name: orders_page_descending
-- Orders in the reverse order of refs; those that are skipped are walked over by their keys alone.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END AS document
FROM visible_orders
WHERE organisation = :organisation AND ref > :after AND ref <= (
        SELECT ref
        FROM visible_orders
        WHERE organisation = :organisation AND ref > :after AND ref < :before
        ORDER BY ref DESC
        LIMIT 1 OFFSET :skip
    )
ORDER BY ref DESC
LIMIT :limit;

-- name: orders_count
-- How many orders are in sight: for as long as guests are being deleted.
SELECT count(*) FROM visible_orders WHERE organisation = :organisation;

-- name: orders_between_count
-- How many orders in sight have refs between two.
SELECT count(*)
FROM visible_orders
WHERE organisation = :organisation AND ref > :after AND ref < :before;

-- name: orders_of_part_page
-- Refs of one status and one channel, in their order.
SELECT ref
FROM visible_orders
WHERE organisation = :organisation AND status = :status AND channel = :channel
    AND ref > :after AND ref < :before
ORDER BY ref
LIMIT :limit;

-- name: orders_of_part_page_descending
-- Refs of one status and one channel, in reverse order.
SELECT ref
FROM visible_orders
WHERE organisation = :organisation AND status = :status AND channel = :channel
    AND ref > :after AND ref < :before
ORDER BY ref DESC
LIMIT :limit;

-- name: orders_parts_count
-- How many orders of each status and channel are in sight: for as long as guests are being
-- deleted.
SELECT status, channel, count(*)
FROM visible_orders
WHERE organisation = :organisation
GROUP BY status, channel
ORDER BY status, channel;

-- name: orders_of_reference_page
-- Orders of a reference in the order of refs.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_orders
WHERE organisation = :organisation AND reference_id = :reference_id AND shard = :shard
    AND ref > :after AND ref < :before
ORDER BY ref
LIMIT :limit OFFSET :skip;

-- name: orders_of_reference_page_descending
-- Orders of a reference in the reverse order of refs.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_orders
WHERE organisation = :organisation AND reference_id = :reference_id AND shard = :shard
    AND ref > :after AND ref < :before
ORDER BY ref DESC
LIMIT :limit OFFSET :skip;

-- name: orders_of_reference_count
-- How many orders of a reference are in sight.
SELECT count(*)
FROM visible_orders
WHERE organisation = :organisation AND reference_id = :reference_id AND shard = :shard;
