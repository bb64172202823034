-- name: people_document
-- A contact or a consumer as clients see it.
SELECT version, document
FROM visible_people
WHERE organisation = :organisation AND ref = :ref AND shard = :shard AND role = :role;

-- name: people_find_for_update
-- A contact or a consumer with its columns, held against other writers.
SELECT ref, version, created_at, modified_at, order_ref, ordered_at, role, guest_ref, document
FROM visible_people
WHERE organisation = :organisation AND ref = :ref AND shard = :shard AND role = :role;

-- name: people_of_order_for_update
-- The contacts and consumers of an order, hidden or not, held against other writers.
SELECT ref
FROM people
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
ORDER BY role, ref;

-- name: people_insert
-- A new contact or consumer.
INSERT INTO people (
    organisation, ref, shard, version, created_at, modified_at, order_ref, ordered_at, role,
    guest_ref, first_name, last_name, document
) VALUES (
    :organisation, :ref, :shard, :version, :created_at, :modified_at, :order_ref, :ordered_at,
    :role, :guest_ref, :first_name, :last_name, :document
);

-- name: people_update
-- What is kept of a contact or a consumer, replaced.
UPDATE people
SET version = :version, modified_at = :modified_at, guest_ref = :guest_ref,
    first_name = :first_name, last_name = :last_name, document = :document
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: people_delete
-- A contact or a consumer deleted, hidden or not.
DELETE FROM people
WHERE organisation = :organisation AND ref = :ref AND shard = :shard;

-- name: people_delete_of_order
-- The contacts and consumers of an order deleted.
DELETE FROM people
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
RETURNING ref, role;

-- name: people_page
-- The contacts or the consumers of an order.
SELECT ref, version, CASE WHEN :whole = 1 THEN document END
FROM visible_people
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
    AND role = :role AND ref > :after
ORDER BY ref
LIMIT :limit OFFSET :skip;

-- name: people_count
-- How many contacts or consumers an order has.
SELECT count(*)
FROM visible_people
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
    AND role = :role;

-- name: people_involving
-- Orders in sight in which a guest has a role, the last ordered first, and since when it is kept
-- that it has. Of rows of one order, DISTINCT leaves one without looking at any behind the page.
SELECT chosen.order_ref, chosen.ordered_at, orders.version, orders.document, (
        SELECT min(people.created_at)
        FROM people
        WHERE people.organisation = :organisation AND people.guest_ref = :guest_ref
            AND people.role = :role AND people.order_ref = chosen.order_ref
            AND people.shard = chosen.shard
    )
FROM (
    SELECT DISTINCT ordered_at, order_ref, shard
    FROM visible_people
    WHERE organisation = :organisation AND guest_ref = :guest_ref AND role = :role
        AND (ordered_at, order_ref) < (:ordered_before, :before)
    ORDER BY ordered_at DESC, order_ref DESC, shard DESC
    LIMIT :limit
) AS chosen
JOIN orders
    ON orders.organisation = :organisation
    AND orders.ref = chosen.order_ref
    AND orders.shard = chosen.shard
ORDER BY chosen.ordered_at DESC, chosen.order_ref DESC;

-- name: people_guest_of_namesake
-- The guest of an order's first contact that has one and bears a name.
SELECT guest_ref
FROM visible_people
WHERE organisation = :organisation AND order_ref = :order_ref AND shard = :shard
    AND role = 'contact' AND guest_ref IS NOT NULL
    AND first_name = :first_name AND last_name = :last_name
ORDER BY ref
LIMIT 1;

-- name: people_consumed
-- The items in sight that a consumer is linked to, be it hidden itself.
SELECT consumed.item_ref
FROM consumed
JOIN visible_items
    ON visible_items.organisation = :organisation
    AND visible_items.ref = consumed.item_ref
    AND visible_items.shard = consumed.shard
WHERE consumed.consumer_ref = :consumer_ref AND consumed.shard = :shard;

-- name: consumed_insert
-- A consumer linked to an item; where a mark hides both, they may be so already.
INSERT INTO consumed (consumer_ref, item_ref, shard)
VALUES (:consumer_ref, :item_ref, :shard)
ON CONFLICT (consumer_ref, item_ref, shard) DO NOTHING;

-- name: consumed_delete
-- A consumer no longer linked to an item.
DELETE FROM consumed
WHERE consumer_ref = :consumer_ref AND item_ref = :item_ref AND shard = :shard;

-- name: consumed_delete_of_item
-- An item no longer linked to any consumer.
DELETE FROM consumed WHERE item_ref = :item_ref AND shard = :shard;

-- name: consumed_delete_of_consumer
-- A consumer no longer linked to any item.
DELETE FROM consumed WHERE consumer_ref = :consumer_ref AND shard = :shard;

-- name: consumed_delete_of_consumers
-- Consumers no longer linked to any item.
DELETE FROM consumed
WHERE shard = :shard AND consumer_ref IN (SELECT value FROM carray(:consumers));
