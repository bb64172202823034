-- name: items_document
-- An item as clients see it.
SELECT version, document
FROM visible_items
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: items_find_for_update
-- An item with its columns, held against other writers.
SELECT version, created_at, modified_at, order_ref, quantity_given, consumers, document
FROM visible_items
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: items_order_ref
-- The order that an item is of.
SELECT order_ref
FROM visible_items
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: items_insert
-- A new item.
INSERT INTO items (
    organisation, ref, shard, version, created_at, modified_at, order_ref, quantity_given,
    consumers, document
) VALUES (
    :organisation, :ref, :shard, :version, :created_at, :modified_at, :order_ref,
    :quantity_given, :consumers, :document
);

-- name: items_update
-- What is kept of an item, replaced.
UPDATE items
SET version = :version, modified_at = :modified_at, quantity_given = :quantity_given,
    consumers = :consumers, document = :document
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: items_delete
-- An item deleted, if it is in sight.
DELETE FROM items
WHERE organisation = :organisation AND ref = :ref AND shard = :shard
    AND EXISTS (
        SELECT 1 FROM visible_items
        WHERE organisation = :organisation AND ref = :ref AND shard = :shard
    )
RETURNING ref;

-- name: items_delete_of_order
-- The items of an order deleted.
DELETE FROM items
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
RETURNING 1;

-- name: items_page
-- The items of an order.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_items
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
    AND ref > :after
ORDER BY ref
LIMIT :limit OFFSET :skip;

-- name: items_count
-- How many items an order has.
SELECT count(*)
FROM visible_items
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard;

-- name: items_of_consumer_page
-- The items that a consumer is linked to.
SELECT items.ref, items.version, CASE WHEN :whole = 1 THEN items.document END
FROM consumed
JOIN items
    ON items.organisation = :organisation
    AND items.ref = consumed.item_ref
    AND items.shard = consumed.shard
WHERE consumed.consumer_ref = :consumer_ref AND consumed.shard = :shard
    AND consumed.item_ref > :after
    AND EXISTS (
        SELECT 1 FROM visible_people
        WHERE organisation = :organisation AND ref = :consumer_ref AND shard = :shard
    )
ORDER BY consumed.item_ref
LIMIT :limit OFFSET :skip;

-- name: items_of_consumer_count
-- How many items a consumer is linked to.
SELECT count(*)
FROM consumed
WHERE consumer_ref = :consumer_ref AND shard = :shard
    AND EXISTS (
        SELECT 1 FROM visible_people
        WHERE organisation = :organisation AND ref = :consumer_ref AND shard = :shard
    );
