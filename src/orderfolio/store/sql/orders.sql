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

-- name: orders_around
-- The orders of a reference within a window of time, the earlier first: two or three at most,
-- as they don't match each other. To sort them here would take ten times as long.
SELECT ordered_at, ref, version, created_at, modified_at, document
FROM visible_orders
WHERE organisation = :organisation AND reference_id = :reference_id AND shard = :shard
    AND ordered_at BETWEEN :earliest AND :latest
ORDER BY ordered_at, ref;

-- name: orders_insert
-- A new order.
INSERT INTO orders (
    organisation, ref, shard, version, created_at, modified_at, reference_id, ordered_at, document
) VALUES (
    :organisation, :ref, :shard, :version, :created_at, :modified_at, :reference_id, :ordered_at,
    :document
);

-- name: orders_update
-- What is kept of an order, replaced.
UPDATE orders
SET version = :version, modified_at = :modified_at, document = :document
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: orders_delete
-- An order deleted, hidden or not; what is under it has statements of its own.
DELETE FROM orders
WHERE organisation = :organisation AND ref = :ref AND shard = :shard
RETURNING ref;

-- name: orders_page
-- Orders in the order of refs.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_orders
WHERE organisation = :organisation AND ref > :after AND ref < :before
ORDER BY ref
LIMIT :limit OFFSET :skip;

-- name: orders_page_descending
-- Orders in the reverse order of refs.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_orders
WHERE organisation = :organisation AND ref > :after AND ref < :before
ORDER BY ref DESC
LIMIT :limit OFFSET :skip;

-- name: orders_count
-- How many orders are in sight: for as long as guests are being deleted.
SELECT count(*) FROM visible_orders WHERE organisation = :organisation;

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
